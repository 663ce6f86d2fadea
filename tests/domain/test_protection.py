from datetime import timedelta
from decimal import Decimal

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, Status
from tidegate.core.domain.positions import ExitDecision
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance, outstanding
from tidegate.testing import NOW, a_quote, a_signal, a_state

LATER = NOW + timedelta(seconds=30)


def take(state: State, fact: e.Event) -> tuple[list[e.Event], list[e.Effect]]:
    records, effects = advance(state, fact, LATER, Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event for record in records], effects


def placed(events: list[e.Event]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderPlaced)]


def filled(order: Order, shares: Decimal | None = None, price: str = "100") -> e.OrderFilled:
    return e.OrderFilled(
        client_order_id=order.client_order_id,
        execution_id=f"{order.client_order_id}/{shares}",
        quantity=order.quantity if shares is None else shares,
        price=Decimal(price),
    )


def entered() -> tuple[State, Order, Order]:
    """A long position at a venue that holds stops, its entry order, and the protective stop."""
    state = a_state(a_quote())
    take(state, e.EngineStarted(mode="paper", version="0", protects=True))
    (entry,) = placed(take(state, e.SignalScored(signal=a_signal()))[0])
    (stop,) = placed(take(state, filled(entry))[0])
    take(state, e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v-stop"))
    return state, entry, stop


def leave(state: State, shares: Decimal, *, full: bool) -> tuple[list[e.Event], list[e.Effect]]:
    decision = ExitDecision(rule="target", quantity=shares, full=full, reason="test")
    return take(state, e.ExitDecided(symbol="SPY", decision=decision))


def test_a_filled_entry_is_protected_for_all_its_shares_five_percent_below() -> None:
    _, entry, stop = entered()
    assert (stop.stop, stop.quantity, stop.side.value) == (Decimal("95.00"), entry.quantity, "sell")
    assert stop.leg == "stop1"


def test_a_venue_that_holds_no_stops_is_not_asked_to() -> None:
    state = a_state(a_quote())
    (entry,) = placed(take(state, e.SignalScored(signal=a_signal()))[0])
    assert placed(take(state, filled(entry))[0]) == []


def test_an_exit_waits_until_the_cancel_of_the_stop_is_confirmed() -> None:
    state, entry, stop = entered()
    events, effects = leave(state, entry.quantity, full=True)
    assert placed(events) == []
    assert [effect.order for effect in effects if isinstance(effect, e.Cancel)] == [stop]
    events, _ = take(state, e.OrderCanceled(client_order_id=stop.client_order_id))
    assert [(order.leg, order.quantity) for order in placed(events)] == [("exit1", entry.quantity)]


def test_a_waiting_exit_survives_a_restart() -> None:
    state, entry, stop = entered()
    leave(state, entry.quantity, full=True)
    assert e.Cancel(order=stop) in outstanding(state)


def test_a_partial_exit_is_followed_by_a_stop_for_what_remains() -> None:
    state, entry, stop = entered()
    leave(state, Decimal(1), full=False)
    (exit_order,) = placed(take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0])
    (again,) = placed(take(state, filled(exit_order))[0])
    assert (again.leg, again.quantity, again.stop) == ("stop2", entry.quantity - 1, Decimal("95.00"))


def test_a_stop_that_fills_while_its_cancel_travels_closes_the_position_once() -> None:
    state, entry, stop = entered()
    leave(state, entry.quantity, full=True)
    events, _ = take(state, filled(stop, price="95"))
    outcome = next(event.outcome for event in events if isinstance(event, e.PositionClosed))
    assert outcome.quantity == entry.quantity
    assert "protective_stop" in outcome.reasons
    assert placed(events) == []
    assert state.orders == {}


def test_a_stop_that_partly_filled_before_its_cancel_leaves_an_exit_for_the_rest() -> None:
    state, entry, stop = entered()
    leave(state, entry.quantity, full=True)
    take(state, filled(stop, Decimal(2), "95"))
    (exit_order,) = placed(take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0])
    assert exit_order.quantity == entry.quantity - 2


def test_an_exit_that_expires_unfilled_is_protected_again() -> None:
    state, entry, stop = entered()
    leave(state, entry.quantity, full=True)
    (exit_order,) = placed(take(state, e.OrderCanceled(client_order_id=stop.client_order_id))[0])
    (again,) = placed(take(state, e.OrderExpired(client_order_id=exit_order.client_order_id))[0])
    assert (again.leg, again.quantity) == ("stop2", entry.quantity)
    assert state.orders[again.client_order_id].status is Status.PLACED


def test_an_entry_that_expires_half_filled_is_protected_for_what_filled() -> None:
    state = a_state(a_quote())
    take(state, e.EngineStarted(mode="paper", version="0", protects=True))
    (entry,) = placed(take(state, e.SignalScored(signal=a_signal()))[0])
    assert placed(take(state, filled(entry, Decimal(2)))[0]) == []
    (stop,) = placed(take(state, e.OrderExpired(client_order_id=entry.client_order_id))[0])
    assert stop.quantity == 2
