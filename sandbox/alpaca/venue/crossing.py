"""Whether an order trades at a price. Pure."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from tidegate.sandbox.alpaca.venue.market import Tape
from tidegate.sandbox.alpaca.venue.orders import Order

NINE = Decimal("0.000000001")
STOPS = frozenset({"stop", "stop_limit", "trailing_stop"})


def touch(order: Order, tape: Tape) -> Decimal | None:
    """The price in USD at which the order would trade now: ask for a buy, bid for a sell; None when it rests."""
    if tape.halted or tape.depth == 0 or order.kind in STOPS:
        return None
    price = tape.ask if order.sign > 0 else tape.bid
    limited = order.kind == "limit" and order.limit_price is not None
    if limited and order.limit_price is not None and (price - order.limit_price) * order.sign > 0:
        return None
    all_or_none = order.request.time_in_force == "fok"
    if all_or_none and tape.depth is not None and tape.depth < order.remaining:
        return None
    return price if price > 0 else None


def trail(order: Order, tape: Tape, step: Decimal) -> None:
    """Move a trailing stop behind the best price seen: below it for a sell, above it for a buy."""
    best = max if order.sign < 0 else min
    order.hwm = tape.last if order.hwm is None else best(order.hwm, tape.last)
    distance = order.request.trail_price or order.hwm * (order.request.trail_percent or Decimal(0)) / 100
    rounding = ROUND_DOWN if order.sign < 0 else ROUND_UP
    order.stop_price = (order.hwm + order.sign * distance).quantize(step, rounding)


def triggers(order: Order, tape: Tape) -> bool:
    """Whether the last trade sets off a waiting stop: at or beyond its price."""
    if order.kind not in STOPS or order.stop_price is None or tape.halted:
        return False
    return (tape.last - order.stop_price) * order.sign >= 0


def piece(order: Order, tape: Tape, price: Decimal) -> Decimal:
    """Shares of the next fill: the order's part, no more than the touch holds, to nine decimals."""
    if order.qty is None:
        order.qty = ((order.notional or Decimal(0)) / price).quantize(NINE, ROUND_DOWN)
    step = Decimal(1) if order.qty == order.qty.to_integral_value() else NINE
    part = max((order.qty / order.parts).quantize(step, ROUND_DOWN), step)
    last = order.remaining - part < part
    return min(order.remaining if last else part, order.remaining if tape.depth is None else tape.depth)
