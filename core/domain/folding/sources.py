"""The part of `fold` that concerns what sources said: alerts, readings, and the regime made of them."""

from datetime import datetime, timedelta
from itertools import islice

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.prices import symbol_of
from tidegate.core.domain.signals.alert_filter import flow_item, why_uncounted
from tidegate.core.domain.state import CLOSES_LIMIT, FEED_GAP_S, SEEN_BATCH, SEEN_LIMIT, State, Symbol
from tidegate.core.domain.values import Alert, Uncounted

SOURCES: Handlers[Apply] = Handlers()


@SOURCES.handles
def _alert(state: State, recorded: e.Recorded, event: e.AlertReceived) -> None:
    alert = event.alert
    state.tally.alerts += 1
    if state.feed_at is None or (recorded.at - state.feed_at).total_seconds() > FEED_GAP_S:
        state.feed_since = recorded.at
    state.feed_at = recorded.at
    state.seen[recorded.trace] = None
    if len(state.seen) > SEEN_LIMIT + SEEN_BATCH:
        state.seen = dict.fromkeys(islice(state.seen, SEEN_BATCH, None))
    known = symbol_of(state, alert.symbol)
    known.sector = alert.sector or known.sector
    _remember_flow(state, recorded, known, alert)


def _remember_flow(state: State, recorded: e.Recorded, known: Symbol, alert: Alert) -> None:
    _forget_flow(known, recorded.at - timedelta(seconds=state.alerts.flow_window_s))
    reason = known.uncounted = why_uncounted(alert, known, state.alerts)
    state.tally.neutral += reason is Uncounted.NEUTRAL
    state.tally.filtered += reason not in (None, Uncounted.NEUTRAL)
    item = flow_item(alert, recorded.trace, reason)
    if item is None:
        return
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


@SOURCES.handles
def _uncounted(state: State, _: e.Recorded, event: e.AlertUncounted) -> None:
    state.tally.uncounted[event.reason] = state.tally.uncounted.get(event.reason, 0) + 1


@SOURCES.handles
def _repeated(state: State, _: e.Recorded, __: e.AlertRepeated) -> None:
    state.tally.duplicates += 1


@SOURCES.handles
def _rejected_row(state: State, _: e.Recorded, __: e.InputRejected) -> None:
    state.tally.rejected_rows += 1


@SOURCES.handles
def _ignored_row(state: State, _: e.Recorded, __: e.InputIgnored) -> None:
    state.tally.ignored_rows += 1


@SOURCES.handles
def _reading(state: State, _: e.Recorded, event: e.ReadingSeen) -> None:
    reading = event.reading
    if reading.name == "daily_close":
        _daily_close(state, reading.at, reading.value)
        return
    shelf = state.market if reading.symbol is None else symbol_of(state, reading.symbol).readings
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


@SOURCES.handles
def _regime(state: State, recorded: e.Recorded, event: e.RegimeChanged) -> None:
    regime = state.regime
    regime.regime, regime.since = event.regime, recorded.at
    regime.confidence, regime.inputs = event.confidence, event.inputs
    regime.days = -1 if event.intraday else 0
