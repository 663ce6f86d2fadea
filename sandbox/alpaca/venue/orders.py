"""Orders: what was asked for, where it stands, and how the venue writes it."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from tidegate.sandbox.alpaca.venue.assets import Asset
from tidegate.sandbox.alpaca.wire import maybe, plain, price_or_none
from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import Instant, rfc3339

CLOSED = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})
WORKING = frozenset({"new", "partially_filled", "pending_cancel", "pending_replace"})
CANCELABLE = frozenset({"pending_new", "accepted", "new", "partially_filled", "held", "done_for_day"})
ALONE = frozenset({"", "simple"})

Kind = Literal["market", "limit", "stop", "stop_limit", "trailing_stop"]
Role = Literal["entry", "take_profit", "stop_loss"]
ClientId = Annotated[str, msgspec.Meta(max_length=128)]


class TakeProfit(msgspec.Struct, frozen=True):
    """The limit leg of a bracket."""

    limit_price: Decimal


class StopLoss(msgspec.Struct, frozen=True):
    """The stop leg."""

    stop_price: Decimal
    limit_price: Decimal | None = None


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /v2/orders. Numbers come as strings or as numbers; fields we do not know are passed over."""

    symbol: str
    side: Literal["buy", "sell"]
    type: Kind
    time_in_force: Literal["day", "gtc", "ioc", "fok"]
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    trail_percent: Decimal | None = None
    extended_hours: bool = False
    client_order_id: ClientId | None = None
    order_class: Literal["", "simple", "bracket", "oco", "oto"] = ""
    take_profit: TakeProfit | None = None
    stop_loss: StopLoss | None = None
    position_intent: str | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /v2/orders/{id}: what is left out stays."""

    qty: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    time_in_force: Literal["day", "gtc", "ioc", "fok"] | None = None
    client_order_id: ClientId | None = None


class Order(msgspec.Struct, kw_only=True, eq=False):
    """One order or leg. `filled_cost` is the sum of price times shares; `hwm` a trailing stop's best price."""

    id: str
    client_order_id: str
    asset: Asset
    request: OrderRequest
    intent: str
    created_at: Instant
    updated_at: Instant
    submitted_at: Instant
    expires_at: Instant
    status: str = "pending_new"
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    hwm: Decimal | None = None
    filled_qty: Decimal = Decimal(0)
    filled_cost: Decimal = Decimal(0)
    filled_at: Instant | None = None
    canceled_at: Instant | None = None
    expired_at: Instant | None = None
    failed_at: Instant | None = None
    replaced_at: Instant | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    group_id: str | None = None
    role: Role | None = None
    parent: "Order | None" = None
    legs: list["Order"] = []
    triggered: bool = False
    filling: bool = False  # a fill is on the agenda
    parts: int = 1  # in how many pieces it fills

    @property
    def symbol(self) -> str:
        """What it trades."""
        return self.asset.symbol

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self.request.side == "buy" else -1

    @property
    def kind(self) -> Kind:
        """How it trades now: a stop that has been triggered is a market or limit order."""
        if self.triggered:
            return "limit" if self.request.type == "stop_limit" else "market"
        return self.request.type

    @property
    def open(self) -> bool:
        """Whether more can happen to it."""
        return self.status not in CLOSED

    @property
    def remaining(self) -> Decimal:
        """Shares still to fill; 0 for a notional order whose quantity the fill will tell."""
        return (self.qty or Decimal(0)) - self.filled_qty if self.open else Decimal(0)

    @property
    def proposed(self) -> bool:
        """Whether it is to replace an order that still stands."""
        return self.replaces is not None and self.status == "pending_new"

    def siblings(self) -> list["Order"]:
        """The other legs under the same parent, or the leg under this order of an OCO."""
        family = [self, *self.legs] if self.parent is None else [self.parent, *self.parent.legs]
        return [each for each in family if each is not self and each.role != "entry"]

    def wire(self, *, nested: bool = False) -> Json:
        """The order as the venue writes it; `legs` only when nested, as at the venue."""
        average = self.filled_cost / self.filled_qty if self.filled_qty else None
        row: Json = {
            "id": self.id,
            "client_order_id": self.client_order_id,
            "created_at": rfc3339(self.created_at),
            "updated_at": rfc3339(self.updated_at),
            "submitted_at": rfc3339(self.submitted_at),
            "filled_at": maybe(self.filled_at),
            "expired_at": maybe(self.expired_at),
            "expires_at": rfc3339(self.expires_at),
            "canceled_at": maybe(self.canceled_at),
            "failed_at": maybe(self.failed_at),
            "replaced_at": maybe(self.replaced_at),
            "replaced_by": self.replaced_by,
            "replaces": self.replaces,
            "asset_id": self.asset.id,
            "symbol": self.symbol,
            "asset_class": self.asset.asset_class,
            "notional": price_or_none(self.notional),
            "qty": None if self.notional is not None else price_or_none(self.qty),
            "filled_qty": plain(self.filled_qty),
            "filled_avg_price": None if average is None else plain(round(average, 6)),
            "order_class": self.request.order_class,
            **self._prices(),
            "status": self.status,
            "legs": [leg.wire() for leg in self.legs] if nested and self.legs else None,
            "source": None,
            "subtag": None,
        }
        group = {} if self.group_id is None else {"group_id": self.group_id, "group_role": self.role}
        return {**row, **group}

    def _prices(self) -> Json:
        return {
            "order_type": self.request.type,
            "type": self.request.type,
            "side": self.request.side,
            "position_intent": self.intent,
            "time_in_force": self.request.time_in_force,
            "limit_price": price_or_none(self.limit_price),
            "stop_price": price_or_none(self.stop_price),
            "trail_percent": price_or_none(self.request.trail_percent),
            "trail_price": price_or_none(self.request.trail_price),
            "hwm": price_or_none(self.hwm),
            "extended_hours": self.request.extended_hours,
        }
