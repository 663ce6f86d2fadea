"""The part of `fold` that concerns orders: what was sent, and what the venue said of it, but for fills."""

from datetime import timedelta

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.signals import finish, mark, withdraw
from tidegate.core.domain.order_states import after
from tidegate.core.domain.orders import Purpose, Status, WorkingOrder
from tidegate.core.domain.positions import ExitDecision, Position
from tidegate.core.domain.state import State, Symbol
from tidegate.core.domain.values.ledger import SignalStatus

PACE_MEMORY = timedelta(hours=1)


ORDERS: Handlers[Apply] = Handlers()


@ORDERS.handles
def _placed(state: State, recorded: e.Recorded, event: e.OrderPlaced) -> None:
    order = event.order
    limited = state.venue.limited_until
    working = WorkingOrder(order=order, sent_at=recorded.at)
    # an exit or a stop is always tried: what limited an entry may leave room for it
    if order.purpose is Purpose.ENTRY and limited is not None and recorded.at < limited:
        working.status, working.limited_at, working.retry_at = Status.LIMITED, recorded.at, limited
    state.orders[order.client_order_id] = working
    state.tally.orders += 1
    if order.purpose is Purpose.ENTRY:
        state.entry_times = [at for at in state.entry_times if recorded.at - at < PACE_MEMORY]
        state.entry_times.append(order.placed_at)
    elif (position := state.positions.get(order.symbol)) is not None:
        position.stop_legs += order.purpose is Purpose.STOP
        position.exit_legs += order.purpose is Purpose.EXIT
        if (
            order.purpose is Purpose.STOP and position.leaving is not None
        ):  # the exchange closed before the exit could go
            _give_back(position, position.leaving, sold=False)
        position.leaving = None


@ORDERS.handles
def _retried(state: State, recorded: e.Recorded, event: e.OrderRetried) -> None:
    working = state.orders[event.client_order_id]
    working.status, working.attempts, working.retry_at = Status.PLACED, event.attempt, None
    working.sent_at = recorded.at


@ORDERS.handles
def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted) -> None:
    working = state.orders[event.client_order_id]
    working.venue_order_id = event.venue_order_id
    move(working, event)
    arrive(state, recorded, working)


def move(working: WorkingOrder, event: e.OrderFact) -> None:
    """What evidence makes of an order; it is known of now, so questions about it begin anew."""
    working.status = after(working, event) or working.status
    working.asked, working.asked_at = 0, None


def arrive(state: State, recorded: e.Recorded, working: WorkingOrder) -> None:
    """The first evidence that the venue has the order: its acceptance, or a fill that outran it."""
    if working.arrived:
        return
    working.arrived = True
    if working.purpose is Purpose.ENTRY:
        state.entering.pop(recorded.trace, None)
        state.tally.entered += 1
        state.symbols.setdefault(working.order.symbol, Symbol()).entered_at = recorded.at
        mark(state, recorded.trace, SignalStatus.WORKING)


@ORDERS.handles
def _limited(state: State, recorded: e.Recorded, event: e.RateLimited) -> None:
    state.tally.rate_limits += 1
    state.venue.limited_until = event.until
    working = state.orders.get(event.client_order_id)
    if working is not None:
        move(working, event)
        working.limited_at, working.retry_at = recorded.at, event.until


@ORDERS.handles
def _unsure(state: State, recorded: e.Recorded, event: e.OrderUnknown) -> None:
    working = state.orders[event.client_order_id]
    asked = working.asked + 1
    move(working, event)
    working.asked, working.asked_at, working.doubted_at = asked, recorded.at, recorded.at


@ORDERS.handles
def _absent(state: State, recorded: e.Recorded, event: e.OrderAbsent) -> None:
    working = state.orders[event.client_order_id]
    move(working, event)
    working.sent_at = recorded.at


@ORDERS.handles
def _ended(state: State, recorded: e.Recorded, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected) -> None:
    working = state.orders[event.client_order_id]
    move(working, event)
    if working.purpose is Purpose.ENTRY and working.filled == 0:
        mark(state, recorded.trace, SignalStatus(working.status), getattr(event, "reason", None))
        state.entering.pop(recorded.trace, None)
        if not working.arrived and recorded.trace not in state.queue:
            state.tally.rejected += working.status is Status.REJECTED
            state.tally.abandoned += working.status is not Status.REJECTED
    position = state.positions.get(working.order.symbol)
    if position is not None and working.order.exit is not None:
        if working.status is Status.REJECTED:
            position.refusals, position.refused_at = position.refusals + 1, recorded.at
        _give_back(position, working.order.exit, sold=working.filled > 0)
    finish(state, working)


def _give_back(position: Position, decision: ExitDecision, *, sold: bool) -> None:
    """An exit that ended before its last share sold has not used its targets up; one that sold none is no reason."""
    position.targets_hit = [index for index in position.targets_hit if index not in decision.targets]
    if not sold and decision.rule in position.reasons:
        last = len(position.reasons) - 1 - position.reasons[::-1].index(decision.rule)
        del position.reasons[last]


@ORDERS.handles
def _abandoned(state: State, recorded: e.Recorded, event: e.EntryAbandoned) -> None:
    withdraw(state, recorded.trace)
    state.tally.abandoned += 1
    mark(state, recorded.trace, SignalStatus.ABANDONED, event.reason)
