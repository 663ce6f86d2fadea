"""Gate halt: a latched halt stops entries until a person releases it."""

from typing import ClassVar

from tidegate import Gate, Signal, State, Verdict, blocked, hookimpl, passed


class HaltGate(Gate, frozen=True, kw_only=True):
    """Blocks every entry at every level of halt: entries, reduce and flatten."""

    name: ClassVar[str] = "halt"

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - a halt spares no signal
        """PASS or BLOCK; nothing is measured."""
        if state.halt is None:
            return passed()
        return blocked(f"halted ({state.halt.level}) by {state.halt.who}: {state.halt.reason}")


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [HaltGate]
