"""What the broker's book may and may not do to ours: a person's own shares, splits, gifts, and fills told late."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.domain.cash import paid
from tidegate.core.domain import events as e
from tidegate.core.domain.books.reconciliation import STOP_ANSWERS
from tidegate.core.domain.orders import Order
from tidegate.core.domain.ownership import beyond, split_of
from tidegate.core.domain.positions import ExitDecision
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Foreign, Reconcile, Settings
from tidegate.core.domain.state import State, Symbol, decode_state, encode_state
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import DecisionKind, PositionSide, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.core.domain.views import books, trace_view
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

OWN = Rules(settings=Settings(reconcile=Reconcile(foreign=Foreign.ADOPT)))  # an account of the bot's own
LATER = NOW + timedelta(seconds=30)
MINUTE = timedelta(minutes=1)


def theirs(shares: float = 10, price: str = "100", *, symbol: str = "SPY", now: str | None = None) -> BrokerPosition:
    return BrokerPosition(
        symbol=symbol,
        side=PositionSide.LONG if shares > 0 else PositionSide.SHORT,
        quantity=Decimal(str(abs(shares))),
        average_price=Decimal(price),
        price=None if now is None else Decimal(now),
    )


def take(state: State, fact: e.Event, at: datetime = LATER, *, rules: Rules | None = None) -> list[e.Event]:
    records, _ = advance(state, fact, at, rules or Rules())  # type: ignore[arg-type] # decisions too, as if decided
    return [record.event for record in records]


def see(
    state: State,
    *held: BrokerPosition,
    orders: tuple[BrokerOrder, ...] = (),
    at: datetime = LATER,
    rules: Rules | None = None,
) -> list[e.Event]:
    return take(state, e.BrokerSeen(positions=held, orders=orders), at, rules=rules)


def sold(state: State, *left: BrokerPosition, dollars: str, at: datetime = LATER) -> list[e.Event]:
    """Two looks at a book that lacks shares of ours, and the cash that they brought in between."""
    see(state, *left, at=at)
    at += timedelta(seconds=5)
    paid(state, Decimal(dollars), at)
    return see(state, *left, at=at + timedelta(seconds=10))


def answer(state: State, word: str, symbol: str = "SPY") -> tuple[list[e.Event], list[e.Answer]]:
    asked = e.RequestReceived(id=1, who="me", name="reconcile", args={"symbol": symbol, "answer": word})
    records, effects = advance(state, asked, LATER, Rules())
    return [record.event for record in records], [each for each in effects if isinstance(each, e.Answer)]


def started(state: State, *, protects: bool = False) -> State:
    take(state, e.EngineStarted(mode="paper", version="0", reconciles=True, protects=protects), NOW)
    return state


def placed(events: list[e.Event]) -> list[Order]:
    return [event.order for event in events if isinstance(event, e.OrderPlaced)]


def alone() -> State:
    """A person's 1,000 shares, which they said to leave alone."""
    state = started(a_state(a_quote()))
    see(state, theirs(1000, "80"))
    answer(state, "ignore")
    return state


def test_no_entry_is_made_in_what_a_person_left_alone() -> None:
    state = alone()
    see(state, theirs(1000, "80"))
    judged = [
        event.judgement for event in take(state, e.SignalScored(signal=a_signal())) if isinstance(event, e.SignalJudged)
    ]
    assert [each.decision for each in judged] == [DecisionKind.BLOCKED]
    assert "left alone" in judged[0].reason
    other = take(state, e.SignalScored(signal=a_signal(symbol="QQQ", trace="uw_00000000000000aa")))
    assert placed(other) != []


@pytest.mark.parametrize("shares", [1004.25, 2000, 400, -3])
def test_what_a_person_left_alone_stays_so_in_whatever_number(shares: float) -> None:
    state = alone()
    assert see(state, theirs(shares, "80"), at=LATER + MINUTE)[1:] == [e.Reconciled(differences=0)]
    assert state.positions == {}
    assert [(each.symbol, each.theirs) for each in books(state).ignored] == [("SPY", Decimal(str(shares)))]


def test_what_a_person_left_alone_is_forgotten_once_the_broker_has_none() -> None:
    state = alone()
    see(state, at=LATER + MINUTE)
    assert books(state).ignored == ()


def test_a_person_can_hand_over_what_was_left_alone() -> None:
    state = alone()
    see(state, theirs(1200, "81"), at=LATER + MINUTE)
    answer(state, "adopt")
    position = state.positions["SPY"]
    assert (position.quantity, position.average_price) == (Decimal(1200), Decimal(81))
    assert books(state).ignored == ()
    assert see(state, theirs(1200, "81"), at=LATER + 2 * MINUTE)[1:] == [e.Reconciled(differences=0)]


