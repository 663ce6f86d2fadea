"""Source alpaca_market: quotes, 1-minute bars and the index's daily closes from Alpaca; see docs/alpaca_market.md."""

import asyncio
from datetime import timedelta
from importlib.util import find_spec
from typing import Annotated, ClassVar

import msgspec

from tidegate import Feed, InputError, Meta, Seconds, SecondsOrNone, Source, VenueError, hookimpl, is_open
from tidegate.plugins.sources.alpaca_market.calls import Calls, connected, keys
from tidegate.plugins.sources.alpaca_market.options.watch import OptionWatch
from tidegate.plugins.sources.alpaca_market.publisher import SOURCE
from tidegate.plugins.sources.alpaca_market.session import Session
from tidegate.plugins.sources.alpaca_market.stream import Stream
from tidegate.plugins.sources.alpaca_market.watchlist import wanted

MISSED = 3  # turns of `bars_s`
SETTLE_SHARE = 0.05  # of `bars_s`, after the minute: a bar is sent a little after it ends
Http = Annotated[str, Meta(pattern="^https?://[^/]+$")]
Websocket = Annotated[str, Meta(pattern="^wss?://[^/]+(/.*[^/])?$")]
PerMinute = Annotated[float, Meta(ge=1, le=100_000)]
Symbols = Annotated[int, Meta(ge=1, le=10_000)]


class AlpacaMarket(Source, frozen=True, kw_only=True):
    """Watches held, working, waiting and candidate symbols, and the index, by polling and, if wanted, by stream."""

    name: ClassVar[str] = SOURCE
    data_url: Http = "https://data.alpaca.markets"
    data_stream_url: Websocket = "wss://stream.data.alpaca.markets/v2/{feed}"
    feed: str = "iex"
    daily_feed: str = "sip"
    index: str = "SPY"
    poll_s: Seconds = 5.0
    bars_s: Seconds = 60.0
    timeout_s: Seconds = 10.0
    requests_per_minute: PerMinute = 150.0
    options_feed: str = "indicative"
    options_s: Seconds = 15.0
    interest: Annotated[float, Meta(ge=-0.1, le=1)] = 0.043
    candidates_s: SecondsOrNone = 900.0
    max_symbols: Symbols = 100
    key_variable: str = "APCA_API_KEY_ID"
    secret_variable: str = "APCA_API_SECRET_KEY"  # noqa: S105 - a name, not a secret
    streams: bool = msgspec.field(default=False, name="stream")  # the method has the shorter name
    stream_symbols: Symbols = 30
    sample_s: Seconds = 1.0
    mute_s: Seconds = 60.0
    busy_s: Seconds = 90.0

    def secrets(self) -> tuple[str, ...]:
        """The names of the two keys."""
        return (self.key_variable, self.secret_variable)

    def gauges(self) -> dict[str, object]:
        """While the market is open, quotes and bars come every minute; a few of them may be missed."""
        return {"limit_s": MISSED * self.bars_s}

    def check(self) -> None:
        """Look for the libraries before anything starts.

        Raises:
            InputError: one is not installed.
        """
        needed = ("httpx", "websockets") if self.streams else ("httpx",)
        missing = [name for name in needed if find_spec(name) is None]
        if missing:
            raise InputError(f"sources.alpaca_market needs {' and '.join(missing)}: pip install 'tidegate[alpaca]'")

    async def stream(self, feed: Feed) -> None:
        """Poll, and listen when `stream` is set, until cancelled.

        Raises:
            VenueError: The service refuses for a reason that only a person can change, or the keys are missing.
        """
        pair = keys(self.key_variable, self.secret_variable)
        limits = {"timeout_s": self.timeout_s, "per_minute": self.requests_per_minute}
        async with connected(self.data_url, pair, **limits) as calls:
            session = Session(feed, calls, market=self.feed, wanted=lambda: self._wanted(feed))
            try:
                async with asyncio.TaskGroup() as tasks:
                    if self.streams:
                        self._listen(tasks, feed, session, pair)
                    tasks.create_task(session.keep("quotes", session.quotes, lambda: self._rest_s(feed)))
                    tasks.create_task(session.keep("bars", session.bars, lambda: self._until_bars_s(feed)))
                    tasks.create_task(session.publisher.apart("closes", self._closes(session)))
                    tasks.create_task(session.publisher.apart("options", self._options(feed, calls, session)))
            except ExceptionGroup as group:
                raise group.exceptions[0] from None

    def _listen(self, tasks: asyncio.TaskGroup, feed: Feed, session: Session, pair: tuple[str, ...]) -> None:
        stream = Stream(
            url=self.data_stream_url.replace("{feed}", self.feed),
            keys=pair,
            limit=self.stream_symbols,
            mute_s=self.mute_s,
            busy_s=self.busy_s,
            open_now=lambda: is_open(feed.now()),
            wanted=session.wanted,
            listener=session,
        )
        session.covered = stream.covers
        tasks.create_task(session.publisher.apart("stream", stream.run()))
        tasks.create_task(session.keep("sample", session.sample, lambda: self.sample_s))

    async def _closes(self, session: Session) -> None:
        """The consolidated tape's closes, or those of `feed` when the plan has no other."""
        try:
            await session.keep("closes", lambda: session.closes(self.index, self.daily_feed), lambda: self.bars_s)
        except VenueError as error:
            await session.publisher.troubled("closes", f"{error}; asking the feed {self.feed} instead")
        await session.keep("closes", lambda: session.closes(self.index, self.feed), lambda: self.bars_s)

    async def _options(self, feed: Feed, calls: Calls, session: Session) -> None:
        """What the account's options move like; a refusal ends this alone, and the gates say that it is not known."""
        watch = OptionWatch(feed, calls, session.publisher, market=self.options_feed, rate=self.interest)
        await session.keep("options", watch.look, lambda: self.options_s)

    def _wanted(self, feed: Feed) -> tuple[str, ...]:
        return wanted(
            feed.state(), at=feed.now(), index=self.index, candidates_s=self.candidates_s, limit=self.max_symbols
        )

    def _rest_s(self, feed: Feed) -> float:
        """Quotes are less urgent while the market is closed."""
        now = feed.now()
        soon = is_open(now) or is_open(now + timedelta(seconds=self.bars_s))
        return self.poll_s if soon else max(self.poll_s, self.bars_s)

    def _until_bars_s(self, feed: Feed) -> float:
        """Seconds to shortly after the next multiple of `bars_s`."""
        return self.bars_s * (1.0 + SETTLE_SHARE) - feed.now().timestamp() % self.bars_s


@hookimpl
def tidegate_sources() -> list[type[Source]]:
    """The sources of this module."""
    return [AlpacaMarket]
