"""The part of `fold` that concerns lockdowns."""

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.state import State
from tidegate.core.domain.values.lockdown import Lockdown

LOCKDOWN: Handlers[Apply] = Handlers()


@LOCKDOWN.handles
def _sealed(state: State, recorded: e.Recorded, event: e.LockdownSealed) -> None:
    state.lockdown = Lockdown(event.seal, event.reason, event.who, recorded.at, event.until)


@LOCKDOWN.handles
def _lifted(state: State, _: e.Recorded, __: e.LockdownLifted) -> None:
    state.lockdown = None


@LOCKDOWN.handles
def _drifted(state: State, _: e.Recorded, event: e.DriftSeen) -> None:
    if state.lockdown is not None:
        state.lockdown = replace(state.lockdown, drift=event.changes)
