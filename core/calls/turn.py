"""A turn at a venue: when a call may go out, and what its answer says of the venue for all that follow.

Two things stand before a call, the key's budget and the venue's circuit. The circuit is looked at first, without using
up its one trial; then the call waits for the budget; then the circuit is asked again, since it may have opened
meanwhile, and only then is the trial used. So a call that gets no turn costs nothing, and none goes out in vain.
"""

from collections.abc import Mapping
from hashlib import sha256

from tidegate.core.calls.budget import Budget, LimitedError, Priority
from tidegate.core.calls.circuit import Circuit
from tidegate.core.calls.retrying import TransientError, UnsureError, budget_for, circuit_for
from tidegate.core.errors import VenueError


class Turnstile:
    """What stands before the calls of one key: its budget, and the venue's circuit."""

    def __init__(self, circuit: Circuit, budget: Budget) -> None:
        self.circuit, self.budget = circuit, budget

    async def take(self, priority: Priority, *, within_s: float | None = None) -> None:
        """Wait for a turn.

        Raises:
            TransientError: The venue is left alone for `wait_s` seconds more; the text is the circuit's reason.
            LimitedError: The turn would come later than `within_s` seconds from now.
        """
        if self.circuit.wait_s() > 0.0:
            raise self._left_alone()
        await self.budget.take(priority, within_s=within_s)
        if not self.circuit.lets():
            raise self._left_alone()

    async def insist(self, priority: Priority) -> None:
        """Wait for the budget only: exits and cancels go out whatever the circuit says."""
        await self.budget.take(priority)

    def answered(self, left: float | None = None) -> None:
        """The venue answered. `left`: the requests that it says the key has left; others may use the same key."""
        self.circuit.succeeded()
        if left is not None:
            self.budget.learn(left)

    def failed(self, error: VenueError, priority: Priority) -> None:
        """A call of this urgency failed: a limit holds the budget, no usable answer counts against the circuit.

        Any other error is an answer.
        """
        if isinstance(error, LimitedError):
            self.circuit.succeeded()
            self.budget.hold(error.wait_s, priority)
        elif isinstance(error, TransientError):
            self.circuit.failed(str(error), wait_s=error.wait_s)
        elif isinstance(error, UnsureError):
            self.circuit.failed(str(error))
        else:
            self.circuit.succeeded()

    def refused(self, error: VenueError) -> None:
        """The key itself was refused: nothing more is asked for a while."""
        self.circuit.failed(str(error), at_once=True)

    def _left_alone(self) -> TransientError:
        return TransientError(self.circuit.gauge().reason, wait_s=self.circuit.wait_s())


def turnstile_for(venue: str, key: str, per_minute: float) -> Turnstile:
    """The process's circuit of a venue, and the budget of a key there; of the key, only a digest is kept."""
    digest = sha256(key.encode()).hexdigest()[:8]
    return Turnstile(circuit_for(venue), budget_for(f"{venue} {digest}", per_minute))


def requests_left(headers: Mapping[str, str]) -> float | None:
    """What X-RateLimit-Remaining says, by its name in lower case; None when it says no number."""
    left = headers.get("x-ratelimit-remaining", "")
    return float(left) if left.isdecimal() else None
