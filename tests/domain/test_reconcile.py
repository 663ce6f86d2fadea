from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.domain.cash import paid
from tidegate.core.domain import events as e
from tidegate.core.domain.net_delta import exposures
from tidegate.core.domain.orders import Order
from tidegate.core.domain.ownership import beyond
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Foreign, Reconcile, Settings
from tidegate.core.domain.state import QueueItem, State, decode_state, encode_state
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import DecisionKind, PositionSide, Result, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.core.domain.views import books
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.testing import NOW, TRACE, a_position, a_quote, a_signal, a_state

LATER = NOW + timedelta(seconds=30)


def theirs(symbol: str = "SPY", shares: int = 10, side: str = "long", price: str = "100") -> BrokerPosition:
    return BrokerPosition(symbol=symbol, side=side, quantity=Decimal(shares), average_price=Decimal(price))  # type: ignore[arg-type] # "long" or "short"


def started(state: State) -> State:
    advance(state, e.EngineStarted(mode="paper", version="0", reconciles=True), NOW, Rules())
    return state


def see(
    state: State, *positions: BrokerPosition, orders: tuple[BrokerOrder, ...] = (), at: datetime = LATER
) -> list[e.Event]:
    records, _ = advance(state, e.BrokerSeen(positions=positions, orders=orders), at, Rules())
    return [record.event for record in records]


def sold(state: State, *left: BrokerPosition, price: float, learners: bool = False) -> list[e.Event]:
    """Two looks at a book that lacks shares of ours, and the cash that they brought in between."""
    see(state, *left)
    there = sum((each.quantity for each in left), Decimal(0))
    shares = state.positions["SPY"].quantity - there
    paid(state, shares * Decimal(str(price)), LATER + timedelta(seconds=5))
    rules = Rules(learners=(("learners.regime_beta", RegimeBeta()),) if learners else ())
    at = LATER + timedelta(seconds=15)
    records, _ = advance(state, e.BrokerSeen(positions=left), at, rules)
    return [record.event for record in records]


def ask(state: State, answer: str, symbol: str = "SPY") -> list[e.Event]:
    args = {"symbol": symbol, "answer": answer}
    records, _ = advance(state, e.RequestReceived(id=1, who="me", name="reconcile", args=args), LATER, Rules())
    return [record.event for record in records]


def blocked(state: State) -> bool:
    records, _ = advance(state, e.SignalScored(signal=a_signal(symbol="QQQ")), LATER, Rules())  # type: ignore[arg-type] # as if scored
    judgement = next(r.event.judgement for r in records if isinstance(r.event, e.SignalJudged))
    verdict = next(v for v in judgement.verdicts if v.gate == "reconciled")
    assert (verdict.result is Result.BLOCK) == (judgement.decision is DecisionKind.BLOCKED)
    return verdict.blocks


def test_a_clean_book_at_start_allows_entries_and_before_it_none_pass() -> None:
    state = started(a_state(a_position(), a_quote()))
    assert blocked(state)
    see(state, theirs())
    assert not blocked(state)


@pytest.mark.parametrize(
    ("positions", "case"),
    [
        ((theirs(), theirs("IWM", 3)), "missing here"),
        ((), "missing there"),
        ((theirs(shares=7),), "differs"),
        ((theirs(side="short"),), "differs"),
    ],
)
def test_at_start_a_difference_is_shown_with_both_numbers_and_waits(
    positions: tuple[BrokerPosition, ...], case: str
) -> None:
    state = started(a_state(a_position(), a_quote()))
    before = dict(state.positions)
    found = [event for event in see(state, *positions) if isinstance(event, e.DifferenceFound)]
    assert [each.case for each in found] == [case]
    assert state.positions == before
    assert blocked(state)


def test_adopting_at_start_takes_the_brokers_truth_and_then_entries_go_on() -> None:
    state = started(a_state(a_quote(symbol="IWM")))
    see(state, theirs("IWM", 3, price="210.5"))
    ask(state, "adopt", "IWM")
    position = state.positions["IWM"]
    assert (position.quantity, position.average_price) == (Decimal(3), Decimal("210.5"))
    assert (position.entry.owner, position.entry.score, position.entry.regime_modifier) == ("external", None, 1.0)
    assert position.entry.ignition_status == "unknown"
    assert position.entry.trace.startswith("uw_")
    see(state, theirs("IWM", 3, price="210.5"))
    assert not blocked(state)


def test_ignoring_leaves_both_books_as_they_are_and_entries_go_on() -> None:
    state = started(a_state())
    see(state, theirs("IWM", 3))
    ask(state, "ignore", "IWM")
    see(state, theirs("IWM", 3))
    assert "IWM" not in state.positions
    assert not blocked(state)


