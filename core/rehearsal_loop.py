"""An event loop in which time runs faster: for rehearsals.

Pauses, timeouts and budgets are written in the engine's seconds; none of them needs to know how fast those pass.
"""

import asyncio
from selectors import DefaultSelector, SelectorKey

from tidegate.core.clock import Pace, RehearsalClock, elapsed


def hurried(clock: RehearsalClock) -> asyncio.AbstractEventLoop:
    """A new event loop for a rehearsal; from now on `elapsed` and `present_time` of this process agree with it."""
    Pace.speed, Pace.clock = clock.speed, clock
    return _HurriedLoop(_HurriedSelector())


class _HurriedSelector(DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        return super().select(timeout if timeout is None or timeout <= 0 else timeout / Pace.speed)


class _HurriedLoop(asyncio.SelectorEventLoop):
    def time(self) -> float:
        return elapsed()
