"""Clocks: the engine's time is the wall's, or a session's own."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is, as an aware UTC datetime."""

    def now(self) -> datetime:
        """The current time."""


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The current time, UTC."""
        return datetime.now(UTC)


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
