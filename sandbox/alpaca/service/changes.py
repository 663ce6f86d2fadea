"""What the paths under /sandbox/ take."""

from datetime import datetime
from decimal import Decimal

import msgspec


class PriceChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/price. `depth` is how many shares the touch fills; a negative one takes the bound away."""

    symbol: str
    price: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    depth: Decimal | None = None
    halted: bool | None = None


class BarGiven(msgspec.Struct, frozen=True):
    """One bar as the data service writes it."""

    t: datetime
    o: float
    h: float
    l: float  # noqa: E741 - the venue's own names
    c: float
    v: int = 0


class BarsGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/bars: the finished bars of a symbol, oldest first; minutes or days."""

    symbol: str
    bars: list[BarGiven]
    daily: bool = False


class AssetChange(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """PUT /sandbox/asset."""

    symbol: str
    tradable: bool | None = None
    shortable: bool | None = None
    fractionable: bool | None = None


class AccountChange(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """PUT /sandbox/account."""

    cash: Decimal | None = None
    status: str | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    shorting_enabled: bool | None = None
    multiplier: Decimal | None = None


class OptionGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/option: contracts in the account (negative: a short) with their market; 0 takes them away.

    `age_s` is how old their quote is.
    """

    symbol: str
    qty: Decimal
    price: Decimal = Decimal(1)
    bid: Decimal = Decimal(1)
    ask: Decimal = Decimal(1)
    delta: float | None = None
    iv: float | None = None
    age_s: float = 0.0


class PositionGiven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /sandbox/position: shares that nobody's order bought (negative: a short); 0 takes them away."""

    symbol: str
    qty: Decimal
    price: Decimal
