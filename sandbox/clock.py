"""Time in the sandbox: a clock that can be set, moved and scaled, the agenda of what happens when, and HTTP's time."""

import asyncio
import heapq
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import Literal, TypeAlias

from tidegate.sandbox.times import NANO, Instant, instant_of, utc

HttpTime: TypeAlias = Literal["wall", "market"]
Action: TypeAlias = Callable[[Instant], None]


class Clock:
    """Starts at `at` (aware; default: the machine's time) and runs `speed` seconds a second; 0 stands still."""

    def __init__(self, at: datetime | None = None, *, speed: float = 1.0) -> None:
        self._base = time.time_ns() if at is None else instant_of(at)
        self._anchor = time.monotonic_ns()
        self._speed = speed
        self.changed: Callable[[], None] = lambda: None

    @property
    def speed(self) -> float:
        """Sandbox seconds per real second."""
        return self._speed

    def instant(self) -> Instant:
        """Now, in nanoseconds."""
        return self._base + int((time.monotonic_ns() - self._anchor) * self._speed)

    def now(self) -> datetime:
        """Now, as an aware UTC time."""
        return utc(self.instant())

    def move(self, *, to: datetime | None = None, by: float = 0.0, speed: float | None = None) -> None:
        """Go to a time, or forward by seconds, or change the speed. What falls due meanwhile happens, in order.

        Raises:
            ValueError: The time lies in the past, or the speed is negative.
        """
        here = self.instant()
        there = (here if to is None else instant_of(to)) + int(by * NANO)
        if there < here - 1000 or (speed is not None and speed < 0):  # a time told in microseconds may seem older
            raise ValueError("the clock only goes forward")
        self._base, self._anchor = max(there, here), time.monotonic_ns()
        self._speed = self._speed if speed is None else speed
        self.changed()


class Agenda:
    """What is going to happen, each thing once, at its own time, in the order of times and then of arrival."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._due: list[tuple[Instant, int, Action]] = []
        self._numbers = count()
        self._woken = asyncio.Event()
        clock.changed = self.turn

    def at(self, due: Instant, action: Action) -> None:
        """Have `action` called with `due` once the clock is there."""
        heapq.heappush(self._due, (due, next(self._numbers), action))
        self._woken.set()

    def after(self, start: Instant, seconds: float, action: Action) -> None:
        """The same, `seconds` of sandbox time after `start`."""
        self.at(start + int(seconds * NANO), action)

    def turn(self) -> None:
        """Do everything that is due."""
        now = self.clock.instant()
        while self._due and self._due[0][0] <= now:
            due, _, action = heapq.heappop(self._due)
            action(due)
        self._woken.set()

    async def run(self) -> None:
        """Do things as they fall due, until cancelled."""
        while True:
            self._woken.clear()
            self.turn()
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._wait()):
                    await self._woken.wait()

    def _wait(self) -> float | None:
        """Real seconds until the next thing is due; None when only a change can bring one."""
        if not self._due or not self.clock.speed:
            return None
        return max(0.0, (self._due[0][0] - self.clock.instant()) / NANO / self.clock.speed)


def header_time(clock: Clock, http_time: HttpTime) -> Callable[[], float]:
    """The time that headers tell, in seconds since 1970: the machine's ("wall"), or the sandbox's ("market")."""
    return time.time if http_time == "wall" else lambda: clock.instant() / NANO
