"""The three levels of halt: no entries; entries canceled as well; everything sold as well."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance, outstanding
from tidegate.core.domain.values import Side
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

LATER = NOW + timedelta(seconds=30)
LEVELS = ("entries", "reduce", "flatten")


def take(state: State, fact: e.Event, after_s: float = 0.0) -> tuple[list[e.Event], list[e.Effect]]:
    at = LATER + timedelta(seconds=after_s)
    records, effects = advance(state, fact, at, Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event for record in records], effects


def halt(state: State, level: str) -> tuple[list[e.Event], list[e.Effect]]:
    return take(state, e.RequestReceived(id=1, who="me", name="halt", args={"level": level}))


def placed(events: list[e.Event]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderPlaced)]


def canceled(effects: list[e.Effect]) -> list[Order]:
    return [effect.order for effect in effects if isinstance(effect, e.Cancel)]


def entering(*, accepted: bool = True) -> tuple[State, Order]:
    """A held position, and an entry order in another symbol that works."""
    state = a_state(a_position(), a_quote(), a_quote(symbol="QQQ"))
    (entry,) = placed(take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))[0])
    if accepted:
        take(state, e.OrderAccepted(client_order_id=entry.client_order_id, venue_order_id="v"))
    return state, entry


def limited() -> tuple[State, Order]:
    """An entry that was answered 429 and waits to be sent again."""
    state, entry = entering(accepted=False)
    until = LATER + timedelta(seconds=20)
    take(state, e.RateLimited(client_order_id=entry.client_order_id, until=until))
    return state, entry


@pytest.mark.parametrize(("level", "goes"), [("entries", False), ("reduce", True), ("flatten", True)])
def test_reduce_and_flatten_cancel_working_entries_and_entries_leaves_them(level: str, *, goes: bool) -> None:
    state, entry = entering()
    assert canceled(halt(state, level)[1]) == [entry] * goes
    assert canceled(take(state, e.Tick())[1]) == [entry] * goes
    assert canceled(outstanding(state)) == [entry] * goes


@pytest.mark.parametrize(("level", "sold"), [("entries", 0), ("reduce", 0), ("flatten", 10)])
def test_only_flatten_sells_what_is_held(level: str, sold: int) -> None:
    state, _ = entering()
    orders = placed(halt(state, level)[0])
    assert [(order.symbol, order.side, order.quantity) for order in orders] == [
        ("SPY", Side.SELL, Decimal(sold))
    ] * bool(sold)


def test_what_filled_before_a_cancel_confirmed_by_reduce_is_kept_and_by_flatten_sold() -> None:
    for level, sold in (("reduce", []), ("flatten", [Decimal(2)])):
        state, entry = entering()
        halt(state, level)
        fill = e.OrderFilled(
            client_order_id=entry.client_order_id, execution_id="1", quantity=Decimal(2), price=Decimal(100)
        )
        take(state, fill)
        events = [*take(state, e.Tick())[0], *take(state, e.OrderCanceled(client_order_id=entry.client_order_id))[0]]
        assert [order.quantity for order in placed(events)] == sold
        assert state.positions["QQQ"].quantity == 2


def test_a_released_halt_cancels_nothing_more() -> None:
    state, _ = entering()
    halt(state, "reduce")
    take(state, e.RequestReceived(id=2, who="me", name="release"))
    assert canceled(take(state, e.Tick())[1]) == []


@pytest.mark.parametrize("level", LEVELS)
def test_an_entry_that_never_arrived_is_given_up_under_any_halt(level: str) -> None:
    state, entry = limited()
    halt(state, level)
    events, effects = take(state, e.Tick(), after_s=1)
    (given_up,) = [event for event in events if isinstance(event, e.EntryAbandoned)]
    assert (given_up.client_order_id, level in given_up.reason) == (entry.client_order_id, True)
    assert not any(isinstance(effect, e.Submit) for effect in effects)
    assert entry.client_order_id not in state.orders
    assert (state.tally.signals, state.tally.abandoned) == (1, 1)


@pytest.mark.parametrize("level", LEVELS)
def test_an_entry_that_the_venue_does_not_know_is_not_sent_again_under_any_halt(level: str) -> None:
    state, entry = entering(accepted=False)
    take(state, e.OrderUnknown(client_order_id=entry.client_order_id, reason="timeout"))
    halt(state, level)
    events, effects = take(state, e.OrderAbsent(client_order_id=entry.client_order_id))
    assert any(isinstance(event, e.EntryAbandoned) for event in events)
    assert effects == []


@pytest.mark.parametrize("level", LEVELS)
def test_an_exit_that_met_a_rate_limit_is_sent_again_under_any_halt(level: str) -> None:
    state = a_state(a_position(), a_quote())
    (leaving,) = placed(halt(state, "flatten")[0])
    take(state, e.RateLimited(client_order_id=leaving.client_order_id, until=LATER))
    halt(state, level)
    _, effects = take(state, e.Tick(), after_s=5)
    assert [effect.order for effect in effects if isinstance(effect, e.Submit)] == [leaving]


def test_an_entry_canceled_before_it_arrived_is_counted_as_abandoned() -> None:
    state, entry = entering(accepted=False)
    halt(state, "reduce")
    take(state, e.OrderCanceled(client_order_id=entry.client_order_id))
    assert (state.tally.abandoned, state.tally.entered) == (1, 0)


@pytest.mark.parametrize("level", LEVELS)
def test_a_halt_stops_entries_although_no_gate_tells_of_it(level: str) -> None:
    state = a_state(a_quote(symbol="QQQ"))
    halt(state, level)
    events, effects = take(state, e.SignalScored(signal=a_signal(symbol="QQQ")))
    (judgement,) = [event.judgement for event in events if isinstance(event, e.SignalJudged)]
    assert [verdict.gate for verdict in judgement.verdicts if verdict.blocks] == ["halt"]
    assert effects == []
