"""The broker's clock, held against our calendar and our clock: a session that only one of them knows is told."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from tidegate import Priority, VenueError, clock_disagreement
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.wire import Wire, one

Stamp = Annotated[datetime, Meta(tz=True)]


class ClockRow(Wire, frozen=True, kw_only=True):
    """The venue's clock."""

    timestamp: Stamp
    is_open: bool


class ClockWatch:
    """Compares when asked to. `said` is the disagreement that stands, "" when there is none.

    `skew_s` is by how many seconds our clock is ahead (+) or behind (-), at least: the answer's way is no skew. None
    before the first answer.
    """

    def __init__(self, calls: Calls, tell: Callable[[str], None], *, now: Callable[[], datetime]) -> None:
        """`tell` hears each disagreement once; `now` is our clock."""
        self._calls, self._tell, self._now = calls, tell, now
        self.said = ""
        self.skew_s: float | None = None

    async def look(self) -> None:
        """Ask once. A clock that cannot be read changes nothing: other questions say what is wrong with the venue."""
        asked = self._now()
        try:
            row = one(ClockRow, await self._calls.call("GET", "/clock", priority=Priority.RECONCILE))
        except VenueError:
            return
        early_s, late_s = ((each - row.timestamp).total_seconds() for each in (asked, self._now()))
        self.skew_s = max(early_s, 0.0) + min(late_s, 0.0)
        # on a thread: a year outside the table costs an import
        found = await asyncio.to_thread(clock_disagreement, row.timestamp, is_open=row.is_open) or ""
        if found and found != self.said:
            self._tell(f"{found}. Next: entries go by the calendar; halt them if the broker is right.")
        self.said = found
