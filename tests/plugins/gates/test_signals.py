"""The gates, at their edges."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tidegate import (
    Account,
    Bar,
    Direction,
    Gate,
    Order,
    PositionSide,
    Result,
    Side,
    State,
    Symbol,
    Verdict,
    WorkingOrder,
)
from tidegate.core.domain.values import OnError
from tidegate.core.domain.values.halts import Halt, HaltLevel
from tidegate.plugins.gates.already_positioned import AlreadyPositioned
from tidegate.plugins.gates.concentration import Concentration
from tidegate.plugins.gates.cooldown import Cooldown
from tidegate.plugins.gates.coverage import Coverage
from tidegate.plugins.gates.fresh_account import FreshAccount
from tidegate.plugins.gates.halt import HaltGate
from tidegate.plugins.gates.ignition import IgnitionGate
from tidegate.plugins.gates.max_positions import MaxPositions
from tidegate.plugins.gates.pace import Pace
from tidegate.plugins.gates.threshold import Threshold
from tidegate.testing import NOW, a_bars, a_position, a_quote, a_signal, a_state, run_gate

BULL, BEAR = Direction.BULLISH, Direction.BEARISH


def an_account(equity: str = "100000") -> Account:
    return Account(at=NOW, equity=Decimal(equity), cash=Decimal(0), buying_power=Decimal(0))


def working(symbol: str = "SPY", *, quantity: int = 100, side: Side = Side.BUY, entry: bool = True) -> WorkingOrder:
    order = Order(
        client_order_id=f"tg-{symbol}-entry1-x",
        trace="x",
        symbol=symbol,
        leg="entry1" if entry else "exit1",
        side=side,
        quantity=Decimal(quantity),
        limit=Decimal(100),
        decision_price=Decimal(100),
        placed_at=NOW,
        expires_at=NOW + timedelta(minutes=1),
        entry=a_position().entry if entry else None,
    )
    return WorkingOrder(order=order)


def orders(*working_orders: WorkingOrder) -> dict[str, WorkingOrder]:
    return {each.order.client_order_id: each for each in working_orders}


@pytest.mark.parametrize(
    ("score", "result"), [(2.7, Result.PASS), (2.6999999, Result.BLOCK), (8.0, Result.PASS), (0.0, Result.BLOCK)]
)
def test_threshold_lets_the_minimum_score_pass(score: float, result: Result) -> None:
    verdict = run_gate(Threshold(), a_signal(score=score), a_state())
    assert (verdict.result, verdict.measured, verdict.limit) == (result, score, 2.7)


@pytest.mark.parametrize(("coverage", "result"), [(0.25, Result.PASS), (0.2499, Result.BLOCK), (0.0, Result.BLOCK)])
def test_coverage_lets_the_minimum_pass(coverage: float, result: Result) -> None:
    verdict = run_gate(Coverage(), a_signal(coverage=coverage), a_state())
    assert (verdict.result, verdict.measured, verdict.limit) == (result, coverage, 0.25)


# ---- concentration


def book(quantity: str, side: PositionSide = PositionSide.LONG) -> State:
    """A position at 100 USD on 100,000 USD: its shares / 10 are the net delta in percent."""
    return a_state(a_position(bought=Decimal(quantity), side=side), a_quote())


@pytest.mark.parametrize(
    ("quantity", "direction", "result"),
    [
        ("700", BULL, Result.PASS),
        ("700.000001", BULL, Result.BLOCK),
        ("710", BULL, Result.BLOCK),
        ("710", BEAR, Result.PASS),
        ("0.01", BULL, Result.PASS),
    ],
)
def test_exactly_the_limit_of_concentration_passes(quantity: str, direction: Direction, result: Result) -> None:
    verdict = run_gate(Concentration(), a_signal(direction=direction, score=9.6), book(quantity))
    assert (verdict.result, verdict.limit, verdict.unit) == (result, 70.0, "%")
    assert verdict.measured == pytest.approx(float(quantity) / 10)


def test_shorts_count_against_longs() -> None:
    state = a_state(
        a_position(bought=900),
        a_quote(),
        a_position(bought=300, symbol="QQQ", side=PositionSide.SHORT),
        a_quote(symbol="QQQ"),
    )
    assert run_gate(Concentration(), a_signal(), state).measured == 60.0
    assert run_gate(Concentration(), a_signal(), book("900", PositionSide.SHORT)).measured == -90.0


def test_prices_that_float_cannot_hold_do_not_block_at_the_limit() -> None:
    state = a_state(a_position(bought=7), a_quote(last=1.1), account=an_account("11"))
    assert run_gate(Concentration(), a_signal(), state).result is Result.PASS


def test_working_entries_count_so_that_several_cannot_pass_together() -> None:
    state = book("650")
    assert run_gate(Concentration(), a_signal(), state).result is Result.PASS
    state.orders = orders(working("QQQ", quantity=51))
    assert run_gate(Concentration(), a_signal(), state).result is Result.BLOCK


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (None, "no account seen yet"),
        (an_account("0"), "equity is not above zero"),
        (an_account("-5"), "equity is not above zero"),
        (replace(an_account(), at=NOW - timedelta(seconds=61)), "equity is 61 s old"),
    ],
)
def test_unknown_equity_is_unknown_and_passes_visibly(account: Account | None, reason: str) -> None:
    verdict = run_gate(Concentration(), a_signal(), a_state(account=account))
    assert (verdict.result, verdict.reason, verdict.policy, verdict.blocks) == (Result.UNKNOWN, reason, "open", False)
    assert run_gate(Concentration(on_error=OnError.CLOSED), a_signal(), a_state(account=account)).blocks


def test_equity_exactly_as_old_as_allowed_is_known() -> None:
    state = a_state(account=replace(an_account(), at=NOW - timedelta(seconds=60)))
    assert run_gate(Concentration(), a_signal(), state).result is Result.PASS


def test_a_position_without_a_price_is_unknown() -> None:
    verdict = run_gate(Concentration(), a_signal(), a_state(a_position(symbol="QQQ")))
    assert (verdict.result, verdict.reason) == (Result.UNKNOWN, "QQQ has no price")


def test_bearish_passes_even_when_the_delta_is_unknown() -> None:
    verdict = run_gate(Concentration(), a_signal(direction=BEAR), a_state(account=None))
    assert (verdict.result, verdict.measured) == (Result.PASS, None)


# ---- ignition


@pytest.mark.parametrize(
    ("prices", "direction", "result"),
    [
        ((100.0, 100.1, 100.2), BULL, Result.PASS),
        ((50.0, 50.0, 50.1), BULL, Result.PASS),
        ((100.0, 100.1, 100.19), BULL, Result.BLOCK),
        ((100.0, 99.9, 99.8), BULL, Result.BLOCK),
        ((100.0, 99.9, 99.8), BEAR, Result.PASS),
        ((100.0, 99.9, 99.81), BEAR, Result.BLOCK),
        ((100.0, 100.1, 100.2), BEAR, Result.BLOCK),
        ((100.0, 100.0, 100.0), BEAR, Result.BLOCK),
        ((90.0, 100.0, 100.0, 100.0), BULL, Result.BLOCK),
    ],
)
def test_ignition_needs_a_fifth_of_a_percent_the_signals_way(
    prices: tuple[float, ...], direction: Direction, result: Result
) -> None:
    verdict = run_gate(IgnitionGate(), a_signal(direction=direction), a_state(*a_bars(*prices)))
    assert verdict.result is result
    assert verdict.measured == pytest.approx((prices[-1] / prices[-3] - 1) * 100)
    assert verdict.limit == (0.2 if direction is BULL else -0.2)


def test_ignition_ignores_the_bar_still_forming() -> None:
    bars = a_bars(100.0, 100.1, 100.2, 95.0, end=NOW + timedelta(seconds=30))
    verdict = run_gate(IgnitionGate(), a_signal(), a_state(*bars))
    assert (verdict.result, verdict.measured) == (Result.PASS, 0.2)


@pytest.mark.parametrize(("late", "result"), [(0, Result.PASS), (1, Result.UNKNOWN)])
def test_ignition_knows_bars_up_to_180_seconds_old(late: int, result: Result) -> None:
    end = NOW - timedelta(seconds=120 + late)
    assert run_gate(IgnitionGate(), a_signal(), a_state(*a_bars(100.0, 100.5, 101.0, end=end))).result is result


@pytest.mark.parametrize(
    "bars",
    [
        [],
        a_bars(100.0, 101.0),
        [replace(bar, start=bar.start - timedelta(minutes=4)) for bar in a_bars(100.0, 101.0, 102.0)],
        [replace(bar, open=0.0) for bar in a_bars(100.0, 101.0, 102.0)],
    ],
    ids=["none", "one", "of five minutes", "without a price"],
)
def test_ignition_without_two_minute_bars_is_unknown_and_blocks(bars: list[Bar]) -> None:
    verdict = run_gate(IgnitionGate(), a_signal(), a_state(*bars))
    assert (verdict.result, verdict.policy, verdict.blocks) == (Result.UNKNOWN, "closed", True)


# ---- the others


@pytest.mark.parametrize(
    ("ago", "result"),
    [
        (timedelta(minutes=15), Result.PASS),
        (timedelta(minutes=14, seconds=59), Result.BLOCK),
        (timedelta(0), Result.BLOCK),
    ],
)
def test_cooldown_ends_after_exactly_15_minutes(ago: timedelta, result: Result) -> None:
    state = a_state(symbols={"SPY": Symbol(entered_at=NOW - ago)})
    verdict = run_gate(Cooldown(), a_signal(), state)
    assert verdict.result is result
    assert verdict.measured == pytest.approx(ago.total_seconds() / 60)


def test_cooldown_is_per_symbol() -> None:
    state = a_state(symbols={"SPY": Symbol(entered_at=NOW), "QQQ": Symbol()})
    assert run_gate(Cooldown(), a_signal(symbol="QQQ"), state).result is Result.PASS
    assert run_gate(Cooldown(), a_signal(symbol="IWM"), state).result is Result.PASS


def test_the_seventh_entry_of_a_minute_is_too_many() -> None:
    recent = [NOW - timedelta(seconds=s) for s in (59, 40, 30, 20, 10)]
    assert run_gate(Pace(), a_signal(), a_state(entry_times=recent)).result is Result.PASS
    verdict = run_gate(Pace(), a_signal(), a_state(entry_times=[*recent, NOW]))
    assert (verdict.result, verdict.measured, verdict.limit) == (Result.BLOCK, 6, 6)


def test_an_entry_exactly_a_window_ago_no_longer_counts() -> None:
    times = [NOW - timedelta(seconds=60)] + [NOW] * 5
    assert run_gate(Pace(), a_signal(), a_state(entry_times=times)).result is Result.PASS


def test_max_positions_counts_each_symbol_held_or_being_entered_once() -> None:
    held = [a_position(symbol=f"S{n}") for n in range(14)]
    state = a_state(*held, orders=orders(working("S0"), working("NEW"), working("GONE", entry=False)))
    verdict = run_gate(MaxPositions(), a_signal(), state)
    assert (verdict.result, verdict.measured) == (Result.PASS, 15)
    state.orders |= orders(working("NEWER"))
    verdict = run_gate(MaxPositions(), a_signal(), state)
    assert (verdict.result, verdict.measured, verdict.limit) == (Result.BLOCK, 16, 16)


def test_a_symbol_is_held_at_most_once() -> None:
    gate = AlreadyPositioned()
    assert run_gate(gate, a_signal(), a_state()).result is Result.PASS
    assert run_gate(gate, a_signal(), a_state(a_position())).result is Result.BLOCK
    assert run_gate(gate, a_signal(), a_state(a_position(side=PositionSide.SHORT))).result is Result.BLOCK
    assert run_gate(gate, a_signal(), a_state(orders=orders(working()))).result is Result.BLOCK
    assert run_gate(gate, a_signal(), a_state(a_position(symbol="QQQ"))).result is Result.PASS
    assert run_gate(gate, a_signal(), a_state(orders=orders(working(entry=False)))).result is Result.PASS


def test_an_account_older_than_a_minute_blocks() -> None:
    exact, older = a_state(at=NOW + timedelta(seconds=60)), a_state(at=NOW + timedelta(seconds=75))
    assert run_gate(FreshAccount(), a_signal(), exact).result is Result.PASS
    verdict = run_gate(FreshAccount(), a_signal(), older)
    assert (verdict.result, verdict.reason, verdict.measured) == (Result.BLOCK, "account is 75 s old", 75.0)


def test_no_account_at_all_is_unknown_and_blocks() -> None:
    verdict = run_gate(FreshAccount(), a_signal(), a_state(account=None))
    assert (verdict.result, verdict.blocks) == (Result.UNKNOWN, True)


@pytest.mark.parametrize("level", list(HaltLevel))
def test_every_level_of_halt_blocks_entries(level: HaltLevel) -> None:
    state = a_state(halt=Halt(level=level, reason="lunch", who="ana", at=NOW))
    verdict = run_gate(HaltGate(), a_signal(), state)
    assert (verdict.result, verdict.reason) == (Result.BLOCK, f"halted ({level}) by ana: lunch")
    assert run_gate(HaltGate(), a_signal(), a_state()).result is Result.PASS


GATES: tuple[Gate, ...] = (
    AlreadyPositioned(),
    Concentration(),
    Cooldown(),
    Coverage(),
    FreshAccount(),
    HaltGate(),
    IgnitionGate(),
    MaxPositions(),
    Pace(),
    Threshold(),
)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_a_gate_reads_the_state_and_leaves_it_alone(gate: Gate) -> None:
    def busy() -> State:
        return a_state(a_position(), a_quote(), *a_bars(100.0, 100.1, 100.2), orders=orders(working("QQQ")))

    state = busy()
    verdict: Verdict = run_gate(gate, a_signal(), state)
    assert verdict.gate == gate.name
    assert state == busy()


def test_ignition_that_is_not_enforced_notes_its_block_and_lets_the_entry_go_on() -> None:
    verdict = run_gate(IgnitionGate(enforce=False), a_signal(), a_state(*a_bars(100.0, 100.0, 100.0)))
    assert (verdict.result, verdict.policy, verdict.blocks) == (Result.BLOCK, "observed", False)
