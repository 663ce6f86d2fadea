"""Our book against the broker's: what differs, and what settling a difference does.

At a start nothing is changed before a person has answered (adopt, ignore, flatten); while the engine runs, a
difference needs proof (`proof`). A symbol with an order under way, or touched within `settle_s` seconds, is left for
the next look: the two books are then not of the same moment. So is one whose protective stop filled there or is gone,
until we know what became of it.

What a person said to ignore is that person's: `State.ignored` keeps how far the two books were apart, and while we
hold nothing of the symbol, whatever the broker has of it is left alone. No entry is made in it (`judge`).
"""

from datetime import timedelta
from decimal import Decimal

from tidegate.core.domain import events as e
from tidegate.core.domain.books.late_orders import doubtful
from tidegate.core.domain.follows import Traced
from tidegate.core.domain.ids import trace_of
from tidegate.core.domain.learning.attribution import outcome_of
from tidegate.core.domain.order_states import UNANSWERED
from tidegate.core.domain.orders import Status
from tidegate.core.domain.ownership import beyond, held, split_of
from tidegate.core.domain.positions import EXTERNAL, FLATTEN, Entry, ExitDecision, Position
from tidegate.core.domain.settings import Orders
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Direction, PositionSide
from tidegate.core.domain.values.broker import STOCK, BrokerPosition
from tidegate.core.domain.values.differences import Difference, DifferenceCase, Settlement

ENGINE = e.ENGINE
STOP_ANSWERS = timedelta(minutes=3)  # within which we should know what became of a stop: three looks


def differences(state: State, seen: e.BrokerSeen, rules: Orders) -> dict[str, Difference]:
    """Every stock whose signed quantity differs, and is quiet; what is left alone counts as the broker's alone."""
    theirs = {position.symbol: position for position in seen.positions if not untraded(state, position)}
    found = {}
    for symbol in sorted({*state.positions, *theirs}):
        difference = _difference(state, symbol, theirs.get(symbol))
        if difference is not None and _quiet(state, symbol, seen, rules):
            found[symbol] = difference
    return found


def untraded(state: State, position: BrokerPosition) -> bool:
    """Whether it is no stock, and so not ours to compare: adopted, an option would be sold as so many shares."""
    return position.asset_class != STOCK and position.symbol not in state.positions


def settle(state: State, symbol: str, difference: Difference, answer: Settlement, who: str) -> list[Traced]:
    """The decisions that carry out an answer; none where the broker's shares have no price yet to adopt them at.

    Adopting keeps every field that is already known. A position on the other side is another one, with its own trace.
    """
    position = state.positions.get(symbol)
    external = trace_of("external", f"{symbol}@{state.now.isoformat()}")
    trace = position.entry.trace if position is not None else external
    if answer is not Settlement.IGNORE and difference.theirs != 0 and _price(state, symbol, difference) is None:
        return []
    settled: Traced = (trace, e.DifferenceSettled(symbol=symbol, answer=answer, who=who))
    if answer is Settlement.IGNORE:
        return [settled]
    follows: list[Traced] = [settled]
    if position is not None and _sign(difference.theirs) != _sign(difference.ours):
        follows.append((trace, e.PositionClosed(outcome=outcome_of(_given_up(state, position), state.now))))
        position, trace = None, external
    if difference.theirs != 0:
        follows.append((trace, _taken_over(state, symbol, difference, position, trace)))
    if answer is Settlement.FLATTEN and difference.theirs != 0:
        reason = f"flattened by {who} at reconciliation"
        decision = ExitDecision(rule=FLATTEN, quantity=abs(difference.theirs), full=True, reason=reason)
        follows.append((trace, e.ExitDecided(symbol=symbol, decision=decision)))
    return follows


def lost_orders(state: State, seen: e.BrokerSeen) -> list[e.Effect]:
    """Questions about orders that we think are working and the broker does not list as open."""
    listed = {order.client_order_id for order in seen.orders}
    return [
        e.Find(order=working.order)
        for name, working in state.orders.items()
        if name not in listed and (working.status not in UNANSWERED or working.status is Status.UNKNOWN)
    ]


def foreign_orders(state: State, seen: e.BrokerSeen) -> list[Traced]:
    """Open orders that are not ours and were not shown before."""
    return [
        ("", e.OrderForeign(order=order))
        for order in seen.orders
        if order.client_order_id not in state.orders
        and order.client_order_id not in state.done
        and order.venue_order_id not in state.foreign
    ]


