"""One run of the market data source: what is asked for when, and what becomes of the answers."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from tidegate import Bar, Feed, VenueError
from tidegate.plugins.sources.alpaca_market.calls import BadRequestError, Calls
from tidegate.plugins.sources.alpaca_market.closes import HISTORY, due, readings
from tidegate.plugins.sources.alpaca_market.publisher import MarketPublisher
from tidegate.plugins.sources.alpaca_market.rows import (
    MINUTE,
    Frame,
    bar_of,
    candle_of,
    halves,
    touch_of,
    trade_of,
)
from tidegate.plugins.sources.fields import RowError

T = TypeVar("T")
BACK = 6 * MINUTE  # more than any gate looks back on
AGAIN = timedelta(minutes=5)  # after which a close that was not there yet is asked for again


class Session:
    """What one run knows. `wanted` is asked anew at each turn; `covered` says what the stream takes care of."""

    def __init__(self, feed: Feed, calls: Calls, *, market: str, wanted: Callable[[], tuple[str, ...]]) -> None:
        self.covered: Callable[[], frozenset[str]] = frozenset
        self.publisher = MarketPublisher(feed)
        self._feed, self._calls, self._market, self._all = feed, calls, market, wanted
        self._looked: set[str] = set()  # symbols with a snapshot since the last whole look
        self._barred: set[str] = set()
        self._left_out: set[str] = set()
        self._streamed: list[Bar] = []
        self._closes_after: datetime | None = None

    def wanted(self) -> tuple[str, ...]:
        """The symbols to watch now, the most needed first."""
        return tuple(symbol for symbol in self._all() if symbol not in self._left_out)

    async def keep(self, what: str, turn: Callable[[], Awaitable[None]], rest_s: Callable[[], float]) -> None:
        """Take turns until cancelled. A failure that may pass is told once; the pause grows, or is the one asked for.

        Raises:
            VenueError: One that trying again does not change.
        """
        while True:
            await self.publisher.patiently(what, turn)
            await asyncio.sleep(rest_s())

    async def quotes(self) -> None:
        """A turn: snapshots of what the stream does not cover, and bars of symbols that are new."""
        wanted = self.wanted()
        self.publisher.keep(wanted)
        self._looked &= set(wanted)
        self._barred &= set(wanted)
        covered = self.covered() & self._looked
        await self._look([symbol for symbol in wanted if symbol not in covered])
        await self._minutes([symbol for symbol in self.wanted() if symbol not in self._barred])

    async def bars(self) -> None:
        """A turn: the last minutes of all symbols, whatever the stream said; the next look is at all of them too."""
        self._looked.clear()
        await self._minutes(list(self.wanted()))

    async def closes(self, index: str, market: str) -> None:
        """A turn: the index's closes since the last one known, when there is a new one."""
        now, known = self._feed.now(), self._feed.state().regime.close_at
        last = due(now)
        waits = self._closes_after is not None and now < self._closes_after
        if last is None or waits or (known is not None and known >= last):
            return
        start = (now - HISTORY).date().isoformat()
        span = {"start": start, "end": last.isoformat()}  # nothing recent, which some plans would refuse
        found = self._calls.bars([index], timeframe="1Day", feed=market, adjustment="split", **span)
        rows = [row async for row in self._good("daily bar", found, lambda _, raw: candle_of(raw, now))]
        self._closes_after = now + AGAIN
        await self.publisher.readings(readings(index, rows, after=known, until=last))

    async def sample(self) -> None:
        """A turn: say what the stream brought since the last one."""
        bars, self._streamed = self._streamed, []
        await self.publisher.bars(bars)
        await self.publisher.quotes(self.covered())
        if self.covered():
            self.publisher.well("stream")

    async def heard(self, frame: Frame, raw: msgspec.Raw) -> None:
        """A message of the stream."""
        now = self._feed.now()
        try:
            if frame.T == "t":
                self.publisher.take(frame.S, trade_of(raw, now))
            elif frame.T == "q":
                self.publisher.take(frame.S, touch_of(raw, now))
            elif frame.T == "b":
                self._streamed.append(bar_of(frame.S, raw, now))
        except RowError as error:
            await self.publisher.reject(f"stream {frame.T} {frame.S}", str(error))

    async def troubled(self, what: str, reason: str) -> None:
        """Something of the stream does not work."""
        await self.publisher.troubled(what, reason)

    async def reject(self, where: str, reason: str) -> None:
        """A message of the stream cannot be read."""
        await self.publisher.reject(where, reason)

    async def _look(self, symbols: list[str]) -> None:
        if not symbols:
            return
        try:
            rows = await self._calls.snapshots(symbols, self._market)
        except BadRequestError as error:
            await self._leave_out(symbols, error)
            return
        now = self._feed.now()
        for symbol in symbols:
            for part in halves(rows[symbol], now) if symbol in rows else (RowError("the service sent nothing"),):
                if isinstance(part, RowError):
                    await self.publisher.reject(f"snapshot {symbol}", str(part))
                else:
                    self.publisher.take(symbol, part)
        self._looked.update(symbols)
        await self.publisher.quotes(symbol for symbol in symbols if symbol in rows)

    async def _minutes(self, symbols: list[str]) -> None:
        if not symbols:
            return
        now = self._feed.now()
        start = (now - BACK).replace(second=0, microsecond=0).isoformat()
        found = self._calls.bars(symbols, timeframe="1Min", start=start, feed=self._market)
        try:
            bars = [bar async for bar in self._good("bar", found, lambda symbol, raw: bar_of(symbol, raw, now))]
        except BadRequestError as error:
            await self._leave_out(symbols, error)
            return
        self._barred.update(symbols)
        await self.publisher.bars(bars)

    async def _good(
        self, what: str, rows: AsyncIterator[tuple[str, msgspec.Raw]], read: Callable[[str, msgspec.Raw], T]
    ) -> AsyncIterator[T]:
        """The rows that can be read; the others are told."""
        async for symbol, raw in rows:
            try:
                yield read(symbol, raw)
            except RowError as error:
                await self.publisher.reject(f"{what} {symbol}", str(error))

    async def _leave_out(self, symbols: list[str], error: VenueError) -> None:
        """Leave the symbols out that the service's complaint names; when it names none, the settings are wrong."""
        words = set(str(error).replace(",", " ").replace('"', " ").split())
        named = [symbol for symbol in symbols if symbol in words]
        if not named:
            raise error
        self._left_out.update(named)
        for symbol in named:
            await self.publisher.reject(f"symbol {symbol}", str(error))
