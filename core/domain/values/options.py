"""Option contracts that the broker shows, and what a source says of one."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from tidegate.core.domain.values.value import Value

OPTION = "us_option"  # the broker's word for the class
OCC = re.compile(r"(?P<root>[A-Z]{1,6})(?P<adjusted>\d?)(?P<expiry>\d{6})(?P<kind>[CP])(?P<strike>\d{8})")
SHARES = 100  # of a standard contract


class OptionKind(StrEnum):
    """What the holder may do: buy (call) or sell (put) the shares at the strike."""

    CALL = "call"
    PUT = "put"

    @property
    def sign(self) -> int:
        """+1 for a call, -1 for a put: the sign of its delta."""
        return 1 if self is OptionKind.CALL else -1


class Contract(Value, frozen=True, kw_only=True):
    """One contract of US equity options. `strike` is USD a share; `standard` is False after a corporate action."""

    symbol: str
    underlying: str
    kind: OptionKind
    strike: Decimal
    expiry: date
    multiplier: int = SHARES
    standard: bool = True


class DeltaOrigin(StrEnum):
    """What a delta rests on."""

    VENUE = "venue"
    MODEL = "model"
    INTRINSIC = "intrinsic"


class OptionMark(Value, frozen=True, kw_only=True):
    """What is known of a contract: `delta` in shares per share (call 0..1, put -1..0), None with its `reason`.

    `at` is when it was worked out; `bid`, `ask` and `underlying_price` are USD a share, `iv` a year's volatility (0.25
    is 25 %).
    """

    contract: Contract
    at: datetime
    bid: float | None = None
    ask: float | None = None
    iv: float | None = None
    underlying_price: float | None = None
    delta: float | None = None
    origin: DeltaOrigin | None = None
    reason: str = ""


def contract_of(symbol: str) -> Contract | None:
    """What an OCC symbol says: root, YYMMDD, C or P, strike x 1000 in eight digits. None when it does not parse."""
    found = OCC.fullmatch(symbol)
    if found is None:
        return None
    day = found["expiry"]
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError:
        return None
    strike = Decimal(found["strike"]) / 1000
    if strike <= 0:
        return None
    return Contract(
        symbol=symbol,
        underlying=found["root"],
        kind=OptionKind.CALL if found["kind"] == "C" else OptionKind.PUT,
        strike=strike,
        expiry=expiry,
        standard=not found["adjusted"],
    )