def test_flattening_adopts_and_sells_everything() -> None:
    state = started(a_state(a_quote(symbol="IWM")))
    see(state, theirs("IWM", 3))
    placed = [event.order for event in ask(state, "flatten", "IWM") if isinstance(event, e.OrderPlaced)]
    assert [(order.side, order.quantity) for order in placed] == [(Side.SELL, Decimal(3))]


def test_while_running_a_correction_keeps_every_field_that_is_known() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs())
    entry, high = state.positions["SPY"].entry, state.positions["SPY"].high_water
    corrected = [event for event in sold(state, theirs(shares=7), price=100) if isinstance(event, e.PositionCorrected)]
    assert [(each.before, each.after) for each in corrected] == [(Decimal(10), Decimal(7))]
    position = state.positions["SPY"]
    assert (position.quantity, position.entry, position.high_water) == (Decimal(7), entry, high)
    assert position.average_price == 100


def test_while_running_a_position_that_is_gone_is_closed_as_external_at_the_last_price() -> None:
    state = started(a_state(a_position(), a_quote(last=103.0)))
    see(state, theirs())
    outcome = next(event.outcome for event in sold(state, price=103) if isinstance(event, e.PositionClosed))
    assert (outcome.pnl, outcome.reasons) == (Decimal(30), ("external",))
    assert state.positions == {}


# ---- absence needs proof


def held(state: State) -> State:
    see(state, theirs())
    return state


@pytest.mark.parametrize(
    "left", [(), (theirs(shares=7),), (theirs(shares=4, side="short"),), (theirs(shares=5, price="200"),)]
)
def test_one_look_closes_nothing_corrects_nothing_and_sends_nothing(left: tuple[BrokerPosition, ...]) -> None:
    state = held(started(a_state(a_position(), a_quote())))
    position = encode_state(state)
    events = see(state, *left)
    assert {type(event) for event in events} == {e.BrokerSeen, e.DifferenceFound, e.Reconciled}
    assert decode_state(position).positions == state.positions
    assert list(state.lacking) == ["SPY"]


@pytest.mark.parametrize("after_s", [11, 600])
def test_a_second_look_proves_nothing_without_the_cash(after_s: int) -> None:
    state = held(started(a_state(a_position(), a_quote())))
    see(state)
    see(state, at=LATER + timedelta(seconds=after_s))
    assert list(state.positions) == ["SPY"]


@pytest.mark.parametrize("dollars", [-1000, -10, 0, 10, 900, 1100, 100_000])
def test_cash_that_moved_by_another_amount_proves_nothing(dollars: int) -> None:
    state = held(started(a_state(a_position(), a_quote())))
    sold(state, price=dollars / 10)
    assert list(state.positions) == ["SPY"]


def test_cash_without_a_second_look_proves_nothing() -> None:
    state = held(started(a_state(a_position(), a_quote())))
    paid(state, Decimal(1000), LATER)
    see(state, at=LATER + timedelta(seconds=1))
    assert list(state.positions) == ["SPY"]


def test_what_comes_back_is_the_same_position_with_its_entry() -> None:
    state = held(started(a_state(a_position(), a_quote())))
    before = state.positions["SPY"].entry
    see(state)
    see(state, theirs(), at=LATER + timedelta(seconds=11))
    assert (state.positions["SPY"].entry, state.lacking, state.differences) == (before, {}, {})


def test_entries_wait_in_what_is_lacking_and_in_all_when_the_list_lacks_every_position() -> None:
    several = started(a_state(a_position(), a_position(symbol="IWM"), a_quote()))
    see(several, theirs(), theirs("IWM"))
    see(several, theirs("IWM"))
    assert not blocked(several)
    assert list(several.lacking) == ["SPY"]
    see(several)
    assert blocked(several)


def test_nothing_is_learned_from_what_a_person_sold() -> None:
    state = held(started(a_state(a_position(), a_quote(last=103.0))))
    events = sold(state, price=103, learners=True)
    assert any(isinstance(event, e.PositionClosed) for event in events)
    assert not any(isinstance(event, e.BeliefUpdated) for event in events)


# ---- shares that no order of ours explains


@pytest.mark.parametrize("shares", [1, 10, 5000])
@pytest.mark.parametrize("side", ["long", "short"])
def test_shares_that_appear_while_running_are_their_owners_and_count_and_no_rule_sells_them(
    shares: int, side: str
) -> None:
    state = held(started(a_state(a_position(), a_quote())))
    see(state, theirs(), theirs("IWM", shares, side))
    assert list(state.positions) == ["SPY"]
    assert [(row.symbol, abs(row.theirs)) for row in books(state).ignored] == [("IWM", Decimal(shares))]
    known = exposures(state)
    assert known is not None
    assert {each.symbol for each in known} == {"SPY", "IWM"}
    assert not blocked(state)


