"""Source unusual_whales: options flow alerts from Unusual Whales, by REST and by socket; see docs/unusual_whales.md."""

import asyncio
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import Annotated, ClassVar

import msgspec

from tidegate import (
    Feed,
    InputError,
    Meta,
    NotNegative,
    Seconds,
    SecondsOrNone,
    Source,
    VenueError,
    hookimpl,
    is_open,
    secret,
)
from tidegate.plugins.sources.unusual_whales.alert_poller import AlertPoller, Lookback
from tidegate.plugins.sources.unusual_whales.client import Client, OffError, TokenError, connected
from tidegate.plugins.sources.unusual_whales.filter import ALL_DAYS, Filter
from tidegate.plugins.sources.unusual_whales.open_run import OpenRun
from tidegate.plugins.sources.unusual_whales.publisher import SOURCE, AlertPublisher
from tidegate.plugins.sources.unusual_whales.session import Pace, Session
from tidegate.plugins.sources.unusual_whales.settings import QuotaSettings, Ticker, told
from tidegate.plugins.sources.unusual_whales.socket import Socket

REFUSED = timedelta(hours=1)  # a token that is refused stays refused, unless it was the service's mistake
Http = Annotated[str, Meta(pattern="^https?://[^/?]+$")]
Websocket = Annotated[str, Meta(pattern="^wss?://[^/?]+(/[^?]*[^/?])?$")]
Variable = Annotated[str, Meta(pattern="^[A-Z][A-Z0-9]*_[A-Z0-9_]+$")]  # a name; a pasted token does not look like one
Frames = Annotated[int, Meta(ge=1, le=1_000_000)]
Days = Annotated[int, Meta(ge=0, le=ALL_DAYS)]


class UnusualWhales(QuotaSettings, frozen=True, kw_only=True, dict=True):
    """Market-wide flow alerts: each once, oldest first, none lost between polls, restarts and outages."""

    name: ClassVar[str] = SOURCE
    base_url: Http = "https://api.unusualwhales.com"
    socket_url: Websocket = "wss://api.unusualwhales.com/socket"
    token_variable: Variable = "UW_API_TOKEN"  # noqa: S105 - a name, not a secret
    symbols: tuple[Ticker, ...] = ()
    without: tuple[Ticker, ...] = ()
    min_premium: NotNegative = 0.0
    max_days_to_expiry: Days = ALL_DAYS
    overlap_s: SecondsOrNone = 60.0
    late_s: SecondsOrNone = 1200.0
    sweep_s: Seconds = 300.0
    warm_s: SecondsOrNone = 3600.0
    backfill_s: Seconds = 345_600.0
    timeout_s: Seconds = 30.0
    socket: bool = False
    queue_limit: Frames = 10_000
    mute_s: Seconds = 180.0

    def secrets(self) -> tuple[str, ...]:
        """The name of the token."""
        return (self.token_variable,)

    def check(self) -> None:
        """Look for the libraries, and at the quota, before anything starts.

        Raises:
            InputError: one is not installed, or what is to be asked does not fit.
        """
        needed = ("httpx", "stamina", "websockets") if self.socket else ("httpx", "stamina")
        missing = [name for name in needed if find_spec(name) is None]
        if missing:
            raise InputError(f"sources.{SOURCE} needs {' and '.join(missing)}: pip install 'tidegate[uw]'")
        self.must_fit()

    def gauges(self) -> dict[str, object]:
        """What a screen may show: the last new alert's age limit, the counts of Tally, quotas, and the plan."""
        opened = self._open
        if opened.session is not None:
            opened.session.show()
        shown = {"limit_s": self.mute_s, **msgspec.structs.asdict(opened.tally), **told(opened.poller)}
        shown["plan"] = self.plan_rows(opened.poller)
        shown["trouble"] = "; ".join(f"{what}: {reason}" for what, reason in opened.tally.troubles.items())
        if opened.client is not None and opened.client.limits is not None:
            shown["quotas"] = opened.client.limits.quotas(opened.client.now())
        return shown if opened.asks_at is None else {**shown, "state": "failed", "next_try": opened.asks_at}

    async def stream(self, feed: Feed) -> None:
        """Poll, and listen when `socket` is set, until cancelled.

        A token that is refused is told once and tried again after an hour.

        Raises:
            VenueError: The token is missing.
        """
        token = secret(self.token_variable)
        if not token:
            raise VenueError(f"{self.token_variable}: not set; put the token into the environment or the keyring")
        publisher = AlertPublisher(feed, self._open.tally)
        while True:
            try:
                await self._run(feed, publisher, token)
            except ExceptionGroup as group:
                if not isinstance(group.exceptions[0], TokenError):
                    raise group.exceptions[0] from None
                await publisher.troubled("token", str(group.exceptions[0]))
            self._open.asks_at = feed.now() + REFUSED
            await asyncio.sleep(REFUSED.total_seconds())
            self._open.asks_at = None
            publisher.well("token")

    async def _run(self, feed: Feed, publisher: AlertPublisher, token: str) -> None:
        limits = {"timeout_s": self.timeout_s, "per_minute": self.requests_per_minute}
        async with connected(self.base_url, token, now=feed.now, **limits) as client:
            session = self._session(feed, publisher, client)
            poller = self.poller(client, publisher, feed)
            self._open.session, self._open.client, self._open.poller = session, client, poller
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(publisher.apart("alerts", session.poll(), refusal=OffError))
                tasks.create_task(poller.run())
                if self.socket:
                    session.socket = self._socket(feed, session, token)
                    tasks.create_task(session.socket.run())
                    tasks.create_task(session.socket.hear())

    def _session(self, feed: Feed, publisher: AlertPublisher, client: Client) -> Session:
        wanted = Filter(
            only=self.symbols, without=self.without, min_premium=self.min_premium, max_days=self.max_days_to_expiry
        )
        reach = Lookback(overlap_s=self.overlap_s, late_s=self.late_s, warm_s=self.warm_s, backfill_s=self.backfill_s)
        pace = Pace(poll_s=self.poll_s, closed_poll_s=self.closed_poll_s, sweep_s=self.sweep_s)
        soon = timedelta(seconds=self.closed_poll_s)
        return Session(
            AlertPoller(client, publisher, wanted, reach),
            publisher,
            wanted=wanted,
            pace=pace,
            open_soon=lambda: is_open(feed.now()) or is_open(feed.now() + soon),
        )

    def _socket(self, feed: Feed, session: Session, token: str) -> Socket:
        return Socket(
            url=self.socket_url,
            token=token,
            queue_limit=self.queue_limit,
            mute_s=self.mute_s,
            open_now=lambda: is_open(feed.now()),
            listener=session,
        )

    @cached_property
    def _open(self) -> OpenRun:
        return OpenRun()


@hookimpl
def tidegate_sources() -> list[type[Source]]:
    """The sources of this module."""
    return [UnusualWhales]
