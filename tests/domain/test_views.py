"""The views: the same state always reads the same, and what is unknown is said to be."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order, WorkingOrder
from tidegate.core.domain.positions import Entry, ExitLevel, Position
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.state import QueueItem, State, Symbol
from tidegate.core.domain.values import (
    Component,
    DecisionKind,
    Direction,
    Ignition,
    Judgement,
    Policy,
    PositionSide,
    Regime,
    Result,
    Side,
    Signal,
    Verdict,
)
from tidegate.core.domain.values.broker import Account
from tidegate.core.domain.values.halts import Halt, HaltLevel
from tidegate.core.domain.views import dashboard, heat, trace_view, why_not

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
TRACE = "uw_0123456789abcdef"


def a_signal(score: float = 4.0, trace: str = TRACE, symbol: str = "NVDA") -> Signal:
    return Signal(
        trace=trace,
        symbol=symbol,
        direction=Direction.BULLISH,
        at=NOW,
        newest=NOW,
        members=(trace,),
        components={"options_flow": Component(value=0.8, weight=2.4), "dark_pool": Component(weight=1.3)},
        coverage=0.65,
        freshness=1.0,
        regime=Regime.MIXED,
        regime_modifier=1.0,
        score=score,
        decision_price=100.0,
    )


def an_entry(score: float | None = 4.0) -> Entry:
    return Entry(
        trace=TRACE,
        at=NOW,
        direction=Direction.BULLISH,
        score=score,
        components={},
        coverage=0.65,
        regime=Regime.MIXED,
        ignition_status=Ignition.PASSED,
    )


def a_position(symbol: str = "NVDA", side: PositionSide = PositionSide.LONG, quantity: int = 10) -> Position:
    return Position(
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        original_quantity=Decimal(quantity),
        cost=Decimal(quantity * 100),
        opened_at=NOW - timedelta(minutes=18),
        updated_at=NOW,
        high_water=100.0,
        entry=an_entry(),
        nearest_exit=ExitLevel(rule="stop", price=97.0),
    )


def a_state(*positions: Position, prices: dict[str, float] | None = None, equity: str = "10000") -> State:
    state = State(seq=9, at=NOW, mode="demo")
    money = Decimal(equity)
    state.account = Account(at=NOW - timedelta(seconds=5), equity=money, cash=money, buying_power=money)
    state.positions = {position.symbol: position for position in positions}
    for symbol, last in ({"NVDA": 101.0} if prices is None else prices).items():
        state.symbols[symbol] = Symbol(door=Door(price=last, at=NOW), sector="Technology")
    return state


def a_working(quantity: int = 5, *, leaving: bool = False) -> WorkingOrder:
    order = Order(
        client_order_id=f"tg-NVDA-x-{TRACE}",
        trace=TRACE,
        symbol="NVDA",
        leg="entry1",
        side=Side.SELL if leaving else Side.BUY,
        quantity=Decimal(quantity),
        limit=Decimal(100),
        decision_price=Decimal(100),
        placed_at=NOW,
        expires_at=NOW,
        entry=None if leaving else an_entry(),
    )
    return WorkingOrder(order=order)


def test_a_state_that_saw_nothing_has_an_empty_dashboard() -> None:
    board = dashboard(State())
    assert (board.at, board.positions, board.queue, board.tape) == (None, (), (), ())
    assert (board.book.equity, board.book.net_pct) == (None, None)


@pytest.mark.parametrize(
    ("side", "last", "pnl", "pct"),
    [
        (PositionSide.LONG, 101.0, 10.0, 1.0),
        (PositionSide.SHORT, 101.0, -10.0, -1.0),
        (PositionSide.SHORT, 98.0, 20.0, 2.0),
    ],
)
def test_a_position_is_marked_by_its_side(side: PositionSide, last: float, pnl: float, pct: float) -> None:
    row = dashboard(a_state(a_position(side=side), prices={"NVDA": last})).positions[0]
    assert row.pnl == pytest.approx(pnl)
    assert row.pnl_pct == pytest.approx(pct)
    assert row.age_s == 18 * 60
    assert row.exit_pct == pytest.approx((97.0 / last - 1) * 100)


def test_a_position_without_a_price_leaves_the_totals_unknown() -> None:
    board = dashboard(a_state(a_position(), prices={}))
    assert (board.positions[0].last, board.positions[0].pnl, board.open_pnl) == (None, None, None)
    assert (board.book.held, board.book.net_pct) == (None, None)
    assert heat(a_state(a_position(), prices={})).missing == ("NVDA has no price",)


def test_held_and_working_are_kept_apart() -> None:
    state = a_state(a_position())
    state.orders = {"one": a_working()}
    book = dashboard(state).book
    assert book.held == pytest.approx(1010.0)
    assert book.working == pytest.approx(500.0)
    assert book.net_pct == pytest.approx(15.1)


def test_an_exit_order_marks_its_position_as_closing_and_is_no_exposure() -> None:
    state = a_state(a_position())
    state.orders = {"one": a_working(leaving=True)}
    board = dashboard(state)
    assert board.positions[0].closing
    assert board.book.working == 0


def test_a_stale_account_leaves_net_delta_unknown() -> None:
    state = a_state(a_position())
    state.at = NOW + timedelta(seconds=61)
    assert dashboard(state).book.net_pct is None
    assert dashboard(state).book.held == pytest.approx(1010.0)


def test_the_queue_is_listed_best_score_first() -> None:
    state = a_state()
    for score in (3.0, 4.5, 3.9):
        trace = f"uw_{score}"
        state.queue[trace] = QueueItem(a_signal(score, trace), NOW, NOW + timedelta(seconds=900), 2, "429")
    rows = dashboard(state).queue
    assert [row.score for row in rows] == [4.5, 3.9, 3.0]
    assert (rows[0].expires_s, rows[0].attempts) == (900, 2)


@pytest.mark.parametrize(("later_s", "limited"), [(-1, None), (0, None), (30, NOW + timedelta(seconds=30))])
def test_a_rate_limit_is_shown_until_it_is_over(later_s: int, limited: datetime | None) -> None:
    state = a_state()
    state.venue.limited_until = NOW + timedelta(seconds=later_s)
    state.halt = Halt(HaltLevel.ENTRIES, "news", "kim", NOW)
    assert dashboard(state).limited_until == limited
    assert dashboard(state).halt == state.halt


def test_the_heat_map_shares_the_gross_and_sums_to_the_net() -> None:
    short = a_position("XOM", PositionSide.SHORT, 5)
    shares = heat(a_state(a_position(), short, prices={"NVDA": 101.0, "XOM": 100.0}))
    assert [(cell.name, cell.value) for cell in shares.symbols] == [("NVDA", 1010.0), ("XOM", -500.0)]
    assert sum(cell.share for cell in shares.symbols) == pytest.approx(1.0)
    assert sum(cell.pct or 0 for cell in shares.symbols) == pytest.approx(5.1)
    assert [(cell.name, cell.value) for cell in shares.sectors] == [("Technology", 510.0)]


def test_without_equity_points_are_unknown() -> None:
    assert heat(a_state(a_position(), equity="0")).symbols[0].pct is None


# ---- traces


def recorded(*events: e.AnyEvent) -> list[e.Recorded]:
    return [e.Recorded(seq, NOW + timedelta(seconds=seq), TRACE, event) for seq, event in enumerate(events, 1)]


def a_judgement(decision: DecisionKind = DecisionKind.ENTER) -> e.SignalJudged:
    verdicts = (
        Verdict(gate="concentration", result=Result.PASS, measured=62.4, limit=70.0, unit="%"),
        Verdict(gate="ignition", result=Result.UNKNOWN, reason="no bars", policy=Policy.OPEN),
        Verdict(gate="pace", result=Result.BLOCK, measured=7.0, limit=6.0, unit="per minute"),
    )
    return e.SignalJudged(judgement=Judgement(signal=a_signal(), decision=decision, verdicts=verdicts))


def test_no_events_are_no_trace() -> None:
    assert trace_view(TRACE, []) is None


def test_every_verdict_is_told_with_measured_against_limit() -> None:
    view = trace_view(TRACE, recorded(e.SignalScored(signal=a_signal()), a_judgement(DecisionKind.BLOCKED)))
    assert view is not None
    assert (view.status, view.symbol) == ("blocked", "NVDA")
    told = {each.name: (each.text, each.mark) for each in view.steps[1].details}
    assert told == {
        "concentration": ("62.4 / 70 %", "pass"),
        "ignition": ("no bars, passed by policy", "unknown"),
        "pace": ("7 / 6 per minute", "block"),
    }


def test_an_unknown_component_is_told_as_unknown() -> None:
    view = trace_view(TRACE, recorded(e.SignalScored(signal=a_signal())))
    assert view is not None
    assert [(each.name, each.text) for each in view.steps[0].details] == [
        ("options_flow", "+0.80 x 2.4 x 1.00 = +1.92"),
        ("dark_pool", "unknown"),
    ]


@pytest.mark.parametrize(
    ("after", "status"),
    [
        ((), "placed"),
        ((e.OrderAccepted(client_order_id="x", venue_order_id="v"),), "working"),
        ((e.OrderRejected(client_order_id="x", code="1", reason="no"),), "rejected"),
        ((e.EntryAbandoned(client_order_id="x", reason="old"),), "abandoned"),
        ((e.QueueExpired(),), "expired"),
        ((e.PositionOpened(symbol="NVDA", entry=an_entry()), e.OrderCanceled(client_order_id="x")), "open"),
    ],
)
def test_the_status_is_the_last_thing_that_happened(after: tuple[e.AnyEvent, ...], status: str) -> None:
    view = trace_view(TRACE, recorded(e.SignalScored(signal=a_signal()), a_judgement(), *after))
    assert view is not None
    assert view.status == status


@pytest.mark.parametrize(("side", "told"), [(Side.BUY, "+0.04"), (Side.SELL, "-0.04")])
def test_slippage_is_positive_when_it_costs(side: Side, told: str) -> None:
    working = a_working(leaving=side is Side.SELL).order
    filled = e.OrderFilled(
        client_order_id=working.client_order_id, execution_id="1", quantity=Decimal(5), price=Decimal("100.04")
    )
    view = trace_view(TRACE, recorded(e.OrderPlaced(order=working), filled))
    assert view is not None
    assert f"slippage {told}" in view.steps[1].text


def test_why_not_lists_judgements_of_one_symbol_or_all() -> None:
    events = recorded(e.SignalScored(signal=a_signal()), a_judgement(DecisionKind.BLOCKED), a_judgement())
    assert [row.decision for row in why_not(events)] == [DecisionKind.BLOCKED, DecisionKind.ENTER]
    assert len(why_not(events, "NVDA")) == 2
    assert why_not(events, "AMD") == []
