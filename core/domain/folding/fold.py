"""fold: the only writer of the state. Reading a journal and running live are the same fold.

Each kind of event has one function, here or in a `fold_*` beside it; a kind without one changes only seq and time.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.broker import BROKER
from tidegate.core.domain.folding.learning import LEARNING, begin
from tidegate.core.domain.folding.lockdown import LOCKDOWN
from tidegate.core.domain.folding.orders import ORDERS
from tidegate.core.domain.folding.signals import SIGNALS
from tidegate.core.domain.folding.trades import TRADES
from tidegate.core.domain.signals.clusters import flow_item
from tidegate.core.domain.state import BARS_LIMIT, CLOSES_LIMIT, FEED_GAP_S, SEEN_BATCH, SEEN_LIMIT, Halt, State, Symbol
from tidegate.core.domain.values import Alert, Direction, Quote

Apply = Callable[[State, e.Recorded, Any], None]


def fold(state: State, recorded: e.Recorded) -> None:
    """Apply one event to the state, in place."""
    state.seq = recorded.seq
    state.at = recorded.at
    event = recorded.event
    apply = _APPLY.get(type(event))
    if apply is not None:
        apply(state, recorded, event)
    if isinstance(event, e.SourceFact | e.RequestReceived | e.Tick) and event.source:
        state.cursors[event.source] = event.cursor


def fold_all(state: State, recorded: list[e.Recorded]) -> State:
    """Apply events in order and return the same state."""
    for each in recorded:
        fold(state, each)
    return state


# ---- the engine and people


def _started(state: State, recorded: e.Recorded, event: e.EngineStarted) -> None:
    state.mode, state.session, state.plugins = event.mode, event.session, event.plugins
    state.available, state.alerts, state.size = event.available, event.alerts, event.size
    state.running, state.stop_reason, state.storage_failed = True, "", None
    state.failures, state.quarantined, state.toggled = {}, [], {}
    state.reconciles, state.protects, state.reconciled_at = event.reconciles, event.protects, None
    state.unreconciled_since = recorded.at if event.reconciles else None
    begin(state, event.shadows)


def _stopped(state: State, _: e.Recorded, event: e.EngineStopped) -> None:
    state.running, state.stop_reason = False, event.reason


def _request(state: State, _: e.Recorded, event: e.RequestReceived) -> None:
    if event.id > 0:
        state.cursors["requests"] = event.id


def _tick(state: State, recorded: e.Recorded, event: e.Tick) -> None:
    state.ticked_at, state.tick_told = recorded.at, event.source != ""
    state.account_due = recorded.at


def _storage_failed(state: State, _: e.Recorded, event: e.StorageFailed) -> None:
    state.storage_failed = event.reason


def _storage_recovered(state: State, _: e.Recorded, __: e.StorageRecovered) -> None:
    state.storage_failed = None


def _halted(state: State, recorded: e.Recorded, event: e.HaltLatched) -> None:
    state.halt = Halt(event.level, event.reason, event.who, recorded.at)


def _released(state: State, _: e.Recorded, __: e.HaltReleased) -> None:
    state.halt = None


def _toggled(state: State, _: e.Recorded, event: e.PluginToggled) -> None:
    state.toggled[event.plugin] = event.enabled


def _failed(state: State, _: e.Recorded, event: e.PluginFailed) -> None:
    state.failures[event.plugin] = state.failures.get(event.plugin, 0) + 1
    state.tally.errors += 1


def _quarantined(state: State, _: e.Recorded, event: e.PluginQuarantined) -> None:
    state.quarantined.append(event.plugin)


def _source_failed(state: State, _: e.Recorded, __: e.SourceFailed) -> None:
    state.tally.errors += 1


# ---- sources


def _alert(state: State, recorded: e.Recorded, event: e.AlertReceived) -> None:
    alert = event.alert
    state.tally.alerts += 1
    if state.feed_at is None or (recorded.at - state.feed_at).total_seconds() > FEED_GAP_S:
        state.feed_since = recorded.at
    state.feed_at = recorded.at
    state.seen[recorded.trace] = None
    if len(state.seen) > SEEN_LIMIT + SEEN_BATCH:
        state.seen = dict.fromkeys(islice(state.seen, SEEN_BATCH, None))
    known = _symbol(state, alert.symbol)
    known.sector = alert.sector or known.sector
    _remember_flow(state, recorded, known, alert)
    if alert.underlying_price is not None:
        _remember_quote(state, Quote(symbol=alert.symbol, at=alert.at, last=alert.underlying_price))


def _remember_flow(state: State, recorded: e.Recorded, known: Symbol, alert: Alert) -> None:
    _forget_flow(known, recorded.at - timedelta(seconds=state.alerts.flow_window_s))
    if alert.multileg:
        state.tally.filtered += 1
        return
    item = flow_item(alert, recorded.trace, known, state.alerts)
    if item.direction is Direction.NEUTRAL:
        state.tally.neutral += 1
        return
    state.tally.filtered += not item.counts
    known.flow.append(item)
    if item.counts:
        known.windows[item.window] = None


def _forget_flow(known: Symbol, since: datetime) -> None:
    stale = 0
    while stale < len(known.flow) and known.flow[stale].at < since:
        known.windows.pop(known.flow[stale].window, None)
        stale += 1
    if stale:
        del known.flow[:stale]


def _repeated(state: State, _: e.Recorded, __: e.AlertRepeated) -> None:
    state.tally.duplicates += 1


def _rejected_row(state: State, _: e.Recorded, __: e.InputRejected) -> None:
    state.tally.rejected_rows += 1


def _ignored_row(state: State, _: e.Recorded, __: e.InputIgnored) -> None:
    state.tally.ignored_rows += 1


def _quote(state: State, _: e.Recorded, event: e.QuoteSeen) -> None:
    quote, known = event.quote, _symbol(state, event.quote.symbol)
    newer = known.book is None or known.book.at <= quote.at
    if newer and quote.bid is not None and quote.ask is not None:
        known.book = quote
    _remember_quote(state, quote)


def _remember_quote(state: State, quote: Quote) -> None:
    known = _symbol(state, quote.symbol)
    if known.quote is not None and known.quote.at > quote.at:
        return
    known.quote = quote
    position = state.positions.get(quote.symbol)
    if position is not None:
        best = max if position.side.sign > 0 else min
        position.high_water = best(position.high_water, quote.last)


def _bar(state: State, _: e.Recorded, event: e.BarSeen) -> None:
    bars = _symbol(state, event.bar.symbol).bars
    if bars and bars[-1].end >= event.bar.end:
        return
    bars.append(event.bar)
    del bars[:-BARS_LIMIT]


def _reading(state: State, _: e.Recorded, event: e.ReadingSeen) -> None:
    reading = event.reading
    if reading.name == "daily_close":
        _daily_close(state, reading.at, reading.value)
        return
    shelf = state.market if reading.symbol is None else _symbol(state, reading.symbol).readings
    known = shelf.get(reading.name)
    if known is None or known.at <= reading.at:
        shelf[reading.name] = reading


def _daily_close(state: State, at: datetime, close: float) -> None:
    regime = state.regime
    if regime.close_at is not None and at.date() < regime.close_at.date():
        return
    if regime.close_at is not None and at.date() == regime.close_at.date():
        regime.closes.pop()
    else:
        regime.days += 1
    regime.closes.append(close)
    regime.close_at = at
    del regime.closes[:-CLOSES_LIMIT]


def _regime(state: State, recorded: e.Recorded, event: e.RegimeChanged) -> None:
    regime = state.regime
    regime.regime, regime.since = event.regime, recorded.at
    regime.confidence, regime.inputs = event.confidence, event.inputs
    regime.days = -1 if event.intraday else 0


def _symbol(state: State, name: str) -> Symbol:
    known = state.symbols.get(name)
    if known is None:
        known = state.symbols[name] = Symbol()
    return known


_APPLY: dict[type[e.Event], Apply] = {
    **LEARNING,
    **LOCKDOWN,
    e.EngineStarted: _started,
    e.EngineStopped: _stopped,
    e.RequestReceived: _request,
    e.Tick: _tick,
    e.StorageFailed: _storage_failed,
    e.StorageRecovered: _storage_recovered,
    e.HaltLatched: _halted,
    e.HaltReleased: _released,
    e.PluginToggled: _toggled,
    e.PluginFailed: _failed,
    e.PluginQuarantined: _quarantined,
    e.SourceFailed: _source_failed,
    e.AlertReceived: _alert,
    e.AlertRepeated: _repeated,
    e.InputRejected: _rejected_row,
    e.InputIgnored: _ignored_row,
    e.QuoteSeen: _quote,
    e.BarSeen: _bar,
    e.ReadingSeen: _reading,
    e.RegimeChanged: _regime,
    **SIGNALS,
    **ORDERS,
    **TRADES,
    **BROKER,
}
