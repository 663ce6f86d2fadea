"""The venue's answers about our orders."""

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels, fits
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import Follows, Step, Traced
from tidegate.core.domain.learning.attribution import outcome_of
from tidegate.core.domain.orders import Purpose, WorkingOrder
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.entry_stops import stopped
from tidegate.core.domain.signals.queueing import give_up, in_flight
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.exits import go
from tidegate.core.domain.stepping.protection import protect

ORDERS: Handlers[Step] = Handlers()


@ORDERS.handles
def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted, _: Rules) -> Follows:
    return _drained(state, recorded.trace, event.client_order_id), []


def _drained(state: State, trace: str, client_order_id: str) -> list[Traced]:
    working = state.orders.get(client_order_id) or state.done[client_order_id]
    if working.purpose is Purpose.ENTRY and in_flight(state, trace):
        return [(trace, e.QueueDrained())]
    return []


@ORDERS.handles
def _ended(
    state: State, recorded: e.Recorded, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected, rules: Rules
) -> Follows:
    """What was in the way of an exit is gone; without one, what is open is protected again.

    A stop that fitted and ended without us waits for the books to be compared: the venue may well end the next too.
    """
    working = state.done[event.client_order_id]
    if in_flight(state, recorded.trace):
        why = f"rejected: {event.reason}" if isinstance(event, e.OrderRejected) else f"{working.status}, not arrived"
        return [(recorded.trace, e.QueueDropped(reason=why))], []
    symbol = working.order.symbol
    follows = go(state, symbol, rules)
    if working.purpose is not Purpose.STOP or not (isinstance(event, e.OrderRejected) or _fitted(state, working)):
        follows += protect(state, symbol, rules)
    return follows, []


def _fitted(state: State, stop: WorkingOrder) -> bool:
    position = state.positions.get(stop.order.symbol)
    return position is not None and fits(state, stop, position)


@ORDERS.handles
def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    return [], [e.Find(order=working.order)] if working.asked == 1 else []


@ORDERS.handles
def _absent(state: State, _: e.Recorded, event: e.OrderAbsent, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    if working.purpose is Purpose.ENTRY and state.now >= working.order.expires_at:
        return [give_up(working, state, "never arrived, and its price is old")], []
    if working.purpose is Purpose.ENTRY and (why := stopped(state)) is not None:
        return [give_up(working, state, f"never arrived, and {why}")], []
    return [], [e.Submit(order=working.order)]


@ORDERS.handles
def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order, trace = working.order, recorded.trace
    position = state.positions.get(order.symbol)
    follows = _drained(state, trace, event.client_order_id)
    if position is None:  # closed without us before this fill was told: the next look at the books shows the rest
        return follows, []
    if order.entry is not None and (len(working.executions) == 1 or position.original_quantity == event.quantity):
        targets = tuple(target for _, rule in rules.exits for target in rule.plan())
        follows.append((trace, e.PositionOpened(symbol=order.symbol, entry=order.entry, targets=targets)))
    if position.quantity <= 0:
        follows.append((trace, e.PositionClosed(outcome=outcome_of(position, state.now))))
    elif working.status.final:
        follows += go(state, order.symbol, rules) or protect(state, order.symbol, rules)
    return follows, cancels(state, order.symbol) if working.status.final else []
