"""The venue's records: orders, fills and the account, and what can be asked of them."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from uuid import UUID

import msgspec

from tidegate.sandbox.alpaca.venue.account import Account
from tidegate.sandbox.alpaca.venue.market import Market, Tape
from tidegate.sandbox.alpaca.venue.orders import Order
from tidegate.sandbox.alpaca.venue.positions import ZERO
from tidegate.sandbox.alpaca.wire import missing, plain
from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import Instant, new_york, rfc3339


class Fill(msgspec.Struct, frozen=True, kw_only=True):
    """One execution, as the activities list it. Its id is not the stream's execution id."""

    id: str
    execution_id: str
    order: Order
    at: Instant
    quantity: Decimal
    price: Decimal
    cumulative: Decimal
    leaves: Decimal
    held: Decimal  # the position afterwards, negative for a short

    def wire(self) -> Json:
        """The row of GET /v2/account/activities/FILL."""
        return {
            "activity_type": "FILL",
            "id": self.id,
            "order_id": self.order.id,
            "symbol": self.order.symbol,
            "side": self.order.request.side,
            "qty": plain(self.quantity),
            "cum_qty": plain(self.cumulative),
            "leaves_qty": plain(self.leaves),
            "price": plain(self.price),
            "type": "partial_fill" if self.leaves else "fill",
            "order_status": "partially_filled" if self.leaves else "filled",
            "transaction_time": rfc3339(self.at, digits=6),
        }


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to an order, for the account stream."""

    event: str
    order: Order
    at: Instant
    fill: Fill | None = None

    def wire(self) -> Json:
        """The `data` of a trade_updates frame. Legs are never filled in here."""
        row: Json = {"event": self.event, "order": self.order.wire(), "timestamp": rfc3339(self.at)}
        if self.fill is None:
            return row
        numbers = {"price": self.fill.price, "qty": self.fill.quantity, "position_qty": self.fill.held}
        texts = {name: plain(number) for name, number in numbers.items()}
        return {**row, "execution_id": self.fill.execution_id, **texts}


class Book:
    """Orders by id, oldest first, and by client order id; fills, oldest first."""

    def __init__(self, market: Market, account: Account, *, seed: int) -> None:
        self.market, self.account = market, account
        self.orders: dict[str, Order] = {}
        self.clients: dict[str, Order] = {}
        self._working: dict[str, dict[str, Order]] = {}
        self.fills: list[Fill] = []
        self.heard: list[Callable[[Update], None]] = []
        self._chance = Random(f"{seed} ids")  # noqa: S311 - ids that repeat with the seed, not secrets

    def new_id(self) -> str:
        """A fresh UUID; the same sequence for the same seed."""
        return str(UUID(int=self._chance.getrandbits(128), version=4))

    def add(self, order: Order) -> None:
        """Record an order or leg."""
        self.orders[order.id] = self.clients[order.client_order_id] = order
        self._working.setdefault(order.symbol, {})[order.id] = order

    def working(self, symbol: str | None = None) -> list[Order]:
        """Orders that are not over yet, of one symbol or all, oldest first within a symbol."""
        if symbol is not None:
            return list(self._working.get(symbol, {}).values())
        return [each for orders in self._working.values() for each in orders.values()]

    def fill(self, order: Order, quantity: Decimal, price: Decimal, at: Instant) -> Fill:
        """Move shares and cash, and record the execution."""
        order.filled_qty += quantity
        order.filled_cost += quantity * price
        held = self.account.fill(order.asset, order.sign * quantity, price)
        moment = new_york(at).strftime("%Y%m%d%H%M%S%f")[:17]
        found = Fill(
            id=f"{moment}::{self.new_id()}",
            execution_id=self.new_id(),
            order=order,
            at=at,
            quantity=quantity,
            price=price,
            cumulative=order.filled_qty,
            leaves=order.remaining,
            held=held,
        )
        self.fills.append(found)
        return found

    def tell(self, event: str, order: Order, at: Instant, fill: Fill | None = None) -> None:
        """Date the order, and let the streams know."""
        order.updated_at = at
        if not order.open:
            self._working[order.symbol].pop(order.id, None)
        for hear in self.heard:
            hear(Update(event=event, order=order, at=at, fill=fill))

    def order(self, order_id: str) -> Order:
        """An order by its id. Raises Refusal (404)."""
        if (found := self.orders.get(order_id)) is None:
            raise missing(f"order not found for {order_id}")
        return found

    def client(self, client_order_id: str) -> Order:
        """An order by its client's id. Raises Refusal (404)."""
        if (found := self.clients.get(client_order_id)) is None:
            raise missing(f"order not found for {client_order_id}")
        return found

    def tape(self, symbol: str) -> Tape | None:
        """Asset and prices of a symbol; None when there is no such asset."""
        return self.market.tapes.get(symbol)

    def opposite(self, symbol: str, sign: int) -> list[Order]:
        """Orders of the other side that are at the market or on their way; held legs are not."""
        return [each for each in self.working(symbol) if each.sign == -sign and each.status != "held"]

    def held(self, symbol: str, *, but: Order | None = None) -> Decimal:
        """Shares of the position that open orders against it reserve; legs of one group reserve them once."""
        sign = 1 if self.account.quantity(symbol) > 0 else -1
        groups: dict[str, Decimal] = {}
        for each in self.working(symbol):
            waiting = each.parent is not None and each.parent.role == "entry" and each.parent.open
            own = but is not None and (each is but or (each.group_id is not None and each.group_id == but.group_id))
            if each.sign == -sign and not (waiting or own or each.proposed):
                group = each.group_id or each.id
                groups[group] = max(groups.get(group, ZERO), each.remaining)
        return sum(groups.values(), ZERO)

    def reserved(self) -> Decimal:
        """USD that open orders may still spend: buys that open and short sales, at limit, stop or last price."""
        opening = (each for each in self.working() if each.intent.endswith("to_open") and not each.proposed)
        return sum((self._cost(each) for each in opening), ZERO)

    def _cost(self, order: Order) -> Decimal:
        if order.qty is None:
            return order.notional or ZERO
        price = order.limit_price or order.stop_price or self.market.tapes[order.symbol].last
        return order.remaining * price

    def positions(self) -> list[Json]:
        """GET /v2/positions."""
        stocks = [self.position(symbol) for symbol in sorted(self.account.positions)]
        return stocks + [each.wire() for _, each in sorted(self.account.options.items())]

    def position(self, symbol: str) -> Json:
        """GET /v2/positions/{symbol}. Raises Refusal (404) when flat."""
        if (option := self.account.options.get(symbol)) is not None:
            return option.wire()
        if (found := self.account.positions.get(symbol)) is None:
            raise missing("position does not exist")
        tape, sign = self.market.tapes[symbol], 1 if found.quantity > 0 else -1
        available = found.quantity - sign * self.held(symbol)
        return found.wire(tape.last, tape.previous_close, available)
