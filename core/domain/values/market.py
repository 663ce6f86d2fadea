"""What the market and the sources say.

Prices and premiums are US dollars (float: they feed scores); all times are aware UTC.
"""

from datetime import date, datetime
from typing import Literal

from tidegate.core.domain.values.value import Value


class Alert(Value, frozen=True, kw_only=True):
    """What a source said about options flow, typed but otherwise untouched.

    `at` is the last trade's time, `start` the first's. Premiums are dollars; a side's premium is None when the
    source did not say. `option_type` is "call" or "put".
    """

    id: str
    symbol: str
    contract: str
    option_type: Literal["call", "put"]
    strike: float
    expiry: date
    start: datetime
    at: datetime
    premium: float
    ask_premium: float | None = None
    bid_premium: float | None = None
    underlying_price: float | None = None
    price: float | None = None
    size: int | None = None
    volume: int | None = None
    open_interest: int | None = None
    multileg: bool = False
    sweep: bool = False
    floor: bool = False
    rule: str | None = None
    sector: str | None = None
    issue_type: str | None = None


class Quote(Value, frozen=True, kw_only=True):
    """A price fact: the last trade's price, and bid and ask, which are None when nobody said."""

    symbol: str
    at: datetime
    last: float
    bid: float | None = None
    ask: float | None = None

    @property
    def told(self) -> float:
        """Halfway between bid and ask, or the last price where not both are told."""
        return self.last if self.bid is None or self.ask is None else (self.bid + self.ask) / 2.0


class Bar(Value, frozen=True, kw_only=True):
    """One completed bar: `start` to `end`, prices in dollars."""

    symbol: str
    start: datetime
    end: datetime
    open: float
    high: float
    low: float
    close: float


class Reading(Value, frozen=True, kw_only=True):
    """A dated observation about a symbol (or the market: symbol None), good for `max_age_s` seconds."""

    name: str
    at: datetime
    value: float
    max_age_s: float
    symbol: str | None = None
