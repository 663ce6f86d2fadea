"""Orders as they are built: from a judged signal, from an exit decision, and to protect a position."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tidegate.core.domain.ids import client_order_id
from tidegate.core.domain.orders import Order
from tidegate.core.domain.ownership import sellable
from tidegate.core.domain.positions import Entry, ExitDecision, Position
from tidegate.core.domain.settings import Orders
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Direction, Judgement, Side

NO_COLLAR = Orders(collar_pct=0.0)
STOP_LIFETIME = timedelta(days=90)


def limit_price(side: Side, price: Decimal, rules: Orders) -> Decimal:
    """A marketable limit: the price plus (buy) or minus (sell) the collar, in whole cents (under 1 USD: 1/100 cent)."""
    step = Decimal("0.01") if price >= 1 else Decimal("0.0001")
    raw = price * (1 + side.sign * Decimal(str(rules.collar_pct)) / 100)
    return raw.quantize(step, ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)


def entry_order(judgement: Judgement, at: datetime, rules: Orders) -> Order:
    """The order that a judged signal becomes; the decision price is known, or the size verdict had blocked."""
    signal = judgement.signal
    price = Decimal(str(signal.decision_price))
    side = Side.BUY if signal.direction is Direction.BULLISH else Side.SELL
    entry = Entry(
        trace=signal.trace,
        at=at,
        direction=signal.direction,
        score=signal.score,
        components=signal.components,
        coverage=signal.coverage,
        regime=signal.regime,
        regime_modifier=signal.regime_modifier,
        ignition_status=judgement.ignition,
        verdicts=judgement.verdicts,
    )
    return Order(
        client_order_id=client_order_id(signal.symbol, "entry1", signal.trace),
        trace=signal.trace,
        symbol=signal.symbol,
        leg="entry1",
        side=side,
        quantity=judgement.quantity,
        limit=limit_price(side, price, rules),
        decision_price=price,
        placed_at=at,
        expires_at=at + timedelta(seconds=rules.lifetime_s),
        entry=entry,
    )


def exit_order(state: State, position: Position, decision: ExitDecision, rules: Orders) -> Order:
    """The order that carries out an exit decision, for no more shares than the broker has, at the last counted price.

    While the touch is wide that is the end of it that takes the order. A full exit takes all that is open now.
    """
    at, price = state.now, _exit_price(state, position)
    open_now = min(position.quantity, sellable(state, position))
    leg = f"exit{position.exit_legs + 1}"
    side = Side.SELL if position.side.sign > 0 else Side.BUY
    decided = Decimal(str(price))
    return Order(
        client_order_id=client_order_id(position.symbol, leg, position.entry.trace),
        trace=position.entry.trace,
        symbol=position.symbol,
        leg=leg,
        side=side,
        quantity=open_now if decision.full else min(decision.quantity, open_now),
        limit=limit_price(side, decided, rules),
        decision_price=decided,
        placed_at=at,
        expires_at=at + timedelta(seconds=rules.lifetime_s),
        exit=decision,
    )


def _exit_price(state: State, position: Position) -> float:
    ends = state.interval(position.symbol)
    if ends is not None:
        return ends[0] if position.side.sign > 0 else ends[1]
    return state.last_price(position.symbol) or float(position.average_price)


def stop_order(position: Position, shares: Decimal, at: datetime, rules: Orders) -> Order:
    """The protective stop for so many shares, `protective_stop_pct` from the entry; it outlives the day."""
    leg = f"stop{position.stop_legs + 1}"
    side = Side.SELL if position.side.sign > 0 else Side.BUY
    price = limit_price(side, Decimal(str(position.at_offset(-rules.protective_stop_pct))), NO_COLLAR)
    return Order(
        client_order_id=client_order_id(position.symbol, leg, position.entry.trace),
        trace=position.entry.trace,
        symbol=position.symbol,
        leg=leg,
        side=side,
        quantity=shares,
        limit=price,
        decision_price=price,
        placed_at=at,
        expires_at=at + STOP_LIFETIME,
        stop=price,
    )
