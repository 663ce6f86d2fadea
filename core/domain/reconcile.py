"""Our book against the broker's: what differs, and what settling a difference does.

At a start nothing is changed before a person has answered (adopt, ignore, flatten); while the engine runs, the
broker's truth is adopted at once. A symbol with an order under way, or touched within `settle_s` seconds, is left for
the next look: the two books are then not of the same moment.
"""

from decimal import Decimal

from core.domain import events as e
from core.domain.attribute import outcome_of
from core.domain.ids import trace_of
from core.domain.late import doubtful
from core.domain.machine import UNANSWERED
from core.domain.orders import Status
from core.domain.positions import Entry, ExitDecision, Position, PositionSide
from core.domain.queueing import Traced
from core.domain.settings import Orders
from core.domain.state import Difference, State
from core.domain.values import STOCK, BrokerPosition, Direction

ANSWERS = ("adopt", "ignore", "flatten")
ENGINE = e.ENGINE


def differences(state: State, seen: e.BrokerSeen, rules: Orders) -> dict[str, Difference]:
    """Every stock whose signed quantity differs, and is quiet; what a person said to ignore stays ignored."""
    theirs = {position.symbol: position for position in seen.positions if not untraded(state, position)}
    found = {}
    for symbol in sorted({*state.positions, *theirs}):
        difference = _difference(state.positions.get(symbol), theirs.get(symbol))
        if difference is None or not _quiet(state, symbol, seen, rules):
            continue
        if state.ignored.get(symbol) != difference.theirs:
            found[symbol] = difference
    return found


def untraded(state: State, position: BrokerPosition) -> bool:
    """Whether it is no stock, and so not ours to compare: adopted, an option would be sold as so many shares."""
    return position.asset_class != STOCK and position.symbol not in state.positions


def settle(state: State, symbol: str, difference: Difference, answer: str, who: str) -> list[Traced]:
    """The decisions that carry out an answer. Adopting keeps every field that is already known."""
    position = state.positions.get(symbol)
    trace = position.entry.trace if position is not None else trace_of("external", f"{symbol}@{state.now.isoformat()}")
    settled: Traced = (trace, e.DifferenceSettled(symbol=symbol, answer=answer, who=who))
    if answer == "ignore":
        return [settled]
    follows: list[Traced] = [settled]
    if position is not None and _sign(difference.theirs) != _sign(difference.ours):
        follows.append((trace, e.PositionClosed(outcome=outcome_of(_given_up(state, position), state.now))))
        position = None
    if difference.theirs != 0:
        follows.append(_taken_over(state, symbol, difference, position, trace))
    if answer == "flatten" and difference.theirs != 0:
        reason = f"flattened by {who} at reconciliation"
        decision = ExitDecision(rule="reconcile", quantity=abs(difference.theirs), full=True, reason=reason)
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


def _difference(ours: Position | None, theirs: BrokerPosition | None) -> Difference | None:
    here = ours.side.sign * ours.quantity if ours is not None else Decimal(0)
    there = Decimal(0)
    if theirs is not None:
        there = theirs.quantity if theirs.side == "long" else -theirs.quantity
    if here == there:
        return None
    case = "missing here" if here == 0 else "missing there" if there == 0 else "differs"
    return Difference(case, here, there, theirs.average_price if theirs is not None else None)


def _quiet(state: State, symbol: str, seen: e.BrokerSeen, rules: Orders) -> bool:
    """Whether nothing moved since `settle_s` seconds before the broker was asked."""
    if state.working(symbol) or doubtful(state, symbol):
        return False
    touched = state.positions[symbol].updated_at if symbol in state.positions else state.touched.get(symbol)
    asked_at = seen.asked_at or state.now
    return touched is None or (asked_at - touched).total_seconds() >= rules.settle_s


def _taken_over(state: State, symbol: str, difference: Difference, position: Position | None, trace: str) -> Traced:
    price = difference.their_price or Decimal(0)
    if position is not None:
        before, after = abs(difference.ours), abs(difference.theirs)
        return trace, e.PositionCorrected(symbol=symbol, before=before, after=after, average_price=price)
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
    return trace, e.PositionAdopted(symbol=symbol, side=side, quantity=shares, average_price=price, entry=entry)


def _given_up(state: State, position: Position) -> Position:
    """The position as if its last shares had gone at the last known price, without us."""
    price = Decimal(str(state.price(position.symbol) or position.average_price))
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
        reasons=[*position.reasons, "external"],
    )


def _sign(quantity: Decimal) -> int:
    return (quantity > 0) - (quantity < 0)
