"""What a live source says to the engine, as of the engine's time: news only, and each trouble once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import TypeVar

from tidegate import (
    Fact,
    Feed,
    InputRejected,
    LimitedError,
    Reading,
    ReadingSeen,
    SourceFailed,
    TransientError,
    VenueError,
    pause_s,
)

TOLD_LIMIT = 1000
T = TypeVar("T")


class Publisher:
    """One source's. A row that is refused, and a trouble that lasts, is told once; recovery ends a trouble.

    `troubles` is what does not work now, and why.
    """

    def __init__(self, feed: Feed, source: str, *, troubles: dict[str, str] | None = None) -> None:
        """`troubles` of an earlier run are known already."""
        self.troubles = {} if troubles is None else troubles
        self._feed, self._source = feed, source
        self._told: dict[tuple[str, str], None] = {}

    @property
    def cursor(self) -> int:
        """Where the next run begins to read; 0 when that is no matter."""
        return 0

    def now(self) -> datetime:
        """The engine's time."""
        return self._feed.now()

    async def readings(self, readings: Iterable[Reading]) -> None:
        """Say these."""
        await self.say(*(ReadingSeen(source=self._source, cursor=self.cursor, reading=each) for each in readings))

    async def reject(self, where: str, reason: str) -> None:
        """Tell of a row that cannot be used; the same again is no news."""
        if self.first_time(where, reason):
            await self.say(self.rejected(where, reason))

    async def troubled(self, what: str, reason: str) -> None:
        """Tell that something does not work, until `well` says it does again."""
        if what not in self.troubles:
            self.troubles[what] = reason
            await self.say(SourceFailed(source=f"sources.{self._source}", reason=f"{what}: {reason}"))

    def well(self, what: str) -> None:
        """It works again."""
        self.troubles.pop(what, None)

    async def patiently(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """What `call` returns in the end. A failure that may pass is told once; the pause grows, or is as asked for.

        Raises:
            VenueError: One that trying again does not change.
        """
        failures = 0
        while True:
            try:
                result = await call()
            except (TransientError, LimitedError) as error:
                failures += 1
                await self.troubled(what, str(error))
                await asyncio.sleep(pause_s(failures) if error.wait_s is None else error.wait_s)
            else:
                self.well(what)
                return result

    async def apart(self, what: str, work: Awaitable[None], *, refusal: type[VenueError] = VenueError) -> None:
        """Let the rest go on without `work` when it is refused for good."""
        try:
            await work
        except refusal as error:
            await self.troubled(what, f"given up: {error}")

    def rejected(self, where: str, reason: str) -> InputRejected:
        """The fact that a row cannot be used."""
        return InputRejected(source=self._source, cursor=self.cursor, where=where, reason=reason)

    def first_time(self, where: str, reason: str) -> bool:
        """Whether this complaint is new; of very many, all are forgotten at once."""
        if (where, reason) in self._told:
            return False
        if len(self._told) >= TOLD_LIMIT:
            self._told.clear()
        self._told[where, reason] = None
        return True

    async def say(self, *facts: Fact) -> None:
        """Publish facts as of now."""
        now = self.now()
        await self._feed.publish(*((now, fact) for fact in facts))
