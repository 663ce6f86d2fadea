"""The broker's clock, held against our calendar: a session that only one of them knows is told."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from plugins.executors._alpaca_calls import Calls
from plugins.executors._alpaca_wire import Wire, one
from tidegate import Priority, VenueError, clock_disagreement

Stamp = Annotated[datetime, Meta(tz=True)]


class ClockRow(Wire, frozen=True, kw_only=True):
    """The venue's clock."""

    timestamp: Stamp
    is_open: bool


class ClockWatch:
    """Compares when asked to. `said` is the disagreement that stands, "" when there is none."""

    def __init__(self, calls: Calls, tell: Callable[[str], None]) -> None:
        """`tell` hears each disagreement once."""
        self._calls, self._tell = calls, tell
        self.said = ""

    async def look(self) -> None:
        """Ask once. A clock that cannot be read changes nothing: other questions say what is wrong with the venue."""
        try:
            row = one(ClockRow, await self._calls.call("GET", "/clock", priority=Priority.RECONCILE))
        except VenueError:
            return
        # on a thread: a year outside the table costs an import
        found = await asyncio.to_thread(clock_disagreement, row.timestamp, is_open=row.is_open) or ""
        if found and found != self.said:
            self._tell(f"{found}. Next: entries go by the calendar; halt them if the broker is right.")
        self.said = found
