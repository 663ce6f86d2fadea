"""Orders that must go before something else can happen: what follows waits until the venue confirms their cancel."""

from decimal import Decimal

from tidegate.core.domain.events import Cancel, Effect
from tidegate.core.domain.orders import Purpose, Status, WorkingOrder
from tidegate.core.domain.ownership import sellable
from tidegate.core.domain.positions import Position
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Side
from tidegate.core.domain.values.broker import HELD


def cancels(state: State, symbol: str | None = None) -> list[Effect]:
    """Questions for the cancel of every unwanted order (of a symbol); asked again until they are gone."""
    return [
        Cancel(order=working.order)
        for working in state.orders.values()
        if symbol in (None, working.order.symbol) and unwanted(state, working)
    ]


def unwanted(state: State, working: WorkingOrder) -> bool:
    """Whether an order stands in the way.

    An entry does once its position leaves, and under a halt that lets positions only shrink; a rate-limited one was
    never sent and is given up instead. A protective stop does once its position leaves, is gone, or has other shares.
    """
    order, position = working.order, state.positions.get(working.order.symbol)
    leaving = position is not None and position.leaving is not None
    match order.purpose:
        case Purpose.STOP if position is not None and order.symbol in state.lacking:
            return leaving and sellable(state, position) > 0  # nothing proves that its shares are gone
        case Purpose.STOP:
            return leaving or position is None or not fits(state, working, position)
        case Purpose.EXIT:
            return False
        case Purpose.ENTRY if working.status is Status.LIMITED:
            return False
        case Purpose.ENTRY:
            return leaving or (state.halt is not None and state.halt.level.shrinks)


def fits(state: State, stop: WorkingOrder, position: Position) -> bool:
    """Whether a protective stop is for the shares that a position's stop should be for, and closes them."""
    return stop.order.side.sign == -position.side.sign and stop.remaining == to_protect(state, position)


def to_protect(state: State, position: Position) -> Decimal:
    """Shares that a protective stop can be for: those that the broker has.

    What an order of somebody else would already sell (buy back) is held for that order, and the venue would refuse
    the stop. Two such orders count as one, like the two exits of a bracket, which are for the same shares.
    """
    closing = Side.SELL if position.side.sign > 0 else Side.BUY
    taken = [
        each.quantity - each.filled
        for each in state.foreign.values()
        if each.symbol == position.symbol and each.side == closing and each.status != HELD
    ]
    free = position.quantity - max(taken, default=Decimal(0))
    return max(Decimal(0), min(free, sellable(state, position)))