def test_shares_bought_beside_ours_are_their_owners_and_our_position_stays_as_it_is() -> None:
    state = held(started(a_state(a_position(), a_quote())))
    before = state.positions["SPY"]
    see(state, theirs(shares=25))
    assert (state.positions["SPY"], beyond(state.ignored["SPY"])) == (before, Decimal(15))


def test_an_account_of_the_bots_own_may_adopt_them() -> None:
    rules = Rules(settings=Settings(reconcile=Reconcile(foreign=Foreign.ADOPT)))
    state = held(started(a_state(a_position(), a_quote())))
    advance(state, e.BrokerSeen(positions=(theirs(), theirs("IWM", 3))), LATER, rules)
    assert state.positions["IWM"].quantity == 3


def test_a_symbol_with_an_order_under_way_or_just_touched_is_left_for_the_next_look() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs())
    state.positions["SPY"].updated_at = LATER
    assert not any(isinstance(event, e.DifferenceFound) for event in see(state, theirs(shares=7)))
    state.positions["SPY"].updated_at = NOW
    exit_order = Order(
        client_order_id=f"tg-SPY-exit1-{TRACE}", trace=TRACE, symbol="SPY", leg="exit1", side=Side.SELL,
        quantity=Decimal(3), limit=Decimal(99), decision_price=Decimal(100), placed_at=NOW, expires_at=NOW,
    )  # fmt: skip
    advance(state, e.OrderPlaced(order=exit_order), LATER, Rules())  # type: ignore[arg-type] # as if decided
    assert not any(isinstance(event, e.DifferenceFound) for event in see(state, theirs(shares=7)))


def test_an_option_is_shown_and_neither_adopted_nor_compared() -> None:
    option = BrokerPosition(
        symbol="SPY251219C00700000",
        side=PositionSide.LONG,
        quantity=Decimal(2),
        average_price=Decimal("3.5"),
        asset_class="us_option",
    )
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs(), option)
    assert not blocked(state)
    assert see(state, theirs(), option) == [e.BrokerSeen(positions=(theirs(), option)), e.Reconciled(differences=0)]
    assert list(state.positions) == ["SPY"]
    assert books(state).untraded == (option,)
    see(state, theirs())
    assert books(state).untraded == ()


def test_a_stock_of_ours_stays_one_whatever_class_the_broker_gives_it() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, replace(theirs(), asset_class="ipo"))
    assert state.differences == {}
    assert books(state).untraded == ()


def test_a_foreign_order_is_shown_once_and_left_alone() -> None:
    state = started(a_state())
    foreign = BrokerOrder(
        client_order_id="by-hand",
        venue_order_id="v9",
        symbol="KO",
        side=Side.BUY,
        quantity=Decimal(1),
        filled=Decimal(0),
        status="new",
    )
    shown = [
        event
        for event in see(state, orders=(foreign,)) + see(state, orders=(foreign,))
        if isinstance(event, e.OrderForeign)
    ]
    assert len(shown) == 1
    see(state)
    assert state.foreign == {}


def test_a_broker_that_cannot_be_reached_stops_entries_and_keeps_positions() -> None:
    state = started(a_state(a_position(), a_quote()))
    see(state, theirs())
    advance(state, e.VenueUnavailable(reason="refused"), LATER, Rules())
    assert blocked(state)
    assert "SPY" in state.positions


def test_an_answer_without_a_difference_is_refused_in_words() -> None:
    state = started(a_state())
    _, effects = advance(
        state,
        e.RequestReceived(id=1, who="me", name="reconcile", args={"symbol": "X", "answer": "adopt"}),
        LATER,
        Rules(),
    )
    answer = next(effect for effect in effects if isinstance(effect, e.Answer))
    assert not answer.ok
    assert "X" in answer.text


def test_a_queued_signal_waits_until_the_books_are_compared_instead_of_being_dropped() -> None:
    state = started(a_state(a_quote(symbol="QQQ")))
    signal = a_signal(symbol="QQQ")
    state.queue[TRACE] = QueueItem(signal, NOW, LATER + timedelta(minutes=9), 1, "429")
    advance(state, e.Tick(), LATER, Rules())
    assert not state.queue[TRACE].in_flight
    see(state)
    records, _ = advance(state, e.Tick(), LATER + timedelta(seconds=10), Rules())
    assert any(isinstance(record.event, e.QueueTaken) for record in records)
