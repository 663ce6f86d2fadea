"""One run of the source: when to look, what the socket brings meanwhile, and what is shown of both."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec

from tidegate import Positive, elapsed
from tidegate.plugins.sources.unusual_whales.alert_poller import AlertPoller
from tidegate.plugins.sources.unusual_whales.filter import Filter
from tidegate.plugins.sources.unusual_whales.publisher import AlertPublisher
from tidegate.plugins.sources.unusual_whales.rows import CHANNEL, answer_of, payload_of, row_of
from tidegate.plugins.sources.unusual_whales.socket import Socket

WHERE = "socket"


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds between looks: while the exchange is open, while it is not, and for late alerts (or with a socket)."""

    poll_s: Positive = 5.0
    closed_poll_s: Positive = 60.0
    sweep_s: Positive = 300.0


class Session:
    """Looks by REST, always; hears the socket when there is one, and then looks rarely, and after each gap."""

    def __init__(
        self,
        alerts: AlertPoller,
        publisher: AlertPublisher,
        *,
        wanted: Filter,
        pace: Pace,
        open_soon: Callable[[], bool],
    ) -> None:
        self.socket: Socket | None = None
        self._alerts, self._publisher, self._wanted = alerts, publisher, wanted
        self._pace, self._open_soon = pace, open_soon
        self._wake = asyncio.Event()
        self._heard_any = False

    async def poll(self) -> None:
        """Look again and again until cancelled. Raises what `AlertPoller.look` raises."""
        swept_at: float | None = None
        while True:
            self._wake.clear()
            heard, self._heard_any = self._heard_any or self._live, False
            late = heard or swept_at is None or elapsed() - swept_at >= self._pace.sweep_s
            await self._alerts.look(late=late, to_known=not late)
            swept_at = elapsed() if late else swept_at
            await self._rest()

    async def heard(self, text: str | bytes) -> None:
        """A frame of the socket."""
        self._heard_any = True
        self._publisher.tally.answered_at = self._publisher.now()
        try:
            channel, payload = payload_of(text)
        except ValueError as error:
            await self._publisher.reject(WHERE, str(error), text if isinstance(text, bytes) else text.encode())
            return
        if channel != CHANNEL:
            await self._publisher.reject(f"{WHERE} {channel[:40]}", "channel: not joined", payload)
        elif answer_of(text) is None:
            await self._alert(payload)

    async def troubled(self, what: str, reason: str) -> None:
        """The socket is lost, and tried again."""
        await self._publisher.troubled(what, reason)

    def gap(self) -> None:
        """Look now: something may have been missed. A join ends the socket's trouble."""
        self._heard_any = True
        if self._live:
            self._publisher.well("socket")
        self._wake.set()

    def show(self) -> None:
        """Bring the tally up to date."""
        if self.socket is not None:
            tally = self._publisher.tally
            tally.via = "socket" if self._live else "rest"
            tally.dropped, tally.joins, tally.queued = self.socket.dropped, self.socket.joins, self.socket.queued

    @property
    def _live(self) -> bool:
        return self.socket is not None and self.socket.live

    async def _alert(self, payload: msgspec.Raw) -> None:
        row = row_of(payload)
        self._publisher.tally.rows += 1
        if self._publisher.knows(row.key):
            self._publisher.tally.duplicates += 1
        elif (found := await self._publisher.read(WHERE, row)) is None:
            pass
        elif self._wanted.takes(found[1]):
            await self._publisher.alerts([found], marks=False)
        else:
            self._publisher.tally.filtered += 1
            self._publisher.remember((row.key,))

    async def _rest(self) -> None:
        """Until the next look is due: never sooner than `poll_s`, and then at once after a gap."""
        await asyncio.sleep(self._pace.poll_s)
        idle_s = 0.0 if self._open_soon() else self._pace.closed_poll_s
        with suppress(TimeoutError):
            async with asyncio.timeout((self._pace.sweep_s if self._live else idle_s) - self._pace.poll_s):
                await self._wake.wait()
