"""Why no entry may leave now: a halt, or drift under a lockdown. One that waits to be sent again is then given up."""

from tidegate.core.domain.state import State
from tidegate.core.domain.values.lockdown import in_short


def stopped(state: State) -> str | None:
    """What stops entries that were decided already, in words; None when nothing does."""
    if state.halt is not None:
        return f"halted ({state.halt.level})"
    if state.lockdown is not None and state.lockdown.drift:
        return f"drift under lockdown: {in_short(state.lockdown.drift)}"
    return None