def test_a_persons_shares_beside_our_position_are_never_counted_as_ours() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs(12))
    answer(state, "ignore")
    assert see(state, theirs(12), at=LATER + MINUTE)[1:] == [e.Reconciled(differences=0)]
    for there, beside in ((11, 1), (14, 4), (12, 2)):
        see(state, theirs(there), at=LATER + 2 * MINUTE)
        assert state.positions["SPY"].quantity == 10
        assert beyond(state.ignored["SPY"]) == beside


def test_shares_that_came_for_nothing_are_adopted_at_their_price_now() -> None:
    state = started(a_state(a_quote()))
    see(state)
    see(state, theirs(3, "0", now="41.5"), at=LATER + MINUTE, rules=OWN)
    assert state.positions["SPY"].average_price == Decimal("41.5")


def test_shares_without_any_price_wait_and_an_answer_says_why() -> None:
    state = started(a_state())
    see(state)
    see(state, theirs(3, "0", symbol="IWM"), at=LATER + MINUTE)
    assert "IWM" not in state.positions
    _, (said,) = answer(state, "adopt", "IWM")
    assert (said.ok, "price of IWM" in said.text) == (False, True)
    for at in (LATER, LATER + MINUTE):
        take(state, e.QuoteSeen(source="sources.alpaca_market", quote=a_quote(symbol="IWM", last=20.0, at=at)), at)
    answer(state, "adopt", "IWM")
    assert state.positions["IWM"].average_price == 20


@pytest.mark.parametrize(
    ("shares", "average", "last", "ours"),
    [
        pytest.param(20, "150", 150.0, "150", id="ten more bought by hand at 200"),
        pytest.param(15, "100", 100.0, "100", id="five more at our own price"),
        pytest.param(20, "49", 90.0, "74.5", id="an average that no price of the new shares explains"),
    ],
)
def test_a_correction_leaves_the_average_at_which_the_shares_were_bought(
    shares: int, average: str, last: float, ours: str
) -> None:
    state = started(a_state(a_position(), a_quote(last=last)))
    see(state, theirs())
    see(state, theirs(shares, average), at=LATER + MINUTE, rules=OWN)
    position = state.positions["SPY"]
    assert (position.quantity, position.average_price) == (Decimal(shares), Decimal(ours))


@pytest.mark.parametrize("average", ["100", "104"])  # the broker may count by first in, first out
def test_three_sold_by_hand_leave_our_average(average: str) -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs())
    sold(state, theirs(7, average), dollars="300")
    position = state.positions["SPY"]
    assert (position.quantity, position.average_price) == (Decimal(7), Decimal(100))


@pytest.mark.parametrize(
    ("before", "after", "average", "split"),
    [
        (10, "20", "50", "2"),
        (10, "15", "66.67", "1.5"),
        (100, "10", "1000", "0.1"),
        (13, "1", "1000", "0.1"),  # the other 0.3 are paid in cash
        (10, "20", "150", None),  # bought by hand
        (10, "5", "100", None),  # sold by hand
        (10, "11", "91", None),  # a stock dividend is as good as a purchase for nothing
        (10, "9", "112", None),
    ],
)
def test_a_split_is_told_from_trading(before: int, after: str, average: str, split: str | None) -> None:
    found = split_of(Decimal(before), Decimal(100), Decimal(after), Decimal(average))
    assert found == (None if split is None else Decimal(split))


@pytest.mark.parametrize(("shares", "average", "last"), [(20, "50", 50.0), (1, "1000", 1000.0), (4, "250", 250.0)])
def test_a_split_moves_the_average_and_makes_no_high_water_mark_that_never_was(
    shares: int, average: str, last: float
) -> None:
    state = started(a_state(a_position(high_water=110.0), a_quote()))
    see(state, theirs())
    gain = state.positions["SPY"].change_pct(110.0)
    take(state, e.QuoteSeen(source="sources.alpaca_market", quote=a_quote(last=last)), LATER + MINUTE)
    once = see(state, theirs(shares, average), at=LATER + MINUTE)
    assert not any(isinstance(event, e.PositionCorrected) for event in once)  # one look proves nothing
    (corrected,) = (
        event
        for event in see(state, theirs(shares, average), at=LATER + 2 * MINUTE)
        if isinstance(event, e.PositionCorrected)
    )
    position = state.positions["SPY"]
    assert corrected.split is not None
    assert position.quantity == shares
    assert position.average_price == pytest.approx(Decimal(average))
    assert -1e-9 <= position.change_pct(position.high_water) <= gain + 1e-9  # a new quote may have taken its place


