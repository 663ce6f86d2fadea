"""Protective stops against the broker's book: re-verified after a restart, never two for the same shares."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.domain.cash import paid
from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, Status
from tidegate.core.domain.positions import ExitDecision
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.step import advance, outstanding
from tidegate.core.domain.values import PositionSide, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.testing import NOW, a_position, a_quote, a_state

STARTED = e.EngineStarted(mode="paper", version="0", reconciles=True, protects=True)
LATER = NOW + timedelta(seconds=30)


def take(state: State, fact: e.Event, at: datetime = LATER) -> tuple[list[Order], list[e.Effect]]:
    """The orders that follow, and the effects."""
    records, effects = advance(state, fact, at, Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event.order for record in records if isinstance(record.event, e.OrderPlaced)], effects


def listed(order: Order, *, status: str = "new", filled: int = 0) -> BrokerOrder:
    """Our order as the broker lists it."""
    return BrokerOrder(
        client_order_id=order.client_order_id,
        venue_order_id="v-stop",
        symbol=order.symbol,
        side=order.side,
        quantity=order.quantity,
        filled=Decimal(filled),
        status=status,
    )


def foreign(name: str, *, side: str = "sell", shares: int = 10, status: str = "new") -> BrokerOrder:
    return BrokerOrder(
        client_order_id=name, venue_order_id=f"v-{name}", symbol="SPY", side=side, quantity=Decimal(shares),  # type: ignore[arg-type] # "buy" or "sell"
        filled=Decimal(0), status=status,
    )  # fmt: skip


def see(
    state: State, *orders: BrokerOrder, shares: int = 10, at: datetime = LATER
) -> tuple[list[Order], list[e.Effect]]:
    held = BrokerPosition(symbol="SPY", side=PositionSide.LONG, quantity=Decimal(shares), average_price=Decimal(100))
    return take(state, e.BrokerSeen(positions=(held,) if shares else (), orders=orders), at)


def sold(state: State, *orders: BrokerOrder, left: int) -> tuple[list[Order], list[e.Effect]]:
    """A person sells at 100: two looks at a book that lacks the shares, and the cash that they brought in between."""
    _, doubted = see(state, *orders, shares=left)
    assert canceled(doubted) == []  # one look cancels nothing
    at = LATER + timedelta(seconds=5)
    paid(state, 100 * (state.positions["SPY"].quantity - left), at)
    return see(state, *orders, shares=left, at=at + timedelta(seconds=10))


def protected() -> tuple[State, Order]:
    """A long position of ten shares whose stop the venue holds."""
    state = a_state(a_position(), a_quote())
    take(state, STARTED)
    (stop,) = see(state)[0]
    take(state, e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v-stop"))
    return state, stop


def filled(order: Order, shares: Decimal, price: int) -> e.OrderFilled:
    name = order.client_order_id
    return e.OrderFilled(client_order_id=name, execution_id="x", quantity=shares, price=Decimal(price))


def restarted(state: State) -> State:
    again = decode_state(encode_state(state))
    take(again, STARTED)
    return again


def asked(effects: list[e.Effect]) -> list[Order]:
    return [effect.order for effect in effects if isinstance(effect, e.Find)]


def canceled(effects: list[e.Effect]) -> list[Order]:
    return [effect.order for effect in effects if isinstance(effect, e.Cancel)]


def test_a_restart_asks_for_the_stop_and_for_the_book() -> None:
    state, stop = protected()
    assert asked(outstanding(state)) == [stop]
    again = decode_state(encode_state(state))
    assert e.AskBroker() in take(again, STARTED)[1]


@pytest.mark.parametrize("status", ["new", "held", "accepted", "some word that nobody knows"])
def test_a_stop_that_the_book_lists_counts_as_present_whatever_its_status(status: str) -> None:
    state, stop = protected()
    orders, effects = see(restarted(state), listed(stop, status=status))
    assert (orders, asked(effects), canceled(effects)) == ([], [], [])


def test_a_stop_that_is_missing_from_the_book_after_a_restart_is_placed_again() -> None:
    state, stop = protected()
    again = restarted(state)
    assert asked(see(again)[1]) == [stop]
    take(again, e.OrderCanceled(client_order_id=stop.client_order_id))
    (placed,) = see(again, at=LATER + timedelta(seconds=60))[0]
    assert (placed.leg, placed.quantity, placed.stop) == ("stop2", stop.quantity, stop.stop)


def test_a_stop_that_was_never_sent_goes_out_under_its_own_id_after_a_restart() -> None:
    state = a_state(a_position(), a_quote())
    take(state, STARTED)
    (stop,) = see(state)[0]
    again = restarted(state)
    assert asked(outstanding(again)) == [stop]
    _, effects = take(again, e.OrderAbsent(client_order_id=stop.client_order_id))
    assert effects == [e.Submit(order=stop)]


def test_a_stop_that_somebody_else_canceled_waits_for_the_next_comparison() -> None:
    state, stop = protected()
    assert take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0] == []
    assert len(see(state)[0]) == 1


def test_a_correction_of_the_quantity_replaces_the_stop() -> None:
    state, stop = protected()
    _, effects = sold(state, listed(stop), left=7)
    assert canceled(effects) == [stop]
    (again,) = take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0]
    assert (again.leg, again.quantity) == ("stop2", Decimal(7))


def test_a_stop_whose_position_was_closed_without_us_is_canceled_and_not_placed_again() -> None:
    state, stop = protected()
    _, effects = sold(state, listed(stop), left=0)
    assert state.positions == {}
    assert canceled(effects) == [stop]
    assert canceled(outstanding(state)) == [stop]
    assert take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0] == []
    assert state.orders == {}


def test_a_stop_that_fills_after_its_position_was_closed_without_us_opens_nothing_here() -> None:
    state, stop = protected()
    sold(state, listed(stop), left=0)
    take(state, filled(stop, stop.quantity, 95))
    assert (state.positions, state.cash_flow) == ({}, Decimal(950))


def test_a_partial_exit_leaves_a_stop_for_what_remains_that_a_restart_keeps() -> None:
    state, stop = protected()
    decision = ExitDecision(rule="target", quantity=Decimal(3), full=False, reason="test")
    assert canceled(take(state, e.ExitDecided(symbol="SPY", decision=decision))[1]) == [stop]
    (leaving,) = take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0]
    (again,) = take(state, filled(leaving, Decimal(3), 102))[0]
    assert (again.leg, again.quantity) == ("stop2", Decimal(7))
    take(state, e.OrderAccepted(client_order_id=again.client_order_id, venue_order_id="v-stop"))
    orders, effects = see(restarted(state), listed(again), shares=7, at=LATER + timedelta(seconds=60))
    assert (orders, asked(effects), canceled(effects)) == ([], [], [])


def test_a_stop_that_fills_in_part_stays_for_the_rest() -> None:
    state, stop = protected()
    fill = e.OrderFilled(client_order_id=stop.client_order_id, execution_id="x", quantity=Decimal(4), price=Decimal(95))
    _, effects = take(state, fill)
    assert state.positions["SPY"].quantity == 6
    assert canceled(effects) == []
    later = LATER + timedelta(seconds=60)
    assert canceled(see(state, listed(stop, filled=4), shares=6, at=later)[1]) == []
    assert state.orders[stop.client_order_id].status is Status.PARTIAL


def test_a_short_is_protected_by_a_stop_that_buys_above() -> None:
    state = a_state(a_position(side=PositionSide.SHORT), a_quote())
    take(state, STARTED)
    held = BrokerPosition(symbol="SPY", side=PositionSide.SHORT, quantity=Decimal(10), average_price=Decimal(100))
    (stop,) = take(state, e.BrokerSeen(positions=(held,)))[0]
    assert (stop.side, stop.stop, stop.quantity) == (Side.BUY, Decimal("105.00"), Decimal(10))


BRACKET = (foreign("target"), foreign("stop", status="held"))


def test_the_legs_of_a_bracket_by_hand_are_listed_as_external_and_never_canceled() -> None:
    state = a_state(a_position(), a_quote())
    take(state, STARTED)
    orders, effects = see(state, *BRACKET)
    assert set(state.foreign) == {"v-target", "v-stop"}
    assert orders == []  # their shares are held for the bracket: the venue would refuse our stop
    later = LATER + timedelta(seconds=60)
    for fact in (e.Tick(), STARTED, e.BrokerSeen(positions=(), orders=BRACKET)):
        effects += take(state, fact, later)[1]
    assert canceled(effects) == []


@pytest.mark.parametrize(
    ("others", "protected_shares"),
    [
        ((foreign("a", shares=4),), 6),
        ((foreign("a", side="buy"),), 10),
        ((foreign("parent", side="buy"), foreign("a", status="held"), foreign("b", status="held")), 10),
        (BRACKET, 0),
    ],
)
def test_the_stop_is_for_the_shares_that_no_other_order_holds(
    others: tuple[BrokerOrder, ...], protected_shares: int
) -> None:
    state = a_state(a_position(), a_quote())
    take(state, STARTED)
    assert [order.quantity for order in see(state, *others)[0]] == [protected_shares] * bool(protected_shares)


def test_when_the_other_order_is_gone_all_shares_are_protected() -> None:
    state = a_state(a_position(), a_quote())
    take(state, STARTED)
    see(state, *BRACKET)
    (stop,) = see(state, at=LATER + timedelta(seconds=60))[0]
    assert stop.quantity == 10
