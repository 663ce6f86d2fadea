"""Orders that belong together: what legs a request makes."""

from msgspec.structs import replace

from tidegate.sandbox.alpaca.venue.orders import ALONE, OrderRequest, Role

STRIPPED = {"take_profit": None, "stop_loss": None, "client_order_id": None, "position_intent": None}


def own(request: OrderRequest) -> tuple[Role | None, OrderRequest]:
    """The top-level order of a request and its role: an entry, or the take-profit of an OCO."""
    if request.order_class in ALONE:
        return None, request
    if request.order_class == "oco" and request.take_profit is not None:
        return "take_profit", replace(request, limit_price=request.take_profit.limit_price)
    return "entry", request


def legs(request: OrderRequest) -> list[tuple[Role, OrderRequest]]:
    """The legs below it, the take-profit first."""
    found: list[tuple[Role, OrderRequest]] = []
    oco = request.order_class == "oco"
    side = request.side if oco else "sell" if request.side == "buy" else "buy"
    base = replace(request, side=side, limit_price=None, stop_price=None, extended_hours=False, **STRIPPED)
    if request.take_profit is not None and not oco:
        found.append(("take_profit", replace(base, type="limit", limit_price=request.take_profit.limit_price)))
    if request.stop_loss is not None:
        stop = request.stop_loss
        kind = "stop" if stop.limit_price is None else "stop_limit"
        leg = replace(base, type=kind, stop_price=stop.stop_price, limit_price=stop.limit_price)
        found.append(("stop_loss", leg))
    return found
