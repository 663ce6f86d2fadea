"""An event loop in which time runs faster: for rehearsals.

Pauses, timeouts and budgets are written in the engine's seconds; none of them needs to know how fast those pass.
"""

import asyncio
from selectors import DefaultSelector, SelectorKey

from core.clock import Pace, elapsed


def hurried(speed: float) -> asyncio.AbstractEventLoop:
    """A new event loop in which `speed` seconds pass in one; from now on `elapsed` of this process agrees with it."""
    Pace.speed = speed
    return _HurriedLoop(_HurriedSelector())


class _HurriedSelector(DefaultSelector):
    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        return super().select(timeout if timeout is None or timeout <= 0 else timeout / Pace.speed)


class _HurriedLoop(asyncio.SelectorEventLoop):
    def time(self) -> float:
        return elapsed()
