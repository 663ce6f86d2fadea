"""Orders: our intent, and what the venue made of it; `machine` says how evidence moves them.

Quantities are shares, prices dollars, both Decimal.
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from tidegate.core.domain.positions import Entry, ExitDecision
from tidegate.core.domain.values import Side, Value


class Purpose(StrEnum):
    """What an order is for."""

    ENTRY = "entry"
    EXIT = "exit"
    STOP = "stop"  # a protective stop, held at the venue


class Status(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    LIMITED = "limited"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    PARTIAL = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the order."""
        return self in FINAL


FINAL = frozenset({Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REJECTED})


class Order(Value, frozen=True, kw_only=True):
    """An intent, for the purpose that follows from its parts.

    `entry` is what the position will remember; `exit` is why an exit order exists; a protective stop trades at the
    market once the price reaches `stop`.
    """

    client_order_id: str
    trace: str
    symbol: str
    leg: str
    side: Side
    quantity: Decimal
    limit: Decimal
    decision_price: Decimal
    placed_at: datetime
    expires_at: datetime
    entry: Entry | None = None
    exit: ExitDecision | None = None
    stop: Decimal | None = None

    @property
    def purpose(self) -> Purpose:
        """ENTRY with an `entry`, STOP with a `stop`, EXIT otherwise."""
        if self.entry is not None:
            return Purpose.ENTRY
        return Purpose.EXIT if self.stop is None else Purpose.STOP


class WorkingOrder(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An order with what the venue said of it. Kept until it is final."""

    order: Order
    status: Status = Status.PLACED
    filled: Decimal = Decimal(0)
    venue_order_id: str | None = None
    arrived: bool = False  # the venue has accepted it, or filled some of it
    executions: list[str] = []
    attempts: int = 1
    sent_at: datetime | None = None  # when it was last handed to the executor
    asked: int = 0  # times its fate was asked for in vain
    asked_at: datetime | None = None
    doubted_at: datetime | None = None  # its fate was uncertain then: it may arrive after it was given up
    unlike_at: datetime | None = None  # a protective stop: since then the broker's list tells something else of it
    limited_at: datetime | None = None
    retry_at: datetime | None = None

    @property
    def purpose(self) -> Purpose:
        """What the order is for."""
        return self.order.purpose

    @property
    def remaining(self) -> Decimal:
        """Shares not yet filled."""
        return self.order.quantity - self.filled
