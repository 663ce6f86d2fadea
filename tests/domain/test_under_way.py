"""What keeps a session from ending: whatever the venue has still to answer."""

from decimal import Decimal

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import ExitDecision
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.testing import NOW, a_quote, a_signal, a_state


def take(state: State, fact: e.Event) -> list[Order]:
    """The orders that follow."""
    records, _ = advance(state, fact, NOW, Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event.order for record in records if isinstance(record.event, e.OrderPlaced)]


def entered() -> tuple[State, Order]:
    """A long position, and its protective stop on the way to the venue."""
    state = a_state(a_quote())
    take(state, e.EngineStarted(mode="paper", version="0", protects=True))
    (entry,) = take(state, e.SignalScored(signal=a_signal()))
    name, price = entry.client_order_id, Decimal(100)
    (stop,) = take(state, e.OrderFilled(client_order_id=name, execution_id="1", quantity=entry.quantity, price=price))
    return state, stop


def test_a_protective_stop_is_under_way_until_the_venue_has_it() -> None:
    state, stop = entered()
    assert state.busy
    take(state, e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v-1"))
    assert not state.busy


def test_a_decided_exit_is_under_way_while_it_waits_for_its_stop_to_be_canceled() -> None:
    state, stop = entered()
    take(state, e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v-1"))
    decision = ExitDecision(rule="target", quantity=Decimal(1), full=False, reason="test")
    assert take(state, e.ExitDecided(symbol="SPY", decision=decision)) == []
    assert state.busy
