"""Executor paper: a venue inside the engine. Every answer is a pure function of seed, order, settings and schedule."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from functools import cached_property
from hashlib import sha256
from typing import Annotated, ClassVar

from msgspec import Meta

from tidegate import (
    AccountSeen,
    Executor,
    Fact,
    Line,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    Percent,
    Purpose,
    RateLimited,
    Status,
    VenueUnavailable,
    hookimpl,
)
from tidegate.plugins.executors.paper.venue import CENT, Venue, Window, account_of, inside

SUB_DOLLAR_STEP = Decimal("0.0001")
Latency = Annotated[int, Meta(ge=0, le=1000)]  # milliseconds; an order is done well before the next tick looks at it
Seed = Annotated[int, Meta(ge=-(10**12), le=10**12)]
MOST_USD = 10**12
Said = tuple[datetime, Fact]


class Paper(Executor, frozen=True, kw_only=True, dict=True):
    """Simulates acceptance, slippage, fills in parts, rejects, rate limits and outages, deterministic from `seed`.

    Price: the decision price moved against us by 0 to 2 x `slippage_bps` basis points, never beyond the limit, in
    cents (under 1 USD: 1/100 cent). Delays: 0.5 to 1.5 x `accept_ms`, and as much of `fill_ms` for each part.
    `partial_pct` percent of the orders over one share fill in two or three parts; `reject_pct` percent of the entries
    are refused. An order sent inside a rate limit does not arrive; one sent inside an outage does, and is answered
    afterwards. `cash` is the opening balance and `fee_per_share` a cost, in USD.
    """

    name: ClassVar[str] = "paper"
    simulated: ClassVar[bool] = True
    seed: Seed = 7
    cash: Decimal = Decimal(10_000)
    accept_ms: Latency = 120
    fill_ms: Latency = 240
    slippage_bps: Annotated[float, Meta(ge=0, le=10_000)] = 2.0
    partial_pct: Percent = 15.0
    reject_pct: Percent = 0.0
    fee_per_share: Decimal = Decimal("0.00")
    rate_limits: tuple[Window, ...] = ()
    outages: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        """Refuse money that cannot be."""
        if not self.cash > 0 or not self.fee_per_share >= 0:
            raise ValueError("cash must be above 0 and fee_per_share not below 0")
        if max(self.cash, self.fee_per_share) > MOST_USD:
            raise ValueError(f"cash and fee_per_share must be at most {MOST_USD:,} US dollars")

    @cached_property
    def _venue(self) -> Venue:
        return Venue()

    @property
    def _line(self) -> Line:
        if self._venue.line is None:
            raise RuntimeError("the paper venue is not open")
        return self._venue.line

    async def open(self, line: Line) -> None:
        """Take the line; nothing is remembered from an earlier run."""
        self._venue.line = line
        self._venue.arrived.clear()

    async def submit(self, order: Order, at: datetime) -> None:
        """Answer an order sent at `at`: a rate limit, silence (an outage), or acceptance and what follows."""
        first = self._venue.arrived.get(order.client_order_id, at)
        if (window := inside(self.rate_limits, first)) is not None:
            limited = RateLimited(client_order_id=order.client_order_id, until=window.end.astimezone(UTC))
            self._line.publish(first + self._delay(order, "limit", self.accept_ms), limited)
        elif inside(self.outages, self._venue.arrive(order, at)) is not None:
            lost = OrderUnknown(client_order_id=order.client_order_id, reason="no answer")
            self._line.publish(first + self._delay(order, "lost", self.accept_ms), lost)
        else:
            self._answer(order, first)

    async def find(self, order: Order) -> None:
        """Say everything again, at the times it was first said; what an outage held back is said after it."""
        sent = self._sent(order)
        await self.submit(order, sent)
        if inside(self.outages, sent) is not None and inside(self.rate_limits, sent) is None:
            self._answer(order, sent)

    async def cancel(self, order: Order) -> None:
        """Confirmed at once for an order that never arrived; any other is filled sooner than a cancel travels."""
        working = self._line.state().orders.get(order.client_order_id)
        if working is not None and working.status is Status.LIMITED:
            self._line.publish(self._line.now(), OrderCanceled(client_order_id=order.client_order_id))
        else:
            await self.find(order)

    async def account(self, at: datetime) -> AccountSeen | None:
        """Cash, equity and buying power (twice equity, less gross exposure) in USD; None during an outage."""
        if inside(self.outages, at) is not None:
            self._line.publish(at, VenueUnavailable(reason="paper venue: outage"))
            return None
        return AccountSeen(account=account_of(self._line.state(), self.cash, at))

    def _sent(self, order: Order) -> datetime:
        """When the order was sent, the first time that it reached the venue."""
        working = self._line.state().orders.get(order.client_order_id)
        sent = order.placed_at if working is None else working.sent_at
        return self._venue.arrived.get(order.client_order_id, sent or order.placed_at)

    def _answer(self, order: Order, sent: datetime) -> None:
        outage = inside(self.outages, sent)
        for at, fact in self._script(order, sent if outage is None else outage.end):
            self._line.publish(at, fact)

    def _script(self, order: Order, start: datetime) -> list[Said]:
        """Acceptance or refusal, then the executions."""
        name = order.client_order_id
        at = start + self._delay(order, "accept", self.accept_ms)
        if order.purpose is Purpose.ENTRY and self._chance(order, "reject") * 100.0 < self.reject_pct:
            return [(at, OrderRejected(client_order_id=name, code="42210000", reason="refused by the paper venue"))]
        venue_id = f"paper-{self._digest(order, 'id').hex()[:12]}"
        said: list[Said] = [(at, OrderAccepted(client_order_id=name, venue_order_id=venue_id))]
        for number, quantity in enumerate(self._parts(order), 1):
            at += self._delay(order, f"fill{number}", self.fill_ms)
            fill = OrderFilled(
                client_order_id=name,
                execution_id=f"{venue_id}-{number}",
                quantity=quantity,
                price=self._price(order, number),
                fee=(self.fee_per_share * quantity).quantize(CENT, ROUND_HALF_EVEN),
            )
            said.append((at, fill))
        return said

    def _parts(self, order: Order) -> list[Decimal]:
        quantity = order.quantity
        if quantity <= 1 or self._chance(order, "partial") * 100.0 >= self.partial_pct:
            return [quantity]
        step = Decimal(1) if quantity == quantity.to_integral_value() else SUB_DOLLAR_STEP
        count = 3 if quantity >= 3 and self._chance(order, "parts") < 0.5 else 2
        share = (quantity / count).quantize(step, ROUND_DOWN)
        return [share] * (count - 1) + [quantity - share * (count - 1)]

    def _price(self, order: Order, number: int) -> Decimal:
        slip = Decimal(str(self._chance(order, f"slip{number}") * 2.0 * self.slippage_bps / 10_000.0))
        step = CENT if order.decision_price >= 1 else SUB_DOLLAR_STEP
        price = (order.decision_price * (1 + order.side.sign * slip)).quantize(step, ROUND_HALF_EVEN)
        return min(price, order.limit) if order.side.sign > 0 else max(price, order.limit)

    def _delay(self, order: Order, what: str, millis: int) -> timedelta:
        return timedelta(milliseconds=round(millis * (0.5 + self._chance(order, f"{what} delay"))))

    def _chance(self, order: Order, what: str) -> float:
        """A number in [0, 1) that depends on the seed, the order's id and `what`, and on nothing else."""
        return int.from_bytes(self._digest(order, what)[:6]) / 2**48

    def _digest(self, order: Order, what: str) -> bytes:
        return sha256(f"{self.seed}\x1f{order.client_order_id}\x1f{what}".encode()).digest()


@hookimpl
def tidegate_executors() -> list[type[Executor]]:
    """The executors of this module."""
    return [Paper]
