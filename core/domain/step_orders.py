"""The venue's answers about our orders."""

from core.domain import events as e
from core.domain.attribute import outcome_of
from core.domain.follows import NOTHING, Follows, Step
from core.domain.queueing import Traced, enqueue, give_up
from core.domain.rules import Rules
from core.domain.state import QueueItem, State
from core.domain.step_positions import leave, protect


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted, _: Rules) -> Follows:
    return _drained(state, recorded.trace, event.client_order_id), []


def _drained(state: State, trace: str, client_order_id: str) -> list[Traced]:
    working = state.orders.get(client_order_id) or state.done[client_order_id]
    if working.order.entry is not None and _in_flight(state, trace):
        return [(trace, e.QueueDrained())]
    return []


def _limited(state: State, recorded: e.Recorded, event: e.RateLimited, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id)
    if working is None or working.order.entry is None:
        return NOTHING
    trace = recorded.trace
    if state.regime.regime not in rules.settings.queue.regimes:
        return NOTHING
    item = _in_flight(state, trace)
    signal = item.signal if item is not None else state.entering[trace]
    return enqueue(signal, state, rules.settings.queue, f"{event.reason} in {state.regime.regime}"), []


def _rejected(state: State, recorded: e.Recorded, event: e.OrderRejected, rules: Rules) -> Follows:
    if _in_flight(state, recorded.trace):
        return [(recorded.trace, e.QueueDropped(reason=f"rejected: {event.reason}"))], []
    working = state.done[event.client_order_id]
    if working.order.stop is not None and state.positions.get(working.order.symbol) is not None:
        return _after_stop(state, recorded.trace, working.order.symbol, rules), []
    return _ended(state, recorded, event, rules)


def _ended(
    state: State, recorded: e.Recorded, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected, rules: Rules
) -> Follows:
    """A stop that is gone lets the waiting exit go; any other order that ended leaves its position to be protected."""
    order = state.done[event.client_order_id].order
    follows = _after_stop(state, recorded.trace, order.symbol, rules)
    if order.stop is None:
        follows += protect(state, order.symbol, rules)
    return follows, []


def _after_stop(state: State, trace: str, symbol: str, rules: Rules) -> list[Traced]:
    position = state.positions.get(symbol)
    if position is None or position.leaving is None or position.quantity <= 0:
        return []
    if state.protection(symbol) is not None or state.working(symbol):
        return []
    return [(trace, leave(state, symbol, position.leaving, rules))]


def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    return [], [e.Find(order=working.order)] if working.asked == 1 else []


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    if working.order.entry is not None and state.now >= working.order.expires_at:
        return [give_up(working, state, "never arrived, and its price is old")], []
    return [], [e.Submit(order=working.order)]


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order, trace = working.order, recorded.trace
    position = state.positions[order.symbol]
    follows = _drained(state, trace, event.client_order_id)
    if order.entry is not None and len(working.executions) == 1:
        targets = tuple(target for _, rule in rules.exits for target in rule.plan())
        follows.append((trace, e.PositionOpened(symbol=order.symbol, entry=order.entry, targets=targets)))
    if position.quantity <= 0:
        follows.append((trace, e.PositionClosed(outcome=outcome_of(position, state.now))))
    elif working.status.final and order.stop is None:
        follows += protect(state, order.symbol, rules)
    return follows, []


def _in_flight(state: State, trace: str) -> QueueItem | None:
    item = state.queue.get(trace)
    return item if item is not None and item.in_flight else None


ORDERS: dict[type[e.Event], Step] = {
    e.OrderAccepted: _accepted,
    e.RateLimited: _limited,
    e.OrderRejected: _rejected,
    e.OrderUnknown: _unsure,
    e.OrderAbsent: _absent,
    e.OrderFilled: _filled,
    e.OrderCanceled: _ended,
    e.OrderExpired: _ended,
}