def test_a_split_after_a_partial_exit_leaves_what_was_earned() -> None:
    state = started(a_state(a_position(), a_quote()))
    position = state.positions["SPY"]
    position.quantity, position.proceeds = Decimal(6), Decimal(4 * 110)
    see(state, theirs(6))
    see(state, theirs(12, "50"), at=LATER + MINUTE)
    see(state, theirs(12, "50"), at=LATER + MINUTE)
    assert (position.original_quantity, position.cost) == (Decimal(20), Decimal(1000))
    assert position.average_price == 50
    state.symbols["SPY"] = Symbol(door=Door(price=50.0, at=LATER + MINUTE))
    see(state, theirs(12, "50"), at=LATER + MINUTE)
    gone = sold(state, dollars="600", at=LATER + 2 * MINUTE)
    (closed,) = (event for event in gone if isinstance(event, e.PositionClosed))
    assert closed.outcome.pnl == 40


def test_a_position_on_the_other_side_is_another_trade_with_ids_of_its_own() -> None:
    state = started(a_state(a_position(), a_quote()), protects=True)
    (old,) = placed(see(state, theirs()))
    trace = state.positions["SPY"].entry.trace
    take(state, e.OrderCanceled(client_order_id=old.client_order_id))
    assert [each for each in sold(state, theirs(-4), dollars="1400") if isinstance(each, e.PositionClosed)] == []
    assert state.positions["SPY"].entry.trace == trace  # it waits for a person's word
    events, _ = answer(state, "adopt")
    events += see(state, theirs(-4), at=LATER + MINUTE)
    assert [event.outcome.trace for event in events if isinstance(event, e.PositionClosed)] == [trace]
    assert state.positions["SPY"].entry.trace != trace
    (new,) = placed(events)
    assert (new.side, new.quantity, new.trace) == (Side.BUY, Decimal(4), state.positions["SPY"].entry.trace)
    assert new.client_order_id != old.client_order_id


# ---- protective stops


def protected() -> tuple[State, Order]:
    """Ten shares whose stop the venue holds."""
    state = started(a_state(a_position(), a_quote()), protects=True)
    (stop,) = placed(see(state, theirs()))
    take(state, e.OrderAccepted(client_order_id=stop.client_order_id, venue_order_id="v-stop"))
    return state, stop


def listed(stop: Order, filled: int = 0) -> BrokerOrder:
    return BrokerOrder(
        client_order_id=stop.client_order_id,
        venue_order_id="v-stop",
        symbol="SPY",
        side=Side.SELL,
        quantity=stop.quantity,
        filled=Decimal(filled),
        status="partially_filled" if filled else "new",
    )


def fill(order: Order, shares: int, price: str, name: str) -> e.OrderFilled:
    return e.OrderFilled(
        client_order_id=order.client_order_id, execution_id=name, quantity=Decimal(shares), price=Decimal(price)
    )


def test_shares_that_a_stop_sold_are_counted_once_when_the_book_tells_it_first() -> None:
    state, stop = protected()
    see(state, theirs(4), orders=(listed(stop, 6),), at=LATER + MINUTE)
    assert state.positions["SPY"].quantity == 10
    take(state, fill(stop, 6, "95", "x1"), LATER + MINUTE)
    assert state.positions["SPY"].quantity == 4
    assert see(state, theirs(4), orders=(listed(stop, 6),), at=LATER + 2 * MINUTE)[1:] == [e.Reconciled(differences=0)]


def test_a_position_that_its_stop_closed_has_the_stops_price_when_the_book_tells_it_first() -> None:
    state, stop = protected()
    see(state, at=LATER + MINUTE)
    assert "SPY" in state.positions
    events = take(decode_state(encode_state(state)), fill(stop, 10, "95", "x1"), LATER + MINUTE)
    (outcome,) = (event.outcome for event in events if isinstance(event, e.PositionClosed))
    assert (outcome.pnl, outcome.reasons) == (Decimal(-50), ("protective_stop",))


def test_a_stop_of_which_nothing_more_is_heard_holds_a_difference_back_for_a_while_only() -> None:
    state, _ = protected()
    see(state, at=LATER + MINUTE)
    see(state, at=LATER + MINUTE + STOP_ANSWERS - timedelta(seconds=1))
    assert "SPY" in state.positions
    assert state.lacking == {}
    see(state, at=LATER + MINUTE + STOP_ANSWERS)
    assert list(state.lacking) == ["SPY"]


def test_a_difference_that_waits_for_an_answer_leaves_no_other_position_without_its_stop() -> None:
    state = started(a_state(a_position(), a_quote()), protects=True)
    events = see(state, theirs(), theirs(3, symbol="IWM"))
    assert isinstance(next(event for event in events if isinstance(event, e.DifferenceFound)), e.DifferenceFound)
    assert [(order.symbol, order.quantity) for order in placed(events)] == [("SPY", Decimal(10))]


