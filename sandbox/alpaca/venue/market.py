"""Prices: a driver sets them, or they walk at random. Nothing else in the sandbox makes one up."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import TypeAlias

import msgspec

from tidegate.sandbox.alpaca.venue.assets import Asset, started
from tidegate.sandbox.alpaca.venue.bars import MINUTE, Bar, history, midnight
from tidegate.sandbox.alpaca.wire import MONEY
from tidegate.sandbox.answers import Json
from tidegate.sandbox.clock import Agenda
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.times import NANO, Instant, new_york, rfc3339

Number: TypeAlias = Decimal | str | float
SUB_DOLLAR = Decimal("0.0001")
LOT = 100
STEP_S = 1.0
WALK_SIGMA = 0.0002


class Tape(msgspec.Struct, kw_only=True):
    """What is known of one symbol. `depth` is how many shares the touch still fills; None is without end."""

    asset: Asset
    last: Decimal
    bid: Decimal
    ask: Decimal
    at: Instant
    depth: Decimal | None = None
    halted: bool = False
    trades: int = 0
    minute: Bar | None = None
    minutes: list[Bar] = []
    today: Bar | None = None
    days: list[Bar] = []

    @property
    def previous_close(self) -> Decimal:
        """The last session's closing price, USD."""
        return Decimal(str(self.days[-1].c)) if self.days else self.last


class Market:
    """The assets and their prices. `spread` is the distance of bid and ask in cents (below 1 USD: 1/100 cent)."""

    def __init__(self, agenda: Agenda, hours: Hours, *, seed: int = 7, walk: bool = False, spread: int = 2) -> None:
        self.agenda, self.hours, self.seed, self.spread = agenda, hours, seed, spread
        self.tapes: dict[str, Tape] = {}
        self.moved: list[Callable[[str, Instant], None]] = []
        self.finished: list[Callable[[str, Bar], None]] = []
        self._chance = Random(seed)  # noqa: S311 - invented prices, not secrets
        start = agenda.clock.instant()
        for asset, price in started():
            self.list_asset(asset, price)
        agenda.at(start - start % MINUTE + MINUTE, self._minute)
        if walk:
            agenda.after(start, STEP_S, self._walk)

    def list_asset(self, asset: Asset, price: Number) -> None:
        """Begin to trade an asset at a price in USD."""
        self._new(asset, Decimal(str(price)), self.agenda.clock.instant())
        self.set_price(asset.symbol, price)

    def set_price(
        self,
        symbol: str,
        price: Number,
        *,
        bid: Number | None = None,
        ask: Number | None = None,
        at: Instant | None = None,
    ) -> None:
        """One trade at `price` USD, and a touch around it. A symbol that is new becomes an ordinary asset."""
        at, last = self.agenda.clock.instant() if at is None else at, Decimal(str(price))
        step = self.step(last)
        half = step * self.spread / 2
        low = (last - half).quantize(step, ROUND_HALF_EVEN) if bid is None else Decimal(str(bid))
        high = (last + half).quantize(step, ROUND_HALF_EVEN) if ask is None else Decimal(str(ask))
        tape = self.tapes.get(symbol) or self._new(Asset(symbol=symbol), last, at)
        tape.last, tape.bid, tape.ask, tape.at = last, low, high, at
        self._trade(tape, at)
        for hear in self.moved:
            hear(symbol, at)

    def set_depth(self, symbol: str, shares: Decimal | int | None) -> None:
        """From now on the touch fills this many shares and then no more; None fills everything."""
        tape = self.tapes[symbol]
        tape.depth = None if shares is None else Decimal(shares)
        self._told(symbol)

    def halt(self, symbol: str) -> None:
        """Nothing trades in the symbol; its orders rest."""
        self.tapes[symbol].halted = True

    def resume(self, symbol: str) -> None:
        """It trades again."""
        self.tapes[symbol].halted = False
        self._told(symbol)

    def set_asset(self, symbol: str, **changes: object) -> None:
        """Change permissions: tradable, shortable, fractionable, marginable."""
        tape = self.tapes[symbol]
        tape.asset = msgspec.structs.replace(tape.asset, **changes)

    def step(self, price: Decimal) -> Decimal:
        """The smallest difference between two prices: a cent, below 1 USD a hundredth of it."""
        return MONEY if price >= 1 else SUB_DOLLAR

    def start_session(self, day: date) -> None:
        """A new day: yesterday's bar joins the history."""
        for tape in self.tapes.values():
            _roll(tape, day)

    def _told(self, symbol: str) -> None:
        for hear in self.moved:
            hear(symbol, self.agenda.clock.instant())

    def _new(self, asset: Asset, price: Decimal, at: Instant) -> Tape:
        days = history(asset.symbol, self.seed, hours=self.hours, until=new_york(at).date(), close=float(price))
        tape = self.tapes[asset.symbol] = Tape(asset=asset, last=price, bid=price, ask=price, at=at, days=days)
        return tape

    def _trade(self, tape: Tape, at: Instant) -> None:
        price, start = float(tape.last), at - at % MINUTE
        self._finish(tape, start)
        _roll(tape, new_york(at).date())
        if tape.minute is None:
            tape.minute = Bar.first(start, price)
        if tape.today is None:
            tape.today = Bar.first(midnight(new_york(at).date()), price)
        tape.trades += 1
        for bar in (tape.minute, tape.today):
            bar.add(price, LOT)

    def _finish(self, tape: Tape, start: Instant) -> None:
        """Close the minute before `start`, if it had trades."""
        if tape.minute is not None and tape.minute.t < start:
            tape.minutes.append(tape.minute)
            bar, tape.minute = tape.minute, None
            for hear in self.finished:
                hear(tape.asset.symbol, bar)

    def _minute(self, due: Instant) -> None:
        for tape in self.tapes.values():
            self._finish(tape, due)
        self.agenda.at(due + MINUTE, self._minute)

    def _walk(self, due: Instant) -> None:
        trading = self.hours.phase(due) == "core"
        for symbol, tape in list(self.tapes.items()) if trading else []:
            moved = float(tape.last) * (1.0 + self._chance.gauss(0.0, WALK_SIGMA))
            step = self.step(tape.last)
            if not tape.halted:
                self.set_price(symbol, max(step, Decimal(str(moved)).quantize(step)), at=due)
        self.agenda.at(due + int(STEP_S * NANO) if trading else self.hours.next_open(due), self._walk)


def _roll(tape: Tape, day: date) -> None:
    if tape.today is not None and new_york(tape.today.t).date() < day:
        tape.days.append(tape.today)
        tape.today = None


def quote_row(tape: Tape) -> Json:
    """The latest quote."""
    row = {"t": rfc3339(tape.at), "bx": "V", "bp": float(tape.bid), "bs": LOT, "ax": "V", "ap": float(tape.ask)}
    return {**row, "as": LOT, "c": ["R"], "z": "C"}


def trade_row(tape: Tape) -> Json:
    """The latest trade."""
    row = {"t": rfc3339(tape.at), "x": "V", "p": float(tape.last), "s": LOT, "c": ["@"], "i": tape.trades}
    return {**row, "z": "C"}


def snapshot_row(tape: Tape) -> Json:
    """Latest trade and quote, and those bars around them that there are."""
    minute = tape.minute or (tape.minutes[-1] if tape.minutes else None)
    bars = {"minuteBar": minute, "dailyBar": tape.today, "prevDailyBar": tape.days[-1] if tape.days else None}
    there = {name: bar.wire() for name, bar in bars.items() if bar is not None}
    return {"latestTrade": trade_row(tape), "latestQuote": quote_row(tape), **there}
