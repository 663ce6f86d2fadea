"""The place that an account has on a stream."""

from tidegate.sandbox.clock import Clock
from tidegate.sandbox.times import NANO

DEAD = frozenset({None, 1006})


class Place:
    """The one connection that an account may have. After one that died it stays taken for `hold_s` of sandbox time."""

    def __init__(self, clock: Clock, hold_s: float) -> None:
        self.clock, self.hold_s = clock, hold_s
        self._taken, self._until = False, 0

    @property
    def free(self) -> bool:
        """Whether somebody may connect."""
        return not self._taken and self.clock.instant() >= self._until

    def take(self) -> None:
        """Connect."""
        self._taken = True

    def leave(self, close_code: int | None) -> None:
        """Disconnect: politely, or not."""
        self._taken = False
        if close_code in DEAD:
            self._until = self.clock.instant() + int(self.hold_s * NANO)
