"""Gate max_positions: the book holds only so many symbols."""

from typing import ClassVar

from tidegate import Count, Gate, Purpose, Signal, State, Verdict, blocked, hookimpl, passed


class MaxPositions(Gate, frozen=True, kw_only=True):
    """Blocks when `limit` symbols are held or being entered: open positions and working entry orders, each once."""

    name: ClassVar[str] = "max_positions"
    limit: Count = 16

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - every symbol counts alike
        """PASS or BLOCK, measured in symbols, before this one."""
        entering = {o.order.symbol for o in state.orders.values() if o.purpose is Purpose.ENTRY}
        taken = len(entering | state.positions.keys())
        if taken >= self.limit:
            return blocked("the book is full", measured=taken, limit=self.limit, unit="positions")
        return passed(measured=taken, limit=self.limit, unit="positions")


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [MaxPositions]
