"""Exits that did not come through: decided again, for as long as it takes, and never while the exchange is closed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Target
from tidegate.core.domain.rules import Rules, always
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.broker import BrokerPosition
from tidegate.core.domain.values.halts import Halt, HaltLevel
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.testing import NOW, a_position, a_quote, a_state

TARGETS = (Target(pct=2.0, fraction=0.3), Target(pct=5.0, fraction=0.3), Target(pct=10.0, fraction=0.4))
RULES = Rules(exits=(("exits.stop", Stop()), ("exits.target", TargetExit(targets=TARGETS))))
GONE: dict[str, Callable[[str], e.OrderFact]] = {
    "expired": lambda name: e.OrderExpired(client_order_id=name),
    "canceled": lambda name: e.OrderCanceled(client_order_id=name),
    "rejected": lambda name: e.OrderRejected(client_order_id=name, code="40310000", reason="no"),
}


class Trade:
    """Ten shares at 100 USD, and a clock."""

    def __init__(self, rules: Rules = RULES, **changes: object) -> None:
        self.state = a_state(a_position(targets=TARGETS), a_quote(), **changes)
        self.at, self.rules = NOW, rules
        self.effects: list[e.Effect] = []

    def take(self, fact: e.Event, after_s: float = 2.0) -> list[e.Event]:
        self.at += timedelta(seconds=after_s)
        records, self.effects = advance(self.state, fact, self.at, self.rules)  # type: ignore[arg-type] # decisions too, as if decided
        return [record.event for record in records]

    def price(self, last: float, after_s: float = 300.0) -> list[Order]:
        """The orders that a price leads to once it was seen again, a second later."""
        said: list[e.Event] = []
        for pause_s in (after_s - 1.0, 1.0):
            quote = a_quote(last=last, at=self.at + timedelta(seconds=pause_s))
            said += self.take(e.QuoteSeen(source="sources.recording", quote=quote), pause_s)
        return placed(said)

    def fill(self, order: Order, shares: int) -> list[e.Event]:
        name = order.client_order_id
        filled = e.OrderFilled(
            client_order_id=name, execution_id=f"{name}-{shares}", quantity=Decimal(shares), price=order.limit
        )
        return self.take(filled)

    def restart(self) -> None:
        self.state = decode_state(encode_state(self.state))

    @property
    def shares(self) -> Decimal:
        return self.state.positions["SPY"].quantity


def placed(events: list[e.Event]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderPlaced)]


@pytest.mark.parametrize("how", GONE)
def test_a_target_whose_exit_sold_nothing_is_tried_again(how: str) -> None:
    trade = Trade()
    (first,) = trade.price(102.5)
    trade.take(GONE[how](first.client_order_id), 61)
    trade.restart()
    (again,) = trade.price(103.0)
    assert (again.quantity, again.leg) == (Decimal(3), "exit2")
    trade.fill(again, 3)
    assert trade.price(103.0) == []
    assert trade.state.positions["SPY"].reasons == ["target"]


def test_what_a_targets_exit_left_over_is_sold_at_the_next_try() -> None:
    trade = Trade()
    (first,) = trade.price(105.5)
    assert first.quantity == 6
    trade.fill(first, 4)
    trade.take(e.OrderExpired(client_order_id=first.client_order_id), 61)
    (again,) = trade.price(105.5)
    assert again.quantity == 2
    trade.fill(again, 2)
    assert trade.price(105.5) == []
    (last,) = trade.price(110.5)
    assert (last.quantity, trade.shares) == (Decimal(4), Decimal(4))


def test_a_target_is_not_decided_twice_while_its_exit_works_nor_below_it_afterwards() -> None:
    trade = Trade()
    (first,) = trade.price(102.5)
    assert trade.price(103.0) == []
    trade.take(e.OrderExpired(client_order_id=first.client_order_id), 61)
    assert trade.price(101.0) == []


def test_a_fill_told_after_its_exit_had_ended_counts_for_its_target_and_gives_the_reason() -> None:
    trade = Trade()
    (first,) = trade.price(102.5)
    trade.take(e.OrderExpired(client_order_id=first.client_order_id), 61)
    trade.fill(first, 3)
    assert trade.price(103.0) == []
    assert trade.state.positions["SPY"].reasons == ["target"]


def flattened() -> Trade:
    """A difference at the start, which a person answered with flatten; its exit works."""
    trade = Trade(rules=Rules())
    trade.take(e.EngineStarted(mode="paper", version="0", reconciles=True))
    theirs = BrokerPosition(symbol="SPY", side=PositionSide.LONG, quantity=Decimal(12), average_price=Decimal(100))
    trade.take(e.BrokerSeen(positions=(theirs,)), 30)
    args = {"symbol": "SPY", "answer": "flatten"}
    (order,) = placed(trade.take(e.RequestReceived(id=1, who="me", name="reconcile", args=args)))
    assert order.quantity == 12
    trade.take(e.OrderExpired(client_order_id=order.client_order_id), 61)
    return trade


def test_a_person_who_asked_to_flatten_is_obeyed_until_it_is_flat() -> None:
    trade = flattened()
    trade.restart()
    (again,) = placed(trade.take(e.Tick(), 10))
    assert again.exit is not None
    assert (again.quantity, again.exit.reason) == (Decimal(12), "flattened by me at reconciliation")
    events = trade.fill(again, 12)
    assert any(isinstance(event, e.PositionClosed) for event in events)


def test_what_the_broker_holds_has_the_brokers_price_until_a_source_tells_one() -> None:
    state = a_state()
    advance(state, e.EngineStarted(mode="paper", version="0", reconciles=True), NOW, Rules())
    theirs = BrokerPosition(
        symbol="IWM", side=PositionSide.LONG, quantity=Decimal(3), average_price=Decimal(110), price=Decimal(80)
    )
    advance(state, e.BrokerSeen(positions=(theirs,)), NOW, Rules())
    args = {"symbol": "IWM", "answer": "flatten"}
    records, _ = advance(state, e.RequestReceived(id=1, who="me", name="reconcile", args=args), NOW, Rules())
    (order,) = placed([record.event for record in records])
    assert order.limit == Decimal("79.76")  # 0.3 % under 80


# ---- while the exchange is closed


def closed(_: datetime) -> bool:
    return False


@pytest.mark.parametrize("last", [80.0, 102.5])
def test_no_exit_is_sent_while_the_exchange_is_closed_and_the_stop_stays(last: float) -> None:
    trade = Trade(rules=replace(RULES, is_open=closed), protects=True, reconciles=True)
    theirs = BrokerPosition(symbol="SPY", side=PositionSide.LONG, quantity=Decimal(10), average_price=Decimal(100))
    (stop,) = placed(trade.take(e.BrokerSeen(positions=(theirs,)), 30))
    trade.take(e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v1"))
    for _ in range(10):
        assert trade.price(last) == []
        assert placed(trade.take(e.Tick(), 10)) == []
        assert not any(isinstance(each, e.Cancel | e.Submit) for each in trade.effects)
    trade.rules = replace(RULES, is_open=always)
    trade.price(last)
    assert e.Cancel(order=stop) in trade.effects
    (order,) = placed(trade.take(e.OrderCanceled(client_order_id=stop.client_order_id)))
    assert order.leg == "exit1"


def test_a_halt_that_flattens_waits_for_the_open_too() -> None:
    halt = Halt(level=HaltLevel.FLATTEN, reason="loss", who="me", at=NOW)
    trade = Trade(rules=replace(RULES, is_open=closed), halt=halt)
    assert placed(trade.take(e.Tick(), 10)) == []
    trade.rules = RULES
    assert [order.quantity for order in placed(trade.take(e.Tick(), 10))] == [Decimal(10)]


# ---- what the broker lacks


def started(shares: int, *, side: str = "long") -> tuple[Trade, State]:
    """At a start the broker has other shares than the ten of ours, and nobody has answered yet."""
    trade = Trade()
    trade.take(e.EngineStarted(mode="paper", version="0", reconciles=True))
    theirs = BrokerPosition(symbol="SPY", side=side, quantity=Decimal(shares), average_price=Decimal(100))  # type: ignore[arg-type] # "long" or "short"
    trade.take(e.BrokerSeen(positions=(theirs,) if shares else ()), 30)
    return trade, trade.state


@pytest.mark.parametrize(("shares", "side"), [(0, "long"), (4, "short")])
def test_shares_that_the_broker_does_not_have_are_not_sold(shares: int, side: str) -> None:
    trade, state = started(shares, side=side)
    assert [each.case for each in state.differences.values()] == ["missing there" if not shares else "differs"]
    assert trade.price(90.0) == []


def test_an_exit_sells_what_the_broker_has_while_a_difference_waits() -> None:
    trade, _ = started(7)
    assert [order.quantity for order in trade.price(90.0)] == [Decimal(7)]
