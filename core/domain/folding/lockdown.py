"""The part of `fold` that concerns lockdowns."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.lockdown import Lockdown
from tidegate.core.domain.state import State


def _sealed(state: State, recorded: e.Recorded, event: e.LockdownSealed) -> None:
    state.lockdown = Lockdown(event.seal, event.reason, event.who, recorded.at, event.until)


def _lifted(state: State, _: e.Recorded, __: e.LockdownLifted) -> None:
    state.lockdown = None


def _drifted(state: State, _: e.Recorded, event: e.DriftSeen) -> None:
    if state.lockdown is not None:
        state.lockdown = replace(state.lockdown, drift=event.changes)


LOCKDOWN: dict[type[e.Event], Callable[[State, e.Recorded, Any], None]] = {
    e.LockdownSealed: _sealed,
    e.LockdownLifted: _lifted,
    e.DriftSeen: _drifted,
}
