"""Order entry: what a client can ask of the venue (place, cancel and replace orders, close positions)."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from tidegate.sandbox.alpaca.venue import brackets
from tidegate.sandbox.alpaca.venue.book import Book
from tidegate.sandbox.alpaca.venue.checks import check, enough
from tidegate.sandbox.alpaca.venue.market import Tape
from tidegate.sandbox.alpaca.venue.matching_engine import MatchingEngine
from tidegate.sandbox.alpaca.venue.orders import ALONE, CANCELABLE, Change, Order, OrderRequest, Role
from tidegate.sandbox.alpaca.venue.positions import Position
from tidegate.sandbox.alpaca.venue.request_checks import pennies
from tidegate.sandbox.alpaca.wire import invalid, missing, unprocessable
from tidegate.sandbox.times import Instant, new_york

GTC_DAYS = timedelta(days=90)


class OrderEntry:
    """Requests against the book. Every method raises Refusal for what the venue does not do."""

    def __init__(self, book: Book, matching: MatchingEngine) -> None:
        self.book, self.matching = book, matching

    def submit(self, request: OrderRequest, at: Instant) -> Order:
        """Place an order with its legs; it answers pending_new."""
        tape = check(request, self.book)
        role, top = brackets.own(request)
        group = None if role is None else self.book.new_id()
        order = self._order(top, tape, at, role=role, group=group)
        for leg_role, leg_request in brackets.legs(request):
            leg = self._order(leg_request, tape, at, role=leg_role, group=group)
            leg.parent, leg.status = order, "held"
            order.legs.append(leg)
        for each in (order, *order.legs):
            self.book.add(each)
        self.matching.admit(order, at)
        return order

    def cancel(self, order: Order, at: Instant) -> None:
        """Ask for the end of an order."""
        if order.status not in CANCELABLE:
            raise unprocessable(f'order is already in "{order.status}" state')
        self.matching.cancel(order, at)

    def cancel_all(self, at: Instant) -> list[Order]:
        """Ask for the end of every order that can end; returns the top-level ones."""
        found = [each for each in self.book.working() if each.status in CANCELABLE]
        top = [each for each in found if each.parent is None or not each.parent.open]
        for each in top:
            self.matching.cancel(each, at)
        return top

    def replace(self, old: Order, change: Change, at: Instant) -> Order:
        """A new order in the place of an old one, which goes on filling until the change arrives."""
        if old.status not in CANCELABLE - {"pending_new"}:
            raise unprocessable(f'order is already in "{old.status}" state')
        request = self._changed(old, change)
        tape = self.book.market.tapes[old.symbol]
        new = self._order(request, tape, at, role=old.role, group=old.group_id)
        new.replaces, new.parent, new.legs = old.id, old.parent, old.legs
        self.book.add(new)
        held, old.status = old.status == "held", "pending_replace"
        self.book.tell("pending_replace", old, at)
        late = self.matching.habits.accept_ms / 1000
        self.matching.agenda.after(at, late, lambda due: self._replaced(old, new, due, held=held))
        return new

    def close(
        self, symbol: str, at: Instant, *, qty: Decimal | None = None, percentage: Decimal | None = None
    ) -> Order:
        """A market order against a position, whole or in part."""
        if not (quantity := self.book.account.quantity(symbol)):
            raise missing("position does not exist")
        part = abs(quantity) * (percentage / 100 if percentage is not None else 1)
        request = OrderRequest(
            symbol=symbol,
            side="sell" if quantity > 0 else "buy",
            type="market",
            time_in_force="day",
            qty=part.quantize(Decimal("0.000000001")) if qty is None else qty,
        )
        return self.submit(request, at)

    def give(self, symbol: str, quantity: Decimal, price: Decimal) -> None:
        """Put a position into the account that no order of the client explains, at an average price in USD."""
        if self.book.tape(symbol) is None:
            self.book.market.set_price(symbol, price)
        self.book.account.positions.pop(symbol, None)
        if quantity:
            asset = self.book.market.tapes[symbol].asset
            self.book.account.positions[symbol] = Position(asset=asset, quantity=quantity, cost=quantity * price)

    def _changed(self, old: Order, change: Change) -> OrderRequest:
        qty, left = change.qty, old.remaining
        if qty is not None and (old.notional is not None or qty <= 0):
            raise invalid("qty cannot be replaced with this value")
        if change.client_order_id is not None and change.client_order_id in self.book.clients:
            raise invalid("client_order_id must be unique")
        limit, stop = change.limit_price or old.limit_price, change.stop_price or old.stop_price
        request = replace(
            old.request,
            qty=left if qty is None else qty,
            limit_price=limit,
            stop_price=stop,
            trail_price=change.trail if change.trail and old.request.trail_price else old.request.trail_price,
            time_in_force=change.time_in_force or old.request.time_in_force,
            client_order_id=change.client_order_id,
        )
        pennies(request)
        entry = old.parent if old.parent is not None and old.parent.role == "entry" else None
        if entry is not None and (request.qty or 0) > (entry.qty or 0):
            raise unprocessable("qty of a leg must be <= qty of its entry order")
        if self.book.account.quantity(old.symbol) * old.sign < 0 and request.qty is not None:
            enough(old.symbol, request.qty, self.book, but=old)
        return request

    def _replaced(self, old: Order, new: Order, at: Instant, *, held: bool) -> None:
        if old.status != "pending_replace":
            self.matching.end(new, "rejected", at, "order_replace_rejected")
            return
        if new.qty is not None and old.filled_qty:
            new.qty = min(new.qty, old.remaining)
        old.replaced_by = new.id
        for leg in new.legs:
            leg.parent, leg.qty = new, new.qty
        if new.parent is not None:
            new.parent.legs = [new if each is old else each for each in new.parent.legs]
        self.matching.end(old, "replaced", at)
        if held:
            new.status = "held"
            self.matching.look(new, at)
        else:
            self.matching.accept(new, at)

    def _order(
        self, request: OrderRequest, tape: Tape, at: Instant, *, role: Role | None = None, group: str | None = None
    ) -> Order:
        return Order(
            id=self.book.new_id(),
            client_order_id=request.client_order_id or self.book.new_id(),
            asset=tape.asset,
            request=request,
            intent=request.position_intent or self._intent(request, role),
            created_at=at,
            updated_at=at,
            submitted_at=at,
            expires_at=self._expires(request, at),
            qty=request.qty,
            notional=request.notional,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            role=role,
            group_id=group,
        )

    def _intent(self, request: OrderRequest, role: Role | None) -> str:
        quantity = self.book.account.quantity(request.symbol)
        sign = 1 if request.side == "buy" else -1
        closes = quantity * sign < 0 or (role not in {None, "entry"} and request.order_class not in ALONE)
        return f"{request.side}_to_{'close' if closes else 'open'}"

    def _expires(self, request: OrderRequest, at: Instant) -> Instant:
        hours = self.matching.hours
        if request.time_in_force != "gtc":
            return hours.next_close(at)
        last = new_york(at).date() + GTC_DAYS
        return hours.sessions(last, last + timedelta(days=10))[0].close
