"""What is remembered of a symbol's prices: the last one that counted, and the facts that wait to count.

Prices are US dollars; `at` is always the time of the look (or of a bar's end) that a price is as old as.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

PLACES = 6  # of a price in dollars when it is told: float dust must not decide
TURNS, TURNS_S = 3, 10.0  # a touch that turns back so often within so many seconds alternates


class Origin(StrEnum):
    """Where a price is from."""

    TOUCH = "touch"
    PRINT = "print"
    BAR = "bar"
    BROKER = "broker"


class Sight(msgspec.Struct, frozen=True, array_like=True):
    """A price fact as it was seen: a touch from `low` to `high`, or one price twice."""

    low: float
    high: float
    at: datetime
    origin: Origin

    @property
    def middle(self) -> float:
        """Halfway between its ends."""
        return (self.low + self.high) / 2.0

    def wide(self, max_spread_pct: float) -> bool:
        """Whether its ends are `max_spread_pct` percent of the middle apart, or more."""
        return (self.high - self.low) * 100.0 >= self.middle * max_spread_pct


class Minute(msgspec.Struct, array_like=True):
    """The lowest and highest counted price of a minute (`minute_of`)."""

    number: int
    low: float
    high: float


def minute_of(at: datetime) -> int:
    """The number of a UTC time's minute."""
    return at.toordinal() * 1440 + at.hour * 60 + at.minute


class Door(msgspec.Struct, omit_defaults=True):
    """One symbol's prices. A newest touch that is wide stands in `low` and `high`: the price lies between them.

    `bid`, `ask` and `touch_at` are of the last look at a touch, counted or not; `stands`: it counted and is not wide.
    """

    price: float | None = None
    at: datetime | None = None
    origin: Origin = Origin.TOUCH
    low: float | None = None
    high: float | None = None
    bid: float | None = None
    ask: float | None = None
    touch_at: datetime | None = None
    stands: bool = False
    traded: float | None = None  # the last trade's price, counted or not
    traded_at: datetime | None = None
    broker: float | None = None  # the broker's own price of a position
    broker_at: datetime | None = None
    doubt: Sight | None = None  # a jump that waits for its witness
    way: int = 0  # of the last jump that counted: 1 up, -1 down
    turns: list[datetime] = []  # when a jump was taken back, or followed by one the other way; the last three
    minutes: list[Minute] = []
    minute_ends: datetime | None = None  # when the newest of them is over

    def alternates(self, now: datetime) -> bool:
        """Whether the touch turned back three times in ten seconds, and so says nothing."""
        return len(self.turns) == TURNS and (now - self.turns[0]).total_seconds() <= TURNS_S

    def counted(self, now: datetime, max_age_s: float) -> float | None:
        """The price, if one counts that is not older than `max_age_s` seconds, steady, and no interval; else None."""
        if self.price is None or self.at is None or self.low is not None:
            return None
        if now > self.at and (now - self.at).total_seconds() > max_age_s:  # mostly it is looked at just now
            return None
        if self.turns and self.alternates(now):
            return None
        return round(self.price, PLACES)

    def interval(self, now: datetime, max_age_s: float) -> tuple[float, float] | None:
        """Both ends of a wide touch that is not older than `max_age_s` seconds; None when the newest is not wide."""
        if self.low is None or self.high is None or self.at is None or self.alternates(now):
            return None
        return (self.low, self.high) if (now - self.at).total_seconds() <= max_age_s else None

    def known(self) -> float | None:
        """The last price that counted, however old, else the broker's."""
        return self.broker if self.price is None else round(self.price, PLACES)

    def booked(self, now: datetime, max_age_s: float) -> float | None:
        """What a position counts at: the last price while it is not older than that, then the broker's own."""
        if self.price is not None and self.at is not None and (now - self.at).total_seconds() <= max_age_s:
            return round(self.price, PLACES)
        return self.broker
