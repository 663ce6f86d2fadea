"""The part of `fold` that concerns fills, positions and the venue."""

from decimal import Decimal

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.orders import arrive, move
from tidegate.core.domain.folding.signals import finish, mark
from tidegate.core.domain.orders import Order, Purpose, Status
from tidegate.core.domain.positions import FLATTEN, Entry, Position
from tidegate.core.domain.state import State
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.ledger import SignalStatus

TRADES: Handlers[Apply] = Handlers()


@TRADES.handles
def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled) -> None:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    move(working, event)
    arrive(state, recorded, working)
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
        finish(state, working)


def _add(state: State, recorded: e.Recorded, order: Order, entry: Entry, event: e.OrderFilled) -> None:
    position = state.positions.get(order.symbol)
    if position is None:
        known = [*state.orders.values(), *state.done.values()]
        legs = [each.order for each in known if each.order.trace == entry.trace and each.purpose is not Purpose.ENTRY]
        stops = sum(leg.purpose is Purpose.STOP for leg in legs)
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
            exit_legs=len(legs) - stops,  # not 0 when a late fill opens it again: an id is never used twice
            stop_legs=stops,
        )
    position.quantity += event.quantity
    position.original_quantity += event.quantity
    position.cost += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


def _reduce(state: State, recorded: e.Recorded, order: Order, event: e.OrderFilled) -> None:
    position = state.positions.get(order.symbol)
    if position is None:  # closed without us before this fill was told
        return
    if order.purpose is Purpose.STOP and "protective_stop" not in position.reasons:
        position.reasons.append("protective_stop")
    if order.exit is not None and order.exit.rule not in position.reasons:  # it had ended unsold, and this is told late
        position.reasons.append(order.exit.rule)
    position.refusals, position.refused_at = 0, None
    position.quantity -= event.quantity
    position.proceeds += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


@TRADES.handles
def _opened(state: State, recorded: e.Recorded, event: e.PositionOpened) -> None:
    state.positions[event.symbol].targets = event.targets
    mark(state, recorded.trace, SignalStatus.OPEN)


@TRADES.handles
def _exit_decided(state: State, _: e.Recorded, event: e.ExitDecided) -> None:
    position = state.positions[event.symbol]
    position.targets_hit += [index for index in event.decision.targets if index not in position.targets_hit]
    position.reasons.append(event.decision.rule)
    position.leaving = event.decision
    if event.decision.rule == FLATTEN:
        position.unwanted = event.decision.reason


@TRADES.handles
def _level_moved(state: State, _: e.Recorded, event: e.ExitLevelMoved) -> None:
    state.positions[event.symbol].nearest_exit = event.level


@TRADES.handles
def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed) -> None:
    outcome, tally = event.outcome, state.tally
    del state.positions[outcome.symbol]
    state.touched[outcome.symbol] = recorded.at
    tally.trades_closed += 1
    tally.pnl += outcome.pnl
    tally.wins += outcome.pnl > 0
    tally.losses += outcome.pnl < 0
    row = mark(state, recorded.trace, SignalStatus.CLOSED)
    if row is not None:
        row.pnl, row.pnl_pct = outcome.pnl, outcome.pnl_pct


# ---- the venue


@TRADES.handles
def _unavailable(state: State, _: e.Recorded, event: e.VenueUnavailable) -> None:
    state.venue.unavailable = event.reason
    state.account_due = None
