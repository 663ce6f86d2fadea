"""What the venue refuses, with its status, code and words. Nothing here changes anything."""

from decimal import Decimal
from typing import Protocol

from tidegate.sandbox.alpaca.venue.account import Account
from tidegate.sandbox.alpaca.venue.market import Tape
from tidegate.sandbox.alpaca.venue.orders import ALONE, Order, OrderRequest
from tidegate.sandbox.alpaca.venue.positions import ZERO
from tidegate.sandbox.alpaca.venue.request_checks import well_formed
from tidegate.sandbox.alpaca.wire import dollars, forbidden, invalid, plain, unprocessable
from tidegate.sandbox.answers import Refusal

SHORT_MARGIN = Decimal("1.03")


class Books(Protocol):
    """What the checks look at."""

    account: Account
    clients: dict[str, Order]

    def tape(self, symbol: str) -> Tape | None:
        """Asset and prices of a symbol."""

    def opposite(self, symbol: str, sign: int) -> list[Order]:
        """Working orders of the other side."""

    def held(self, symbol: str, *, but: Order | None = None) -> Decimal:
        """Shares of the position that open orders reserve."""

    def reserved(self) -> Decimal:
        """USD that open orders reserve."""


def check(request: OrderRequest, books: Books) -> Tape:
    """Raise the Refusal that the venue would answer; else the symbol's tape."""
    _account(books.account)
    if request.client_order_id is not None and request.client_order_id in books.clients:
        raise invalid("client_order_id must be unique")
    tape = books.tape(request.symbol)
    if tape is None:
        raise unprocessable(f'asset "{request.symbol}" not found')
    well_formed(request, tape)
    _asset(request, tape)
    _position(request, tape, books)
    _wash(request, books)
    _power(request, tape, books)
    return tape


def _account(account: Account) -> None:
    if account.flags.account_blocked or account.flags.trading_blocked or account.flags.status != "ACTIVE":
        raise forbidden("account is not allowed to trade")
    if account.flags.trade_suspended_by_user:
        raise forbidden("new orders are rejected by user request")


def _asset(request: OrderRequest, tape: Tape) -> None:
    if not tape.asset.tradable:
        raise unprocessable(f'asset "{request.symbol}" is not tradable')


def _position(request: OrderRequest, tape: Tape, books: Books) -> None:
    """Closing orders need free shares, short sales a permission; nothing turns a position around."""
    quantity, sign = books.account.quantity(request.symbol), 1 if request.side == "buy" else -1
    if quantity * sign < 0:
        enough(request.symbol, wanted(request, tape), books)
    elif sign < 0 and request.order_class == "oco":
        raise unprocessable("oco orders must be exit orders")
    elif sign < 0 and not books.account.can_short:
        raise forbidden("account is not allowed to short")
    elif sign < 0 and not tape.asset.shortable:
        raise unprocessable(f'asset "{request.symbol}" cannot be sold short')
    elif sign < 0 and (request.qty is None or request.qty != request.qty.to_integral_value()):
        raise unprocessable("fractional orders cannot be sold short")


def wanted(request: OrderRequest, tape: Tape) -> Decimal:
    """Shares asked for; a notional order's at the last price."""
    return request.qty if request.qty is not None else (request.notional or ZERO) / tape.last


def enough(symbol: str, shares: Decimal, books: Books, *, but: Order | None = None) -> None:
    """Raise the Refusal for shares that are missing or reserved by other orders than `but`."""
    existing = abs(books.account.quantity(symbol))
    held = books.held(symbol, but=but)
    if shares <= existing - held:
        return
    sign = -1 if books.account.quantity(symbol) > 0 else 1
    related = [each.id for each in books.opposite(symbol, -sign) if each is not but]
    raise forbidden(
        f"insufficient qty available for order (requested: {plain(shares)}, available: {plain(existing - held)})",
        available=plain(existing - held),
        existing_qty=plain(existing),
        held_for_orders=plain(held),
        symbol=symbol,
        **({"related_orders": related} if related else {}),
    )


def _wash(request: OrderRequest, books: Books) -> None:
    """A simple order may not be able to meet a working one of the other side."""
    if request.order_class not in ALONE:
        return
    sign = 1 if request.side == "buy" else -1
    for other in books.opposite(request.symbol, sign):
        theirs, ours = other.limit_price, request.limit_price
        if other.kind != "limit" or theirs is None:
            raise _washed("opposite side market/stop order exists", other)
        if ours is None or (ours - theirs) * sign >= 0:
            raise _washed("opposite side limit order exists", other)


def _washed(reason: str, other: Order) -> Refusal:
    return forbidden(
        "potential wash trade detected. use complex orders", reject_reason=reason, existing_order_id=other.id
    )


def _power(request: OrderRequest, tape: Tape, books: Books) -> None:
    """Orders that open need buying power; a short sale 3 % more than its price."""
    account, buying = books.account, request.side == "buy"
    if account.quantity(request.symbol) * (1 if buying else -1) < 0:
        return
    price = request.limit_price or request.stop_price or tape.ask
    price = price if buying else max(price, tape.ask * SHORT_MARGIN)
    cost = request.notional or wanted(request, tape) * price
    power = account.power(account.flags.multiplier, books.reserved())
    if cost > power:
        raise forbidden("insufficient buying power", buying_power=dollars(power), cost_basis=dollars(cost))
