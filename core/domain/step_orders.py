"""The venue's answers about our orders."""

from core.domain import events as e
from core.domain.attribute import outcome_of
from core.domain.follows import NOTHING, Follows, Step
from core.domain.queueing import enqueue, give_up
from core.domain.rules import Rules
from core.domain.state import QueueItem, State


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted, _: Rules) -> Follows:
    if state.orders[event.client_order_id].order.entry is not None and _in_flight(state, recorded.trace):
        return [(recorded.trace, e.QueueDrained())], []
    return NOTHING


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


def _rejected(state: State, recorded: e.Recorded, event: e.OrderRejected, _: Rules) -> Follows:
    if _in_flight(state, recorded.trace):
        return [(recorded.trace, e.QueueDropped(reason=f"rejected: {event.reason}"))], []
    return NOTHING


def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown, __: Rules) -> Follows:
    return [], [e.Find(order=state.orders[event.client_order_id].order)]


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    if working.order.entry is not None and state.now >= working.order.expires_at:
        return [give_up(working, state, "never arrived, and its price is old")], []
    return [], [e.Submit(order=working.order)]


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    position = state.positions[order.symbol]
    if order.entry is not None and len(working.executions) == 1:
        targets = tuple(target for _, rule in rules.exits for target in rule.plan())
        opened = e.PositionOpened(symbol=order.symbol, entry=order.entry, targets=targets)
        return [(recorded.trace, opened)], []
    if position.quantity <= 0:
        outcome = outcome_of(position, state.now)
        return [(recorded.trace, e.PositionClosed(outcome=outcome))], []
    return NOTHING


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
}
