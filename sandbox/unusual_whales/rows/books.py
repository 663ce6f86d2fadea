"""What the readings are generated from: chance by seed, symbol and day, so that the same question has one answer."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from random import Random
from uuid import UUID

from tidegate.sandbox.hours import DAY, Hours, Session
from tidegate.sandbox.times import Instant, new_york

BROAD, SECTOR, OTHER = ("SPY", "QQQ", "IWM", "DIA"), ("XLF", "XLE", "XLK", "XLV", "XLI", "SMH", "KRE"), ("GLD", "TLT")
FUNDS = frozenset((*BROAD, *SECTOR, *OTHER, "SLV", "HYG", "ARKK", "EEM", "EFA"))
INDICES = frozenset(("SPX", "SPXW", "NDX", "RUT", "VIX", "XSP"))
PRICES = {
    "SPY": 660.0, "QQQ": 600.0, "IWM": 245.0, "AAPL": 248.0, "AMD": 235.0, "AMZN": 217.0, "GOOGL": 248.0,
    "INTC": 36.0, "META": 716.0, "MSFT": 513.0, "NFLX": 1205.0, "NVDA": 183.0, "PLTR": 179.0, "TSLA": 432.0,
    "F": 12.0, "KO": 67.0, "SPX": 6600.0,
}  # fmt: skip
SECTORS = ("Technology", "Healthcare", "Financial Services", "Energy", "Consumer Cyclical", "Industrials")


class Books:
    """Prices, sessions and chances of one seed; `hours` say which days have rows."""

    def __init__(self, seed: int, hours: Hours) -> None:
        self.seed, self.hours = seed, hours

    def rng(self, *about: object) -> Random:
        """Chance that is the same for the same seed and subject."""
        return Random(" ".join(map(str, (self.seed, *about))))  # noqa: S311 - repeatable, not secret

    def identity(self, *about: object) -> str:
        """A UUID, the same for the same subject."""
        return str(UUID(int=self.rng("id", *about).getrandbits(128), version=4))

    def price(self, symbol: str, at: Instant | dt.date) -> float:
        """The price in USD: a level per day around the symbol's own, a slow wave within a day."""
        day = at if isinstance(at, dt.date) else new_york(at).date()
        level = PRICES.get(symbol) or self.rng("price", symbol).uniform(8.0, 400.0)
        moved = level * (1.0 + self.rng("day", symbol, day).gauss(0.0, 0.012))
        if isinstance(at, dt.date):
            return round(moved, 2)
        minute = at // 60_000_000_000
        return round(moved * (1.0 + self.rng("minute", symbol, minute // 5).gauss(0.0, 0.002)), 2)

    def mood(self, symbol: str, at: Instant) -> float:
        """Where money leans, -1 to 1; it turns every half hour."""
        return self.rng("mood", symbol, at // 1_800_000_000_000).uniform(-1.0, 1.0)

    def sector(self, symbol: str) -> str | None:
        """The sector of a company; funds and indices have none."""
        return None if symbol in FUNDS | INDICES else self.rng("sector", symbol).choice(SECTORS)

    def session(self, day: dt.date) -> Session | None:
        """The hours of a day."""
        return self.hours.session(day)

    def days(self, last: dt.date, since: dt.date) -> list[dt.date]:
        """The trading days between two dates, both included, oldest first."""
        return list(_days(self.hours, since, last))

    def previous(self, day: dt.date) -> dt.date:
        """The trading day before a date."""
        return self.hours.previous(day).day

    def latest(self, at: Instant, *, from_hour: dt.time) -> dt.date:
        """The newest trading day whose rows exist: today's do from a New York time on."""
        here = new_york(at)
        today = here.date()
        return today if self.session(today) and here.time() >= from_hour else self.previous(today)


@lru_cache(maxsize=64)
def _days(hours: Hours, since: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    count = (last - since).days + 1
    return tuple(day for number in range(count) if hours.session(day := since + DAY * number) is not None)


def dec(value: float, digits: int = 2) -> str:
    """A decimal as the service writes it: text."""
    return str(Decimal(str(round(value, digits))).quantize(Decimal(1).scaleb(-digits)))


def iso(day: dt.date) -> str:
    """A date."""
    return day.isoformat()
