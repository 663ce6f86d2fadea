"""Protecting what stays: the stop that the venue holds for an open position."""

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import to_protect
from tidegate.core.domain.follows import Traced
from tidegate.core.domain.order_building import stop_order
from tidegate.core.domain.positions import Position
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State


def protect(state: State, symbol: str, rules: Rules) -> list[Traced]:
    """A protective stop for an open position that has none and no other order under way, if the venue can hold it."""
    position = state.positions.get(symbol)
    if position is None or position.leaving is not None:
        return []
    if state.protection(symbol) is not None or state.working(symbol):
        return []
    return send_stop(state, position, rules)


def send_stop(state: State, position: Position, rules: Rules) -> list[Traced]:
    """The stop order for the shares that a stop can be for; nothing where no venue holds stops."""
    shares = to_protect(state, position)
    if not state.protects or shares <= 0:
        return []
    order = stop_order(position, shares, state.now, rules.settings.orders)
    return [(position.entry.trace, e.OrderPlaced(order=order))]
