"""Exits around the exchange's hours: what was decided or under way at the close, and what waits for the open."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tidegate.core.calendar import is_open
from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import ExitDecision, Target
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.plugins.exits.time_limit import TimeLimit
from tidegate.testing import a_position, a_quote, a_state

TARGETS = (Target(pct=2.0, fraction=0.3), Target(pct=5.0, fraction=0.3), Target(pct=10.0, fraction=0.4))
EXITS = (Stop(), TargetExit(targets=TARGETS), TimeLimit())
RULES = Rules(exits=tuple((rule.key(), rule) for rule in EXITS), is_open=is_open)
CLOSE = datetime(2025, 10, 17, 20, tzinfo=UTC)  # a Friday
OPEN = datetime(2025, 10, 20, 13, 30, tzinfo=UTC)  # the Monday after it
MOMENT = timedelta(seconds=1)


class Desk:
    """Ten shares at 100 USD with a stop, at a venue that accepts at once and confirms every cancel."""

    def __init__(self, at: datetime, rules: Rules = RULES, *, protects: bool = True) -> None:
        opened = at - timedelta(minutes=30)
        self.state: State = a_state(a_position(targets=TARGETS, opened_at=opened), a_quote(at=opened))
        self.at, self.rules = at, rules
        self.sent: list[tuple[datetime, Order]] = []
        self.asked: list[Order] = []  # cancels
        self.take(e.EngineStarted(mode="paper", version="0", protects=protects, reconciles=True))
        self.take(self.book(10))

    def book(self, shares: int) -> e.BrokerSeen:
        theirs = BrokerPosition(
            symbol="SPY", side=PositionSide.LONG, quantity=Decimal(shares), average_price=Decimal(100)
        )
        stops = tuple(
            BrokerOrder(
                client_order_id=name,
                venue_order_id=f"v-{name}",
                symbol="SPY",
                side=Side.SELL,
                quantity=working.order.quantity,
                filled=working.filled,
                status="accepted",
            )
            for name, working in self.state.orders.items()
        )
        return e.BrokerSeen(positions=(theirs,), orders=stops)

    def take(self, fact: e.Event) -> list[e.Event]:
        records, effects = advance(self.state, fact, self.at, self.rules)  # type: ignore[arg-type] # decisions too, as if decided
        for effect in effects:
            if isinstance(effect, e.Submit):
                name = effect.order.client_order_id
                self.sent.append((self.at, effect.order))
                self.take(e.OrderAccepted(client_order_id=name, venue_order_id=f"v-{name}"))
            elif isinstance(effect, e.Cancel) and effect.order not in self.asked:
                self.asked.append(effect.order)
        return [record.event for record in records]

    def confirm(self) -> None:
        """The venue has canceled what it was asked to."""
        for order in [order for order in self.asked if order.client_order_id in self.state.orders]:
            self.take(e.OrderCanceled(client_order_id=order.client_order_id))

    def price(self, last: float) -> list[e.Event]:
        """A price, now and a second later."""
        said = self.take(e.QuoteSeen(source="sources.recording", quote=a_quote(last=last, at=self.at)))
        self.at += MOMENT
        return said + self.take(e.QuoteSeen(source="sources.recording", quote=a_quote(last=last, at=self.at)))

    def ticks(self, until: datetime, every: timedelta) -> Iterator[datetime]:
        """Ticks up to a time; what they ask for is confirmed, and orders that are over expire."""
        while self.at + every <= until:
            self.at += every
            self.take(e.Tick())
            self.confirm()
            for working in [each for each in self.state.working("SPY") if each.order.expires_at <= self.at]:
                self.take(e.OrderExpired(client_order_id=working.order.client_order_id))
            yield self.at

    @property
    def exits(self) -> list[tuple[datetime, Order]]:
        return [(at, order) for at, order in self.sent if order.exit is not None]


@pytest.mark.parametrize("last", [96.0, 100.5, 111.0])
def test_from_the_close_to_the_next_open_nothing_is_sent_and_the_stop_stands_at_every_tick(last: float) -> None:
    desk = Desk(CLOSE)
    before = len(desk.sent)
    desk.price(last)
    for at in desk.ticks(OPEN - MOMENT, timedelta(minutes=7)):
        assert desk.state.protection("SPY") is not None, at
    assert (desk.sent[before:], desk.asked) == ([], [])
    desk.at = OPEN
    desk.price(last)
    desk.confirm()
    assert [(at, order.leg) for at, order in desk.exits] == [(OPEN + MOMENT, "exit1")]


@pytest.mark.parametrize(
    ("at", "sent"),
    [(CLOSE - 2 * MOMENT, 1), (CLOSE - MOMENT, 0), (OPEN - 2 * MOMENT, 0), (OPEN - MOMENT, 0), (OPEN, 1)],
)
def test_the_open_is_inside_and_the_close_is_not(at: datetime, sent: int) -> None:
    desk = Desk(at)
    desk.price(96.0)
    desk.confirm()
    assert len(desk.exits) == sent


def test_an_exit_whose_stop_is_gone_only_after_the_close_waits_behind_a_new_stop_and_is_decided_anew() -> None:
    desk = Desk(CLOSE - 2 * MOMENT, Rules(exits=RULES.exits[1:2], is_open=is_open))
    (first,) = [order for _, order in desk.sent]
    desk.price(102.5)
    position = desk.state.positions["SPY"]
    assert (desk.asked, position.targets_hit) == ([first], [0])
    desk.at = CLOSE + MOMENT
    desk.confirm()
    assert [order.leg for _, order in desk.sent] == ["stop1", "stop2"]
    assert (position.leaving, position.targets_hit, position.reasons) == (None, [], [])
    for _ in desk.ticks(CLOSE + timedelta(hours=1), timedelta(seconds=10)):
        assert desk.state.protection("SPY") is not None
    desk.state, desk.at = decode_state(encode_state(desk.state)), OPEN
    desk.price(105.5)
    desk.confirm()
    assert [(order.leg, order.quantity) for _, order in desk.exits] == [("exit1", Decimal(6))]


def test_an_exit_that_waits_at_a_venue_without_stops_goes_at_the_open() -> None:
    desk = Desk(CLOSE, protects=False)
    decision = ExitDecision(rule="stop", quantity=Decimal(10), full=True, reason="decided just before")
    desk.take(e.ExitDecided(symbol="SPY", decision=decision))
    list(desk.ticks(CLOSE + timedelta(hours=1), timedelta(minutes=1)))
    assert desk.sent == []
    desk.at = OPEN
    desk.price(100.0)
    assert [order.quantity for _, order in desk.sent] == [Decimal(10)]


def test_an_exit_that_works_at_the_close_expires_and_the_stop_comes_back_for_the_night() -> None:
    desk = Desk(CLOSE - 2 * MOMENT)
    desk.price(96.0)
    desk.confirm()
    ((_, leaving),) = desk.exits
    fill = e.OrderFilled(
        client_order_id=leaving.client_order_id, execution_id="1", quantity=Decimal(4), price=leaving.limit
    )
    desk.take(fill)
    list(desk.ticks(CLOSE + timedelta(hours=1), timedelta(seconds=10)))
    assert [(order.leg, order.quantity) for _, order in desk.sent] == [
        ("stop1", Decimal(10)),
        ("exit1", Decimal(10)),
        ("stop2", Decimal(6)),
    ]
    assert desk.state.protection("SPY") is not None


def test_a_person_who_flattens_while_the_exchange_is_closed_is_obeyed_at_the_open_and_the_stop_waits_with_it() -> None:
    desk = Desk(CLOSE + timedelta(hours=1))
    desk.take(e.EngineStopped(reason="asked"))
    desk.take(e.EngineStarted(mode="paper", version="0", protects=True, reconciles=True))
    desk.at += timedelta(minutes=1)
    desk.take(desk.book(12))
    args = {"symbol": "SPY", "answer": "flatten"}
    desk.take(e.RequestReceived(id=1, who="me", name="reconcile", args=args))
    desk.confirm()
    ended = len(desk.sent)
    desk.state = decode_state(encode_state(desk.state))
    for at in desk.ticks(desk.at + timedelta(hours=2), timedelta(seconds=10)):
        stop = desk.state.protection("SPY")
        assert stop is not None, at
        assert stop.remaining == 12
    assert (desk.exits, desk.sent[ended:]) == ([], [])
    desk.at = OPEN
    desk.price(100.0)
    desk.confirm()
    ((_, order),) = desk.exits
    assert order.exit is not None
    assert (order.quantity, order.exit.reason) == (Decimal(12), "flattened by me at reconciliation")


@pytest.mark.parametrize("told", [OPEN - timedelta(minutes=2), OPEN + 30 * MOMENT])
def test_an_exit_at_the_open_waits_for_a_price_of_the_morning(told: datetime) -> None:
    desk = Desk(CLOSE)
    for at in desk.ticks(OPEN + timedelta(minutes=6), timedelta(seconds=10)):
        if at == told:
            desk.take(e.QuoteSeen(source="sources.recording", quote=a_quote(last=100.0, at=at)))
            desk.confirm()
    assert [at for at, _ in desk.exits[:1]] == ([told] if told > OPEN else [])


def test_what_a_person_asks_for_waits_for_a_price_of_the_morning_but_not_for_ever() -> None:
    desk = Desk(CLOSE)
    desk.take(e.RequestReceived(id=1, who="me", name="halt", args={"level": "flatten", "reason": "news"}))
    list(desk.ticks(OPEN + timedelta(minutes=6), timedelta(seconds=10)))
    assert desk.exits[0][0] == OPEN + timedelta(seconds=60)


def test_a_halt_that_flattens_while_the_exchange_is_closed_leaves_the_stops_until_the_open() -> None:
    desk = Desk(CLOSE + timedelta(hours=1))
    desk.take(e.RequestReceived(id=1, who="me", name="halt", args={"level": "flatten", "reason": "news"}))
    list(desk.ticks(desk.at + timedelta(hours=2), timedelta(seconds=10)))
    assert (desk.asked, [order.leg for _, order in desk.sent]) == ([], ["stop1"])
    desk.at = OPEN
    desk.price(100.0)
    desk.confirm()
    assert [order.quantity for _, order in desk.exits] == [Decimal(10)]
