"""Bars: gathered from trades, or invented for the days before the sandbox began."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

import msgspec

from tidegate.sandbox.answers import Json
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.times import NANO, NEW_YORK, Instant, instant_of, rfc3339

MINUTE = 60 * NANO
DAYS = 300
DAILY_SIGMA = 0.01


class Bar(msgspec.Struct, kw_only=True):
    """One bar that begins at `t`; prices in USD."""

    t: Instant
    o: float
    h: float
    l: float  # noqa: E741 - the venue's own names
    c: float
    v: int = 0
    n: int = 0
    vw: float = 0.0

    @classmethod
    def first(cls, start: Instant, price: float) -> "Bar":
        """The bar that a first trade begins."""
        return cls(t=start, o=price, h=price, l=price, c=price, vw=price)

    def add(self, price: float, shares: int) -> None:
        """Take one trade in."""
        self.h, self.l, self.c = max(self.h, price), min(self.l, price), price
        volume = self.v + shares
        self.vw = round((self.vw * self.v + price * shares) / volume, 6) if volume else price
        self.v, self.n = volume, self.n + 1

    def wire(self) -> Json:
        """As the data service writes it."""
        return {**msgspec.structs.asdict(self), "t": rfc3339(self.t)}


def history(symbol: str, seed: int, *, hours: Hours, until: date, close: float) -> list[Bar]:
    """Invented daily bars before a date, oldest first, the last of which closes at `close`; the same for a seed."""
    chance = Random(f"{seed} {symbol} daily")  # noqa: S311 - invented prices, not secrets
    return list(reversed(list(_backwards(chance, hours, until, close))))


def _backwards(chance: Random, hours: Hours, until: date, close: float) -> Iterator[Bar]:
    for session in reversed(hours.sessions(until - timedelta(days=DAYS), until - timedelta(days=1))):
        opened = round(close / (1.0 + chance.gauss(0.0005, DAILY_SIGMA)), 2)
        low, high = sorted((opened, close))
        reach = abs(chance.gauss(0.0, DAILY_SIGMA / 2))
        volume = chance.randrange(1_000_000, 9_000_000)
        bar = Bar(
            t=midnight(session.day), o=opened, h=round(high * (1 + reach), 2), l=round(low * (1 - reach), 2), c=close
        )
        bar.v, bar.n, bar.vw = volume, volume // 150, round((opened + close) / 2, 4)
        yield bar
        close = opened


def midnight(day: date) -> Instant:
    """Midnight in New York, with which daily bars are stamped."""
    return instant_of(datetime.combine(day, time(0), NEW_YORK))
