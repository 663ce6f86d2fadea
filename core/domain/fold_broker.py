"""The part of `fold` that concerns the broker's book and what reconciliation made of it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core.domain import events as e
from core.domain.positions import Position
from core.domain.reconcile import untraded
from core.domain.state import Difference, State


def _seen(state: State, recorded: e.Recorded, event: e.BrokerSeen) -> None:
    state.broker_at = recorded.at
    state.venue.unavailable = None
    listed = {order.venue_order_id for order in event.orders}
    state.foreign = {name: order for name, order in state.foreign.items() if name in listed}
    state.untraded = {each.symbol: each for each in event.positions if untraded(state, each)}


def _found(state: State, _: e.Recorded, event: e.DifferenceFound) -> None:
    state.differences[event.symbol] = Difference(event.case, event.ours, event.theirs, event.their_price)


def _settled(state: State, _: e.Recorded, event: e.DifferenceSettled) -> None:
    difference = state.differences.pop(event.symbol, None)
    if difference is not None and event.answer == "ignore":
        state.ignored[event.symbol] = difference.theirs
    else:
        state.ignored.pop(event.symbol, None)


def _reconciled(state: State, recorded: e.Recorded, event: e.Reconciled) -> None:
    if event.differences == 0:
        state.differences = {}
        state.reconciled_at, state.unreconciled_since = recorded.at, None
    elif state.unreconciled_since is None:
        state.unreconciled_since = recorded.at


def _adopted(state: State, recorded: e.Recorded, event: e.PositionAdopted) -> None:
    state.positions[event.symbol] = Position(
        symbol=event.symbol,
        side=event.side,
        quantity=event.quantity,
        original_quantity=event.quantity,
        cost=event.quantity * event.average_price,
        opened_at=recorded.at,
        updated_at=recorded.at,
        high_water=float(event.average_price),
        entry=event.entry,
    )


def _corrected(state: State, recorded: e.Recorded, event: e.PositionCorrected) -> None:
    """More shares join at the broker's price, fewer leave at our own average: what was earned so far stays."""
    position = state.positions[event.symbol]
    extra = event.after - event.before
    price = event.average_price if extra > 0 else position.average_price
    position.quantity = event.after
    position.cost += extra * price
    position.original_quantity = max(position.original_quantity + extra, event.after, Decimal(0))
    position.updated_at = recorded.at


def _foreign(state: State, _: e.Recorded, event: e.OrderForeign) -> None:
    state.foreign[event.order.venue_order_id] = event.order


BROKER: dict[type[e.Event], Callable[[State, e.Recorded, Any], None]] = {
    e.BrokerSeen: _seen,
    e.DifferenceFound: _found,
    e.DifferenceSettled: _settled,
    e.Reconciled: _reconciled,
    e.PositionAdopted: _adopted,
    e.PositionCorrected: _corrected,
    e.OrderForeign: _foreign,
}
