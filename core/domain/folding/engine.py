"""The part of `fold` that concerns the engine itself, its plugins and people."""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.learning import begin
from tidegate.core.domain.folding.prices import stood
from tidegate.core.domain.state import State
from tidegate.core.domain.values.halts import Halt

ENGINE: Handlers[Apply] = Handlers()


@ENGINE.handles
def _started(state: State, recorded: e.Recorded, event: e.EngineStarted) -> None:
    state.mode, state.session, state.plugins = event.mode, event.session, event.plugins
    state.available, state.alerts, state.size, state.prices = event.available, event.alerts, event.size, event.prices
    state.running, state.stop_reason, state.storage_failed = True, "", None
    state.failures, state.quarantined, state.toggled = {}, [], {}
    state.reconciles, state.protects, state.reconciled_at = event.reconciles, event.protects, None
    state.unreconciled_since = recorded.at if event.reconciles else None
    begin(state, event.shadows)


@ENGINE.handles
def _stopped(state: State, _: e.Recorded, event: e.EngineStopped) -> None:
    state.running, state.stop_reason = False, event.reason


@ENGINE.handles
def _request(state: State, _: e.Recorded, event: e.RequestReceived) -> None:
    if event.id > 0:
        state.cursors["requests"] = event.id


@ENGINE.handles
def _tick(state: State, recorded: e.Recorded, event: e.Tick) -> None:
    state.ticked_at, state.tick_told = recorded.at, event.source != ""
    state.account_due = recorded.at
    if event.regular and state.doubted:
        for symbol in list(state.doubted):
            stood(state, symbol, recorded.at)


@ENGINE.handles
def _storage_failed(state: State, _: e.Recorded, event: e.StorageFailed) -> None:
    state.storage_failed = event.reason


@ENGINE.handles
def _storage_recovered(state: State, _: e.Recorded, __: e.StorageRecovered) -> None:
    state.storage_failed = None


@ENGINE.handles
def _halted(state: State, recorded: e.Recorded, event: e.HaltLatched) -> None:
    state.halt = Halt(event.level, event.reason, event.who, recorded.at)


@ENGINE.handles
def _released(state: State, _: e.Recorded, __: e.HaltReleased) -> None:
    state.halt = None


@ENGINE.handles
def _toggled(state: State, _: e.Recorded, event: e.PluginToggled) -> None:
    state.toggled[event.plugin] = event.enabled


@ENGINE.handles
def _failed(state: State, _: e.Recorded, event: e.PluginFailed) -> None:
    state.failures[event.plugin] = state.failures.get(event.plugin, 0) + 1
    state.tally.errors += 1


@ENGINE.handles
def _quarantined(state: State, _: e.Recorded, event: e.PluginQuarantined) -> None:
    state.quarantined.append(event.plugin)


@ENGINE.handles
def _source_failed(state: State, _: e.Recorded, __: e.SourceFailed) -> None:
    state.tally.errors += 1