@pytest.mark.parametrize(("there", "stop_for"), [(7, [7]), (0, []), (-5, []), (12, [10])])
def test_a_stop_is_for_no_more_shares_than_the_broker_has(there: int, stop_for: list[int]) -> None:
    state = started(a_state(a_position(), a_quote()), protects=True)
    held = (theirs(there),) if there else ()
    assert [order.quantity for order in placed(see(state, *held))] == stop_for


def test_a_stop_at_the_old_price_is_called_off_while_a_split_waits_for_its_answer() -> None:
    state, stop = protected()
    take(state, e.EngineStarted(mode="paper", version="0", reconciles=True, protects=True), LATER)
    asked = e.BrokerSeen(positions=(theirs(20, "50"),), orders=(listed(stop),))
    _, effects = advance(state, asked, LATER, Rules())
    assert [each.order for each in effects if isinstance(each, e.Cancel)] == [stop]
    answer(state, "adopt")
    (new,) = placed(take(state, e.OrderCanceled(client_order_id=stop.client_order_id)))
    assert (new.quantity, new.stop) == (Decimal(20), Decimal("47.50"))


# ---- rate limits


def limited(state: State, *, until: timedelta) -> None:
    """An entry in another symbol is answered 429."""
    signal = a_signal(symbol="QQQ", trace="uw_00000000000000aa")
    (entry,) = placed(take(state, e.SignalScored(signal=signal)))
    take(state, e.RateLimited(client_order_id=entry.client_order_id, until=LATER + until, reason="429"))


def leave(state: State) -> list[e.Effect]:
    """What goes to the venue once the position is to be left and its stop is gone."""
    decision = ExitDecision(rule="stop", quantity=Decimal(10), full=True, reason="test")
    take(state, e.ExitDecided(symbol="SPY", decision=decision))
    stop = state.protection("SPY")
    assert stop is not None
    return advance(state, e.OrderCanceled(client_order_id=stop.order.client_order_id), LATER, Rules())[1]


def test_an_exit_is_sent_although_the_venue_limits_entries() -> None:
    state, _ = protected()
    see(state, theirs())
    limited(state, until=MINUTE)
    assert [(type(each), each.order.leg) for each in leave(state) if isinstance(each, e.Submit)] == [
        (e.Submit, "exit1")
    ]


def test_an_exit_that_the_venue_limits_is_tried_again_within_a_minute_whatever_the_venue_said() -> None:
    state, _ = protected()
    (sent,) = (each.order for each in leave(state) if isinstance(each, e.Submit))
    late = e.RateLimited(client_order_id=sent.client_order_id, until=LATER + timedelta(hours=1), reason="429")
    take(state, late)
    assert not any(isinstance(each, e.OrderRetried) for each in take(state, e.Tick(), LATER + timedelta(seconds=50)))
    assert any(isinstance(each, e.OrderRetried) for each in take(state, e.Tick(), LATER + MINUTE))


def test_an_exit_of_unknown_fate_is_asked_for_although_the_venue_limits_entries() -> None:
    state, _ = protected()
    see(state, theirs())
    limited(state, until=timedelta(minutes=5))
    (sent,) = (each.order for each in leave(state) if isinstance(each, e.Submit))
    take(state, e.OrderUnknown(client_order_id=sent.client_order_id, reason="timeout"))
    _, effects = advance(state, e.Tick(), LATER + timedelta(seconds=10), Rules())
    assert [each.order for each in effects if isinstance(each, e.Find)] == [sent]


# ---- what a trace tells of it


def test_the_trace_of_a_position_tells_what_the_broker_made_of_it() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs())
    see(state, theirs(20, "50"), at=LATER + MINUTE)
    records, _ = advance(state, e.BrokerSeen(positions=(theirs(20, "50"),)), LATER + 2 * MINUTE, Rules())
    trace = state.positions["SPY"].entry.trace
    seen = trace_view(trace, [record for record in records if record.trace == trace])
    assert seen is not None
    assert [(step.word, step.text) for step in seen.steps] == [
        ("settled", "the books differed; adopt, by engine"),
        ("corrected", "10 -> 20 shares, average 50.00, a split: 2 per old share"),
    ]


def test_the_trace_of_an_adopted_position_says_what_it_is() -> None:
    state = started(a_state())
    see(state)
    records, _ = advance(state, e.BrokerSeen(positions=(theirs(-3, "40", symbol="IWM"),)), LATER + MINUTE, OWN)
    trace = state.positions["IWM"].entry.trace
    seen = trace_view(trace, [record for record in records if record.trace == trace])
    assert seen is not None
    assert (seen.symbol, seen.direction, seen.status) == ("IWM", "bearish", "open")
    assert ("adopted", "short 3 IWM @ 40.00") in [(step.word, step.text) for step in seen.steps]
