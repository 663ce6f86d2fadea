"""What comes late: orders after we gave them up, and the broker's book after it has changed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.books.late_orders import DOUBT
from tidegate.core.domain.orders import Order
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

LATE_S = 300.0  # an entry's price is old by then


def take(state: State, fact: e.Event, after_s: float = 0.0) -> tuple[list[e.Event], list[e.Effect]]:
    records, effects = advance(state, fact, NOW + timedelta(seconds=after_s), Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event for record in records], effects


def entering(*, protects: bool = True) -> tuple[State, Order]:
    """An entry whose request timed out."""
    state = a_state(a_quote(symbol="QQQ"))
    take(state, e.EngineStarted(mode="paper", version="1", reconciles=True, protects=protects))
    take(state, e.BrokerSeen(positions=()))
    events, _ = take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))
    (order,) = (event.order for event in events if isinstance(event, e.OrderPlaced))
    take(state, e.OrderUnknown(client_order_id=order.client_order_id, reason="timeout"))
    return state, order


@pytest.fixture
def given_up() -> tuple[State, Order]:
    state, order = entering()
    events, effects = take(state, e.OrderAbsent(client_order_id=order.client_order_id), LATE_S)
    assert any(isinstance(event, e.EntryAbandoned) for event in events)
    assert effects == []
    return state, order


def held(order: Order, *, orders: tuple[BrokerOrder, ...] = ()) -> e.BrokerSeen:
    """The broker holds the shares of an order."""
    position = BrokerPosition(
        symbol=order.symbol, side=PositionSide.LONG, quantity=order.quantity, average_price=order.limit
    )
    return e.BrokerSeen(positions=(position,), orders=orders)


def test_shares_of_an_entry_that_was_given_up_are_asked_for_before_they_count_as_somebody_elses(
    given_up: tuple[State, Order],
) -> None:
    state, order = given_up
    events, effects = take(state, held(order), LATE_S + 60)
    assert not any(isinstance(event, e.DifferenceFound) for event in events)
    assert e.Find(order=order) in effects


def test_the_late_fill_of_an_entry_that_was_given_up_opens_its_position_with_all_that_is_known(
    given_up: tuple[State, Order],
) -> None:
    state, order = given_up
    fill = e.OrderFilled(
        client_order_id=order.client_order_id, execution_id="x1", quantity=order.quantity, price=Decimal(100)
    )
    assert admit(state, fill) == fill
    events, _ = take(state, fill, LATE_S + 61)
    assert any(isinstance(event, e.PositionOpened) for event in events)
    assert state.positions["QQQ"].entry == order.entry
    assert state.cash_flow == -order.quantity * 100
    assert admit(state, fill) is None


def test_nobody_waits_for_ever_for_an_entry_that_was_given_up(given_up: tuple[State, Order]) -> None:
    state, order = given_up
    events, effects = take(state, held(order), DOUBT.total_seconds() + LATE_S)
    assert any(isinstance(event, e.DifferenceFound) for event in events)
    assert e.Find(order=order) not in effects


def test_that_an_order_we_gave_up_is_absent_is_no_news(given_up: tuple[State, Order]) -> None:
    state, order = given_up
    assert admit(state, e.OrderAbsent(client_order_id=order.client_order_id)) is None


def test_an_order_that_is_over_here_and_open_there_is_canceled(given_up: tuple[State, Order]) -> None:
    state, order = given_up
    there = BrokerOrder(
        venue_order_id="v",
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=Side.BUY,
        quantity=order.quantity,
        filled=Decimal(0),
        status="new",
    )
    _, effects = take(state, e.BrokerSeen(positions=(), orders=(there,)), LATE_S + 60)
    assert e.Cancel(order=order) in effects


def test_a_stop_that_was_called_off_before_it_arrived_is_still_asked_for() -> None:
    state = a_state(a_position(), a_quote())
    take(state, e.EngineStarted(mode="paper", version="1", reconciles=True, protects=True))
    ours = state.positions["SPY"]
    seen = BrokerPosition(
        symbol="SPY", side=PositionSide.LONG, quantity=ours.quantity, average_price=ours.average_price
    )
    events, _ = take(state, e.BrokerSeen(positions=(seen,)))
    (stop,) = (event.order for event in events if isinstance(event, e.OrderPlaced))
    take(state, e.OrderUnknown(client_order_id=stop.client_order_id, reason="timeout"))
    take(state, e.OrderCanceled(client_order_id=stop.client_order_id))
    _, effects = take(state, e.BrokerSeen(positions=(seen,)), 30)
    assert e.Find(order=stop) in effects


def test_a_book_that_was_asked_for_before_a_fill_is_not_held_against_the_position() -> None:
    state, order = entering(protects=False)
    fill = e.OrderFilled(
        client_order_id=order.client_order_id, execution_id="x1", quantity=order.quantity, price=Decimal(100)
    )
    take(state, fill, 20)
    before, after = (e.BrokerSeen(positions=(), asked_at=NOW + timedelta(seconds=asked)) for asked in (10, 30))
    assert not any(isinstance(event, e.DifferenceFound) for event in take(state, before, 60)[0])
    assert any(isinstance(event, e.DifferenceFound) for event in take(state, after, 60)[0])
