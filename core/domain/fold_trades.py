"""The part of `fold` that concerns orders, fills, positions, beliefs and the venue."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.domain import events as e
from core.domain.fold_signals import mark, withdraw
from core.domain.orders import Order, Status, WorkingOrder
from core.domain.positions import Entry, Position, PositionSide
from core.domain.state import DONE_LIMIT, State, Symbol

PACE_MEMORY = timedelta(hours=1)


def _placed(state: State, recorded: e.Recorded, event: e.OrderPlaced) -> None:
    order = event.order
    limited = state.venue.limited_until
    working = WorkingOrder(order=order)
    if limited is not None and recorded.at < limited:
        working.status, working.limited_at, working.retry_at = Status.LIMITED, recorded.at, limited
    state.orders[order.client_order_id] = working
    state.tally.orders += 1
    if order.entry is not None:
        state.entry_times = [at for at in state.entry_times if recorded.at - at < PACE_MEMORY]
        state.entry_times.append(order.placed_at)
    elif (position := state.positions.get(order.symbol)) is not None:
        position.exit_legs += 1


def _retried(state: State, _: e.Recorded, event: e.OrderRetried) -> None:
    working = state.orders[event.client_order_id]
    working.status, working.attempts, working.retry_at = Status.PLACED, event.attempt, None


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted) -> None:
    working = state.orders[event.client_order_id]
    working.venue_order_id = event.venue_order_id
    if working.filled == 0:
        working.status = Status.ACCEPTED
    if working.order.entry is not None:
        state.entering.pop(recorded.trace, None)
        state.tally.entered += 1
        state.symbols.setdefault(working.order.symbol, Symbol()).entered_at = recorded.at
        mark(state, recorded.trace, "working")


def _limited(state: State, recorded: e.Recorded, event: e.RateLimited) -> None:
    state.tally.rate_limits += 1
    state.venue.limited_until = event.until
    working = state.orders.get(event.client_order_id)
    if working is not None:
        working.status, working.limited_at, working.retry_at = Status.LIMITED, recorded.at, event.until


def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown) -> None:
    state.orders[event.client_order_id].status = Status.UNKNOWN


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent) -> None:
    state.orders[event.client_order_id].status = Status.PLACED


def _ended(status: Status) -> Callable[[State, e.Recorded, Any], None]:
    def apply(state: State, recorded: e.Recorded, event: e.OrderFact) -> None:
        working = state.orders[event.client_order_id]
        if working.order.entry is not None and working.filled == 0:
            mark(state, recorded.trace, status.value, getattr(event, "reason", None))
            state.tally.rejected += status is Status.REJECTED and working.venue_order_id is None
            state.entering.pop(recorded.trace, None)
        _finish(state, working, status)

    return apply


def _abandoned(state: State, recorded: e.Recorded, event: e.EntryAbandoned) -> None:
    withdraw(state, recorded.trace)
    state.tally.abandoned += 1
    mark(state, recorded.trace, "abandoned", event.reason)


def _finish(state: State, working: WorkingOrder, status: Status) -> None:
    working.status = status
    name = working.order.client_order_id
    state.orders.pop(name, None)
    state.done[name] = working
    if len(state.done) > DONE_LIMIT:
        del state.done[next(iter(state.done))]


# ---- fills and positions


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled) -> None:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    working.executions.append(event.execution_id)
    working.filled += event.quantity
    state.tally.fills += 1
    state.tally.fees += event.fee
    state.cash_flow -= order.side.sign * event.quantity * event.price + event.fee
    if order.entry is not None:
        _add(state, recorded, order, order.entry, event)
    else:
        _reduce(state, recorded, order, event)
    if working.remaining <= 0:
        _finish(state, working, Status.FILLED)
    elif not working.status.final:
        working.status = Status.PARTIAL


def _add(state: State, recorded: e.Recorded, order: Order, entry: Entry, event: e.OrderFilled) -> None:
    position = state.positions.get(order.symbol)
    if position is None:
        position = state.positions[order.symbol] = Position(
            symbol=order.symbol,
            side=PositionSide.LONG if order.side.sign > 0 else PositionSide.SHORT,
            quantity=Decimal(0),
            original_quantity=Decimal(0),
            cost=Decimal(0),
            opened_at=recorded.at,
            updated_at=recorded.at,
            high_water=float(event.price),
            entry=entry,
        )
    position.quantity += event.quantity
    position.original_quantity += event.quantity
    position.cost += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


def _reduce(state: State, recorded: e.Recorded, order: Order, event: e.OrderFilled) -> None:
    position = state.positions[order.symbol]
    position.quantity -= event.quantity
    position.proceeds += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


def _opened(state: State, recorded: e.Recorded, event: e.PositionOpened) -> None:
    state.positions[event.symbol].targets = event.targets
    mark(state, recorded.trace, "open")


def _exit_decided(state: State, _: e.Recorded, event: e.ExitDecided) -> None:
    position = state.positions[event.symbol]
    position.targets_hit += [index for index in event.decision.targets if index not in position.targets_hit]
    position.reasons.append(event.decision.rule)


def _level_moved(state: State, _: e.Recorded, event: e.ExitLevelMoved) -> None:
    state.positions[event.symbol].nearest_exit = event.level


def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed) -> None:
    outcome, tally = event.outcome, state.tally
    del state.positions[outcome.symbol]
    tally.trades_closed += 1
    tally.pnl += outcome.pnl
    tally.wins += outcome.pnl > 0
    tally.losses += outcome.pnl < 0
    row = mark(state, recorded.trace, "closed")
    if row is not None:
        row.pnl, row.pnl_pct = outcome.pnl, outcome.pnl_pct


def _believed(state: State, _: e.Recorded, event: e.BeliefUpdated) -> None:
    state.beliefs.setdefault(event.learner, {})[event.cell] = event.after
    state.learned[f"{event.learner}/{event.outcome}"] = None


# ---- the venue


def _account(state: State, _: e.Recorded, event: e.AccountSeen) -> None:
    state.account = event.account
    state.account_due = None
    state.venue.unavailable = None


def _unavailable(state: State, _: e.Recorded, event: e.VenueUnavailable) -> None:
    state.venue.unavailable = event.reason
    state.account_due = None


TRADES: dict[type[e.Event], Callable[[State, e.Recorded, Any], None]] = {
    e.OrderPlaced: _placed,
    e.OrderRetried: _retried,
    e.OrderAccepted: _accepted,
    e.RateLimited: _limited,
    e.OrderUnknown: _unsure,
    e.OrderAbsent: _absent,
    e.OrderCanceled: _ended(Status.CANCELED),
    e.OrderExpired: _ended(Status.EXPIRED),
    e.OrderRejected: _ended(Status.REJECTED),
    e.EntryAbandoned: _abandoned,
    e.OrderFilled: _filled,
    e.PositionOpened: _opened,
    e.ExitDecided: _exit_decided,
    e.ExitLevelMoved: _level_moved,
    e.PositionClosed: _closed,
    e.BeliefUpdated: _believed,
    e.AccountSeen: _account,
    e.VenueUnavailable: _unavailable,
}
