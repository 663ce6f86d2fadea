"""Gate already_positioned: a symbol is held at most once."""

from typing import ClassVar

from tidegate import Gate, Purpose, Signal, State, Verdict, blocked, hookimpl, passed


class AlreadyPositioned(Gate, frozen=True, kw_only=True):
    """Blocks when the symbol has an open position, on either side, or a working entry order."""

    name: ClassVar[str] = "already_positioned"

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS or BLOCK; nothing is measured."""
        position = state.positions.get(signal.symbol)
        if position is not None:
            return blocked(f"{position.side} {position.quantity} {signal.symbol} already")
        if any(working.purpose is Purpose.ENTRY for working in state.working(signal.symbol)):
            return blocked(f"an entry order on {signal.symbol} is working")
        return passed()


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [AlreadyPositioned]
