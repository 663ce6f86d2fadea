"""From alert to order: score, judge, place or queue."""

from datetime import datetime, timedelta

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
from tidegate.core.domain.values import DecisionKind

SIGNALS: Handlers[Step] = Handlers()


@SIGNALS.handles
def _alert(state: State, recorded: e.Recorded, event: e.AlertReceived, rules: Rules) -> Follows:
    symbol, trace = event.alert.symbol, recorded.trace
    reason = state.symbols[symbol].uncounted
    if reason is not None:
        return [(trace, e.AlertUncounted(reason=reason))], []
    cluster = completed_cluster(state, symbol, trace)
    if cluster is None:
        return NOTHING
    if state.price(symbol) is None and rules.settings.prices.wait_s > 0:
        return [(trace, _waits(cluster, state.now + timedelta(seconds=rules.settings.prices.wait_s)))], []
    return _score(cluster, state, rules), []


def _waits(cluster: Cluster, until: datetime) -> e.PriceAwaited:
    return e.PriceAwaited(
        symbol=cluster.symbol,
        direction=cluster.direction,
        newest=cluster.newest,
        members=cluster.members,
        until=until,
    )


def awaited(state: State, rules: Rules, symbol: str | None = None) -> list[Traced]:
    """The waiting clusters (of a symbol) scored whose price counts now, or which have waited for long enough."""
    follows: list[Traced] = []
    for trace, each in state.waiting.items():
        if symbol not in (None, each.symbol):
            continue
        if state.price(each.symbol) is not None or state.now >= each.until:
            cluster = Cluster(
                symbol=each.symbol, direction=each.direction, trace=trace, newest=each.newest, members=each.members
            )
            follows += _score(current_cluster(state, cluster), state, rules)
    return follows


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
