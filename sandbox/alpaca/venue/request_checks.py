"""What the venue refuses about a request itself, before it looks at the account."""

from decimal import Decimal

from tidegate.sandbox.alpaca.venue.market import Tape
from tidegate.sandbox.alpaca.venue.orders import ALONE, OrderRequest
from tidegate.sandbox.alpaca.venue.positions import ZERO
from tidegate.sandbox.alpaca.wire import forbidden, invalid, plain, unprocessable

CENT = Decimal("0.01")
NEEDS: dict[str, tuple[str, ...]] = {
    "limit": ("limit_price",),
    "stop": ("stop_price",),
    "stop_limit": ("limit_price", "stop_price"),
}


def well_formed(request: OrderRequest, tape: Tape) -> None:
    """Raise the Refusal for amounts, prices, fractions, stops and legs that cannot be."""
    for alone in (_amount, _needed, pennies):
        alone(request)
    for against in (_fraction, _stop, _legs):
        against(request, tape)


def _amount(request: OrderRequest) -> None:
    if (request.qty is None) == (request.notional is None):
        raise invalid("exactly one of qty and notional is required")
    if (request.qty or request.notional or ZERO) <= 0:
        raise invalid(f"{'qty' if request.notional is None else 'notional'} must be > 0")
    if request.notional is not None and (request.type != "market" or request.time_in_force != "day"):
        raise unprocessable("notional orders must be market orders with time_in_force day")
    if request.notional is not None and request.notional < 1:
        raise forbidden("cost basis must be >= minimal amount of order 1")


def _needed(request: OrderRequest) -> None:
    for name in ("limit_price", "stop_price", "trail_price", "trail_percent"):
        value = getattr(request, name)
        if value is None and name in NEEDS.get(request.type, ()) and request.order_class != "oco":
            raise invalid(f"{request.type.replace('_', ' ')} orders require {name.replace('_', ' ')}")
        if value is not None and value <= 0:
            raise invalid(f"{name.replace('_', ' ')} must be > 0")
    if request.type == "trailing_stop" and (request.trail_price is None) == (request.trail_percent is None):
        raise invalid("trailing stop orders require one of trail price and trail percent")
    if request.type == "market" and request.limit_price is not None:
        raise invalid("market orders require no limit price")
    if request.extended_hours and (request.type != "limit" or request.time_in_force not in {"day", "gtc"}):
        raise unprocessable("extended hours order must be DAY or GTC limit orders")


def prices(request: OrderRequest) -> dict[str, Decimal]:
    """Every price of a request by its name at the venue."""
    profit, stop = request.take_profit, request.stop_loss
    named = {
        "limit_price": request.limit_price,
        "stop_price": request.stop_price,
        "take_profit.limit_price": None if profit is None else profit.limit_price,
        "stop_loss.stop_price": None if stop is None else stop.stop_price,
        "stop_loss.limit_price": None if stop is None else stop.limit_price,
    }
    return {name: value for name, value in named.items() if value is not None}


def pennies(request: OrderRequest) -> None:
    """Raise a Refusal for a price between two steps."""
    for name, price in prices(request).items():
        step = CENT if price >= 1 else CENT / 100
        if price % step:
            raise unprocessable(
                f"invalid {name} {plain(price)}. sub-penny increment does not fulfill minimum pricing criteria"
            )


def _fraction(request: OrderRequest, tape: Tape) -> None:
    if request.qty is not None and request.qty == request.qty.to_integral_value():
        return
    if not tape.asset.fractionable:
        raise forbidden(f'asset "{request.symbol}" is not fractionable')
    if request.order_class not in ALONE:
        raise unprocessable("fractional orders must be simple orders")
    if request.time_in_force != "day":
        raise unprocessable("fractional orders must be DAY orders")


def _stop(request: OrderRequest, tape: Tape) -> None:
    if request.stop_price is None:
        return
    sign = 1 if request.side == "buy" else -1
    if (request.stop_price - tape.last) * sign <= 0:
        side = "greater" if sign > 0 else "less"
        raise unprocessable(
            f"stop price must be {side} than current price",
            market_price=plain(tape.last),
            stop_price=plain(request.stop_price),
        )


def _legs(request: OrderRequest, tape: Tape) -> None:
    profit, stop, kind = request.take_profit, request.stop_loss, request.order_class
    given = (profit is not None) + (stop is not None)
    wanted = {"bracket": 2, "oco": 2, "oto": 1}.get(kind, 0)
    if given != wanted:
        raise unprocessable(f"{kind or 'simple'} orders take {wanted} of take_profit and stop_loss")
    if request.notional is not None and wanted:
        raise unprocessable("notional orders must be simple orders")
    sign = 1 if (request.side == "buy") == (kind != "oco") else -1
    base = tape.last if request.limit_price is None or kind == "oco" else request.limit_price
    if stop is not None and (base - stop.stop_price) * sign < CENT:
        word = "<= base_price - 0.01" if sign > 0 else ">= base_price + 0.01"
        raise unprocessable(f"stop_loss.stop_price must be {word}", base_price=plain(base))
    if profit is not None and kind != "oco" and (profit.limit_price - base) * sign < CENT:
        word = ">= base_price + 0.01" if sign > 0 else "<= base_price - 0.01"
        raise unprocessable(f"take_profit.limit_price must be {word}", base_price=plain(base))
