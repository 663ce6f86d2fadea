"""An exit while the entry still works: the entry's rest is canceled first, then what was filled is sold."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import ExitDecision
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance, outstanding
from tidegate.core.domain.values import Side
from tidegate.plugins.exits.stop import Stop
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

LATER = NOW + timedelta(seconds=30)
RULES = Rules(exits=((Stop.key(), Stop()),))


def take(state: State, fact: e.Event, at: datetime = LATER) -> tuple[list[e.Event], list[e.Effect]]:
    records, effects = advance(state, fact, at, RULES)  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event for record in records], effects


def placed(events: list[e.Event]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderPlaced)]


def canceled(effects: list[e.Effect]) -> list[Order]:
    return [effect.order for effect in effects if isinstance(effect, e.Cancel)]


def price(state: State, last: float, at: datetime = LATER) -> tuple[list[e.Event], list[e.Effect]]:
    """What a price leads to once it was seen again, a second later."""
    said: list[e.Event] = []
    effects: list[e.Effect] = []
    for moment in (at - timedelta(seconds=1), at):
        events, wanted = take(state, e.QuoteSeen(source="s", quote=a_quote(at=moment, last=last)), moment)
        said, effects = said + events, effects + wanted
    return said, effects


def filled(order: Order, shares: Decimal | int, name: str = "1") -> e.OrderFilled:
    name = f"{order.client_order_id}/{name}"
    return e.OrderFilled(
        client_order_id=order.client_order_id, execution_id=name, quantity=Decimal(shares), price=Decimal(100)
    )


def half_entered() -> tuple[State, Order]:
    """A long position of two shares whose entry still works for the rest."""
    state = a_state(a_quote())
    (entry,) = placed(take(state, e.SignalScored(signal=a_signal()))[0])
    take(state, e.OrderAccepted(client_order_id=entry.client_order_id, venue_order_id="v-entry"))
    take(state, filled(entry, 2))
    return state, entry


def test_a_stop_reached_while_the_entry_works_cancels_the_entry_and_sends_nothing_yet() -> None:
    state, entry = half_entered()
    events, effects = price(state, 96.0)
    assert [event.decision.rule for event in events if isinstance(event, e.ExitDecided)] == ["stop"]
    assert placed(events) == []
    assert canceled(effects) == [entry]


def test_the_confirmed_cancel_lets_the_exit_go_for_what_was_filled() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    (leaving,) = placed(take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0])
    assert (leaving.leg, leaving.side, leaving.quantity) == ("exit1", Side.SELL, Decimal(2))


def test_shares_that_fill_while_the_cancel_travels_leave_with_a_full_exit() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    assert placed(take(state, filled(entry, 1, "2"))[0]) == []
    (leaving,) = placed(take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0])
    assert leaving.quantity == 3


def test_an_entry_that_fills_whole_before_its_cancel_lets_the_exit_go_too() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    (leaving,) = placed(take(state, filled(entry, entry.quantity - 2, "2"))[0])
    assert leaving.quantity == entry.quantity


def test_the_cancel_is_asked_for_again_at_each_tick_and_after_a_restart() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    assert canceled(take(state, e.Tick())[1]) == [entry]
    assert canceled(outstanding(state)) == [entry]


def test_an_exit_that_is_under_way_is_not_decided_again() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    later = LATER + timedelta(seconds=5)
    assert not any(isinstance(event, e.ExitDecided) for event in price(state, 95.0, later)[0])
    take(state, e.OrderCanceled(client_order_id=entry.client_order_id), later)
    assert not any(isinstance(event, e.ExitDecided) for event in price(state, 94.0, later + timedelta(seconds=5))[0])


def test_a_late_fill_for_a_position_that_is_gone_moves_the_cash_and_nothing_else() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    (leaving,) = placed(take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0])
    take(state, filled(leaving, 1))
    take(state, e.OrderExpired(client_order_id=leaving.client_order_id))
    del state.positions["SPY"]
    before = state.cash_flow
    events, _ = take(state, filled(leaving, 1, "late"))
    assert [type(event) for event in events] == [e.OrderFilled]
    assert state.cash_flow == before + 100
    assert state.positions == {}


def refused(state: State, at: datetime) -> bool:
    """Whether an exit is sent now; the venue refuses it."""
    orders = placed(price(state, 96.0, at)[0])
    for order in orders:
        take(state, e.OrderRejected(client_order_id=order.client_order_id, code="40310000", reason="held"), at)
    return bool(orders)


def test_an_exit_that_the_venue_refuses_is_tried_again_after_pauses_that_double() -> None:
    state = a_state(a_position(), a_quote())
    sent = [second for second in range(1, 41) if refused(state, NOW + timedelta(seconds=second))]
    assert sent == [1, 2, 4, 8, 16, 32]


def test_an_exit_that_fills_in_part_ends_the_pauses() -> None:
    state = a_state(a_position(), a_quote())
    for second in range(1, 9):
        refused(state, NOW + timedelta(seconds=second))
    at = NOW + timedelta(seconds=16)
    (leaving,) = placed(price(state, 96.0, at)[0])
    take(state, filled(leaving, 1), at)
    take(state, e.OrderExpired(client_order_id=leaving.client_order_id), at)
    assert refused(state, at + timedelta(seconds=1))


@pytest.mark.parametrize("full", [True, False])
def test_a_full_exit_is_for_all_that_is_open_and_a_partial_one_for_what_was_decided(*, full: bool) -> None:
    state, entry = half_entered()
    decision = ExitDecision(rule="target", quantity=Decimal(1), full=full, reason="test")
    take(state, e.ExitDecided(symbol="SPY", decision=decision))
    (leaving,) = placed(take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0])
    assert leaving.quantity == (2 if full else 1)


def test_a_late_fill_opens_the_position_again_and_its_exit_has_an_id_of_its_own() -> None:
    state, entry = half_entered()
    price(state, 96.0)
    (leaving,) = placed(take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0])
    take(state, filled(leaving, 2))
    assert state.positions == {}
    events, _ = take(state, filled(entry, 1, "late"))
    assert any(isinstance(event, e.PositionOpened) for event in events)
    (again,) = placed(price(state, 95.0, LATER + timedelta(seconds=5))[0])
    assert (again.leg, again.quantity) == ("exit2", Decimal(1))
