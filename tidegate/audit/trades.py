"""Closed trades, taken apart: by regime, component, symbol, and by the exit rule that each share left under.

slippage = sum of side x (fill price - decision price) x shares, in dollars, over entry and exits; positive is a cost.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from tidegate.audit.rows import Rows
from tidegate.audit.samples import ZERO, Sample
from tidegate.audit.shapes import TradeShape
from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, Purpose
from tidegate.core.domain.positions import Outcome
from tidegate.output.presenting import money, shares

LEGS = ("OrderPlaced", "OrderFilled", "PositionClosed")
CENTS = Decimal("0.00005")  # what money shows; less is rounding
ELSEWHERE = "not by an order of ours"


class Fill(NamedTuple):
    """An execution and the order it belongs to."""

    order: Order
    fill: e.OrderFilled

    @property
    def slippage(self) -> Decimal:
        """Dollars that it cost against the decision price."""
        return self.order.side.sign * (self.fill.price - self.order.decision_price) * self.fill.quantity

    @property
    def rule(self) -> str:
        """The exit rule; a stop that waited at the venue decided by itself."""
        return "protective_stop" if self.order.exit is None else self.order.exit.rule


class Leg(NamedTuple):
    """What the shares that left under one rule came to, net of fees."""

    pnl: Decimal
    fees: Decimal
    slippage: Decimal


class Trades:
    """Every closed position of the week."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.total = Sample()
        self.regimes, self.components, self.exits, self.symbols = (defaultdict[str, Sample](Sample) for _ in range(4))
        self.shapes: list[TradeShape] = []

    def take(self, recorded: e.Recorded) -> None:
        """One `PositionClosed`."""
        if not isinstance(recorded.event, e.PositionClosed):
            return
        outcome = recorded.event.outcome
        fills = fills_of(self._rows.on_trace(recorded.trace, LEGS, recorded.seq))
        parts, slippage = legs(outcome, fills), slippage_of(outcome, fills)
        for sample in (self.total, self.regimes[outcome.regime], self.symbols[outcome.symbol]):
            sample.add(outcome.pnl, fees=outcome.fees, slippage=slippage)
        for name, dollars in outcome.credit.items():
            self.components[name].add(dollars)
        for rule, leg in parts.items():
            known = None if rule == ELSEWHERE else leg.slippage
            self.exits[rule].add(leg.pnl, fees=leg.fees, slippage=known)
        self.shapes.append(_shape(outcome, slippage, list(parts)))


def fills_of(told: Iterable[e.Recorded]) -> list[Fill]:
    """The executions of the trade that the last of these events closes."""
    orders: dict[str, Order] = {}
    found: list[Fill] = []
    *before, _ = told
    for event in (each.event for each in before):
        match event:
            case e.OrderPlaced():
                orders[event.order.client_order_id] = event.order
            case e.OrderFilled() if event.client_order_id in orders:
                found.append(Fill(orders[event.client_order_id], event))
            case e.PositionClosed():  # a late fill opened it again
                found.clear()
            case _:
                pass
    return found


def slippage_of(outcome: Outcome, fills: list[Fill]) -> Decimal | None:
    """Of all fills; None when shares came or went without an order of ours."""
    bought = sum((each.fill.quantity for each in fills if each.order.purpose is Purpose.ENTRY), ZERO)
    sold = sum((each.fill.quantity for each in fills if each.order.purpose is not Purpose.ENTRY), ZERO)
    if bought != outcome.quantity or sold != outcome.quantity:
        return None
    return sum((each.slippage for each in fills), ZERO)


def legs(outcome: Outcome, fills: list[Fill]) -> dict[str, Leg]:
    """Profit by exit rule; together they are the outcome's. The entry's fees are shared out by shares."""
    entries = [each.fill for each in fills if each.order.purpose is Purpose.ENTRY]
    bought = sum((fill.quantity for fill in entries), ZERO)
    cost = sum((fill.quantity * fill.price for fill in entries), ZERO)
    price = cost / bought if bought else outcome.entry_price
    fee = sum((fill.fee for fill in entries), ZERO) / bought if bought else ZERO
    found: dict[str, Leg] = {}
    for each in fills:
        if each.order.purpose is not Purpose.ENTRY:
            fill, known = each.fill, found.get(each.rule, Leg(ZERO, ZERO, ZERO))
            fees = fill.fee + fee * fill.quantity
            pnl = outcome.side.sign * (fill.price - price) * fill.quantity - fees
            found[each.rule] = Leg(known.pnl + pnl, known.fees + fees, known.slippage + each.slippage)
    rest = outcome.pnl - sum((leg.pnl for leg in found.values()), ZERO)
    if not found or abs(rest) >= CENTS:
        found[ELSEWHERE] = Leg(rest, outcome.fees - sum((leg.fees for leg in found.values()), ZERO), ZERO)
    return found


def _shape(outcome: Outcome, slippage: Decimal | None, exits: list[str]) -> TradeShape:
    return TradeShape(
        trace=outcome.trace,
        symbol=outcome.symbol,
        side=outcome.side,
        regime=outcome.regime,
        quantity=shares(outcome.quantity),
        entry_price=money(outcome.entry_price),
        exit_price=money(outcome.exit_price),
        pnl=money(outcome.pnl),
        fees=money(outcome.fees),
        slippage=None if slippage is None else money(slippage),
        exits=exits,
        opened_at=outcome.opened_at,
        closed_at=outcome.closed_at,
    )
