"""The part of `fold` that concerns the broker's book and what reconciliation made of it."""

from decimal import Decimal
from math import log

from tidegate.core.domain import events as e
from tidegate.core.domain.books.reconciliation import signed, their_price, untraded
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.exposure.person import option_symbols
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.prices import told
from tidegate.core.domain.orders import Purpose, Status
from tidegate.core.domain.ownership import beyond, held
from tidegate.core.domain.positions import Position
from tidegate.core.domain.state import State
from tidegate.core.domain.values.differences import Difference, Settlement

BROKER: Handlers[Apply] = Handlers()


@BROKER.handles
def _seen(state: State, recorded: e.Recorded, event: e.BrokerSeen) -> None:
    state.broker_at = recorded.at
    state.venue.unavailable = None
    listed = {order.venue_order_id: order for order in event.orders}
    state.foreign = {name: listed[name] for name in state.foreign if name in listed}
    state.untraded = {each.symbol: each for each in event.positions if untraded(state, each)}
    gone = state.options.keys() - set(option_symbols(state))
    for name in gone:
        del state.options[name]
    for each in event.positions:
        told(state, each, recorded.at, regular=event.regular)
    _follow_stops(state, recorded, event)
    _follow_ignored(state, event)


def _follow_stops(state: State, recorded: e.Recorded, event: e.BrokerSeen) -> None:
    """Notes since when the broker's list tells something else of a stop than we know: it filled, or is gone."""
    listed = {order.client_order_id: order.filled for order in event.orders}
    for name, working in state.orders.items():
        if working.purpose is not Purpose.STOP:
            continue
        sent = working.status is not Status.LIMITED
        unlike = sent and listed.get(name) != working.filled
        working.unlike_at = (working.unlike_at or recorded.at) if unlike else None


def _follow_ignored(state: State, event: e.BrokerSeen) -> None:
    """What is left alone stays so in whatever number, until there is none of it."""
    theirs = {position.symbol: position for position in event.positions}
    for symbol, alone in list(state.ignored.items()):
        here, there = held(state, symbol), signed(theirs.get(symbol))
        if here == there:
            del state.ignored[symbol]
        elif here == 0:
            position = theirs.get(symbol)
            price = None if position is None else position.price
            state.ignored[symbol] = Difference(alone.case, here, there, their_price(position), price)


@BROKER.handles
def _found(state: State, _: e.Recorded, event: e.DifferenceFound) -> None:
    found = Difference(event.case, event.ours, event.theirs, event.their_price)
    state.differences[event.symbol] = found
    if found.lacks:
        state.lacking.setdefault(event.symbol, state.now)
    else:
        state.lacking.pop(event.symbol, None)


@BROKER.handles
def _settled(state: State, _: e.Recorded, event: e.DifferenceSettled) -> None:
    difference = state.differences.pop(event.symbol, None)
    state.lacking.pop(event.symbol, None)
    if difference is None:
        state.ignored.pop(event.symbol, None)
    elif event.answer is Settlement.IGNORE:
        theirs = difference.theirs + beyond(state.ignored.get(event.symbol))
        state.ignored[event.symbol] = Difference(difference.case, difference.ours, theirs, difference.their_price)


@BROKER.handles
def _reconciled(state: State, recorded: e.Recorded, event: e.Reconciled) -> None:
    if event.differences == 0:
        state.differences, state.lacking = {}, {}
        if state.account is not None:
            state.agreed_cash = state.account.cash - state.cash_flow
        state.reconciled_at, state.unreconciled_since = recorded.at, None
    elif state.unreconciled_since is None:
        state.unreconciled_since = recorded.at


@BROKER.handles
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


@BROKER.handles
def _corrected(state: State, recorded: e.Recorded, event: e.PositionCorrected) -> None:
    """More shares join at what they must have cost, fewer leave at our own average: what was earned so far stays.

    A split makes more or fewer shares of the same cost first; what is then still missing was paid in cash.
    """
    position = state.positions[event.symbol]
    before = event.before
    if event.split is not None:
        before *= event.split
        position.original_quantity *= event.split
    extra, ours = event.after - before, position.average_price
    position.quantity = event.after
    position.cost += event.after * event.average_price - before * ours if extra > 0 else extra * ours
    position.original_quantity = max(position.original_quantity + extra, event.after, Decimal(0))
    position.updated_at = recorded.at
    if event.split is not None:
        # a quote at the new prices may have moved the mark already: the likelier of the two is nearer to the average
        average, known = float(position.average_price), position.high_water
        marks = (known / float(event.split), known)
        position.high_water = min(marks, key=lambda mark: abs(log(mark / average)))


@BROKER.handles
def _foreign(state: State, _: e.Recorded, event: e.OrderForeign) -> None:
    state.foreign[event.order.venue_order_id] = event.order