def signed(theirs: BrokerPosition | None) -> Decimal:
    """The broker's signed shares."""
    if theirs is None:
        return Decimal(0)
    return theirs.quantity if theirs.side == PositionSide.LONG else -theirs.quantity


def their_price(theirs: BrokerPosition | None) -> Decimal | None:
    """The broker's average, or the price now where shares came for nothing; None when it names neither."""
    prices = (None, None) if theirs is None else (theirs.average_price, theirs.price)
    return next((price for price in prices if price), None)


def _difference(state: State, symbol: str, theirs: BrokerPosition | None) -> Difference | None:
    here, there, alone = held(state, symbol), signed(theirs), state.ignored.get(symbol)
    if here == there or (alone is not None and here in (0, there - beyond(alone))):
        return None
    there -= beyond(alone)
    return Difference(_case(here, there), here, there, their_price(theirs) if alone is None else None)


def _case(here: Decimal, there: Decimal) -> DifferenceCase:
    if here == 0:
        return DifferenceCase.MISSING_HERE
    return DifferenceCase.MISSING_THERE if there == 0 else DifferenceCase.DIFFERS


def _quiet(state: State, symbol: str, seen: e.BrokerSeen, rules: Orders) -> bool:
    """Whether nothing moved since `settle_s` seconds before the broker was asked."""
    if state.working(symbol) or doubtful(state, symbol):
        return False
    stop = state.protection(symbol)
    if stop is not None and stop.unlike_at is not None and state.now - stop.unlike_at < STOP_ANSWERS:
        return False
    touched = state.positions[symbol].updated_at if symbol in state.positions else state.touched.get(symbol)
    asked_at = seen.asked_at or state.now
    return touched is None or (asked_at - touched).total_seconds() >= rules.settle_s


def _price(state: State, symbol: str, difference: Difference) -> Decimal | None:
    """The price to take the broker's shares over at: its own, or the last one that we know."""
    if difference.their_price:
        return difference.their_price
    position, last = state.positions.get(symbol), state.last_price(symbol)
    return Decimal(str(last)) if last else position.average_price if position is not None else None


def _taken_over(
    state: State, symbol: str, difference: Difference, position: Position | None, trace: str
) -> e.PositionCorrected | e.PositionAdopted:
    price = _price(state, symbol, difference) or Decimal(0)
    if position is not None:
        return _corrected(difference, position, price)
    side = PositionSide.LONG if difference.theirs > 0 else PositionSide.SHORT
    entry = Entry(
        trace=trace,
        at=state.now,
        direction=Direction.BULLISH if side is PositionSide.LONG else Direction.BEARISH,
        score=None,
        components={},
        coverage=None,
        regime=state.regime.regime,
        owner="external",
    )
    shares = abs(difference.theirs)
    return e.PositionAdopted(symbol=symbol, side=side, quantity=shares, average_price=price, entry=entry)


def _corrected(difference: Difference, position: Position, price: Decimal) -> e.PositionCorrected:
    """Our shares made the broker's. Its average is of all of them, where that leaves the new ones a price."""
    before, after, ours = abs(difference.ours), abs(difference.theirs), position.average_price
    split = split_of(before, ours, after, price) if difference.their_price else None
    average = price
    if split is None and after < before:
        average = ours
    elif split is None and (difference.their_price is None or after * price <= before * ours):
        average = (before * ours + (after - before) * price) / after
    return e.PositionCorrected(symbol=position.symbol, before=before, after=after, average_price=average, split=split)


def _given_up(state: State, position: Position) -> Position:
    """The position as if its last shares had gone at the last known price, without us."""
    price = Decimal(str(state.last_price(position.symbol) or position.average_price))
    return Position(
        symbol=position.symbol,
        side=position.side,
        quantity=Decimal(0),
        original_quantity=position.original_quantity,
        cost=position.cost,
        proceeds=position.proceeds + position.quantity * price,
        fees=position.fees,
        opened_at=position.opened_at,
        updated_at=state.now,
        high_water=position.high_water,
        entry=position.entry,
        reasons=[*position.reasons, EXTERNAL],
    )


def _sign(quantity: Decimal) -> int:
    return (quantity > 0) - (quantity < 0)
