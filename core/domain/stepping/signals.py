"""From alert to order: score, judge, place or queue."""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced
from tidegate.core.domain.order_building import entry_order
from tidegate.core.domain.orders import Status
from tidegate.core.domain.rules import Cluster, Rules
from tidegate.core.domain.signals.clusters import completed_cluster, current_cluster
from tidegate.core.domain.signals.judging import judge
from tidegate.core.domain.signals.queueing import enqueue
from tidegate.core.domain.signals.scoring import score
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.exits import exit_follows
from tidegate.core.domain.values import DecisionKind

SIGNALS: Handlers[Step] = Handlers()


@SIGNALS.handles
def _alert(state: State, recorded: e.Recorded, event: e.AlertReceived, rules: Rules) -> Follows:
    symbol, quote = event.alert.symbol, state.symbols[event.alert.symbol].quote
    priced = quote is not None and quote.at == event.alert.at  # the alert brought a newer price
    follows = exit_follows(state, symbol, rules) if priced else NOTHING
    cluster = completed_cluster(state, symbol, recorded.trace)
    if cluster is None:
        return follows
    return follows[0] + _score(cluster, state, rules), follows[1]


def _score(cluster: Cluster, state: State, rules: Rules, *, attempt: int = 1) -> list[Traced]:
    signal, failures = score(cluster, state, rules, attempt=attempt)
    return [(cluster.trace, failure) for failure in failures] + [(cluster.trace, e.SignalScored(signal=signal))]


@SIGNALS.handles
def _scored(state: State, recorded: e.Recorded, event: e.SignalScored, rules: Rules) -> Follows:
    judgement, failures = judge(event.signal, state, rules)
    follows: list[Traced] = [(recorded.trace, failure) for failure in failures]
    return [*follows, (recorded.trace, e.SignalJudged(judgement=judgement))], []


@SIGNALS.handles
def _judged(state: State, recorded: e.Recorded, event: e.SignalJudged, rules: Rules) -> Follows:
    judgement, trace = event.judgement, recorded.trace
    if judgement.decision is DecisionKind.ENTER:
        order = entry_order(judgement, state.now, rules.settings.orders)
        return [(trace, e.OrderPlaced(order=order))], []
    if judgement.decision is DecisionKind.QUEUED:
        return enqueue(judgement.signal, state, rules.settings.queue, judgement.reason), []
    if trace in state.queue:
        return [(trace, e.QueueDropped(reason=judgement.reason))], []
    return NOTHING


@SIGNALS.handles
def _placed(state: State, _: e.Recorded, event: e.OrderPlaced, __: Rules) -> Follows:
    working = state.orders[event.order.client_order_id]
    return [], [e.Submit(order=event.order)] if working.status is Status.PLACED else []


@SIGNALS.handles
def _retried(state: State, _: e.Recorded, event: e.OrderRetried, __: Rules) -> Follows:
    return [], [e.Submit(order=state.orders[event.client_order_id].order)]


@SIGNALS.handles
def _taken(state: State, recorded: e.Recorded, _: e.QueueTaken, rules: Rules) -> Follows:
    item = state.queue[recorded.trace]
    signal = item.signal
    cluster = Cluster(
        symbol=signal.symbol,
        direction=signal.direction,
        trace=signal.trace,
        newest=signal.newest,
        members=signal.members,
    )
    return _score(current_cluster(state, cluster), state, rules, attempt=item.attempts + 1), []
