"""The part of `fold` that concerns orders, fills, positions, beliefs and the venue."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.domain import events as e
from core.domain.fold_signals import mark, withdraw
from core.domain.machine import after
from core.domain.orders import Order, Status, WorkingOrder
from core.domain.positions import Entry, Position, PositionSide
from core.domain.state import DONE_LIMIT, Day, State, Symbol

PACE_MEMORY = timedelta(hours=1)
NEW_YORK = ZoneInfo("America/New_York")


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
        position.stop_legs += order.stop is not None
        position.exit_legs += order.stop is None
        position.leaving = position.leaving if order.stop is not None else None


def _retried(state: State, _: e.Recorded, event: e.OrderRetried) -> None:
    working = state.orders[event.client_order_id]
    working.status, working.attempts, working.retry_at = Status.PLACED, event.attempt, None


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted) -> None:
    working = state.orders[event.client_order_id]
    working.venue_order_id = event.venue_order_id
    _move(working, event)
    _arrive(state, recorded, working)


def _move(working: WorkingOrder, event: e.OrderFact) -> None:
    working.status = after(working, event) or working.status
    working.asked, working.asked_at = 0, None


def _arrive(state: State, recorded: e.Recorded, working: WorkingOrder) -> None:
    """The first evidence that the venue has the order: its acceptance, or a fill that outran it."""
    if working.arrived:
        return
    working.arrived = True
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
        _move(working, event)
        working.limited_at, working.retry_at = recorded.at, event.until


def _unsure(state: State, recorded: e.Recorded, event: e.OrderUnknown) -> None:
    working = state.orders[event.client_order_id]
    asked = working.asked + 1
    _move(working, event)
    working.asked, working.asked_at = asked, recorded.at


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent) -> None:
    _move(state.orders[event.client_order_id], event)


def _ended(state: State, recorded: e.Recorded, event: e.OrderCanceled | e.OrderExpired | e.OrderRejected) -> None:
    working = state.orders[event.client_order_id]
    _move(working, event)
    if working.order.entry is not None and working.filled == 0:
        mark(state, recorded.trace, working.status.value, getattr(event, "reason", None))
        state.tally.rejected += working.status is Status.REJECTED and not working.arrived
        state.entering.pop(recorded.trace, None)
    _finish(state, working)


def _abandoned(state: State, recorded: e.Recorded, event: e.EntryAbandoned) -> None:
    withdraw(state, recorded.trace)
    state.tally.abandoned += 1
    mark(state, recorded.trace, "abandoned", event.reason)


def _finish(state: State, working: WorkingOrder) -> None:
    name = working.order.client_order_id
    state.orders.pop(name, None)
    state.done[name] = working
    if len(state.done) > DONE_LIMIT:
        del state.done[next(iter(state.done))]


# ---- fills and positions


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled) -> None:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    _move(working, event)
    _arrive(state, recorded, working)
    working.executions.append(event.execution_id)
    working.filled += event.quantity
    state.tally.fills += 1
    state.tally.fees += event.fee
    state.cash_flow -= order.side.sign * event.quantity * event.price + event.fee
    if order.entry is not None:
        _add(state, recorded, order, order.entry, event)
    else:
        _reduce(state, recorded, order, event)
    if working.status is Status.FILLED:
        _finish(state, working)


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
    if order.stop is not None and "protective_stop" not in position.reasons:
        position.reasons.append("protective_stop")
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
    position.leaving = event.decision


def _level_moved(state: State, _: e.Recorded, event: e.ExitLevelMoved) -> None:
    state.positions[event.symbol].nearest_exit = event.level


def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed) -> None:
    outcome, tally = event.outcome, state.tally
    del state.positions[outcome.symbol]
    state.touched[outcome.symbol] = recorded.at
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
    state.peak_equity = max(state.peak_equity, event.account.equity)
    today = event.account.at.astimezone(NEW_YORK).date()
    if state.day is None or state.day.date != today:
        state.day = Day(today, event.account.equity)


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
    e.OrderCanceled: _ended,
    e.OrderExpired: _ended,
    e.OrderRejected: _ended,
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
