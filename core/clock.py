"""Clocks: the engine's time is the wall's, a rehearsal's, or a session's own."""

from datetime import UTC, datetime, timedelta
from time import monotonic, time
from typing import ClassVar, Protocol


class Clock(Protocol):
    """Says what time it is, as an aware UTC datetime."""

    def now(self) -> datetime:
        """The current time."""


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time, UTC."""
        return datetime.now(UTC)


class Pace:
    """How time passes for the engine: as the machine's, or as a rehearsal's; one for the process, as time is."""

    speed: ClassVar[float] = 1.0
    clock: ClassVar[Clock] = WallClock()


def elapsed() -> float:
    """Seconds of the engine since some moment; they never run backward."""
    return monotonic() * Pace.speed


def present_time() -> datetime:
    """The present of a live run, UTC: the machine's, or a rehearsal's."""
    return Pace.clock.now()


class RehearsalClock:
    """A clock that is at `at` when the machine's shows `anchor` (seconds since 1970), and runs `speed` times as fast.

    Processes that are given the same three agree on the time, whenever they were started.
    """

    def __init__(self, at: datetime, *, speed: float, anchor: float) -> None:
        self._at, self.speed, self._anchor = at, speed, anchor

    @classmethod
    def parse(cls, text: str) -> "RehearsalClock":
        """From "2025-10-15T09:25:00-04:00 60 1763832000.0". Raises ValueError with what is wrong."""
        words = text.split()
        if len(words) != 3:
            raise ValueError(f'"{text}" must be a time with its zone, a speed, and seconds since 1970')
        at, speed, anchor = datetime.fromisoformat(words[0]), float(words[1]), float(words[2])
        if at.tzinfo is None or not 0 < speed < float("inf"):
            raise ValueError(f'"{text}" needs a time with its zone and a speed above 0')
        return cls(at.astimezone(UTC), speed=speed, anchor=anchor)

    def now(self) -> datetime:
        """The rehearsal's time, UTC."""
        return self._at + timedelta(seconds=(time() - self._anchor) * self.speed)


class ManualClock:
    """A clock that stands still until it is set; time never runs backward."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """The time it was last set to."""
        return self._at

    def set(self, at: datetime) -> None:
        """Move to `at`; an earlier time changes nothing."""
        self._at = max(self._at, at)
