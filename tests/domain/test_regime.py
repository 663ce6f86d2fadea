import random
from datetime import timedelta

import pytest

from tidegate.core.domain.events import QuoteSeen, ReadingSeen, RegimeChanged
from tidegate.core.domain.regimes.detection import classify, following, inputs_of, settle
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import RegimeRules
from tidegate.core.domain.state import RegimeState, State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Quote, Reading, Regime
from tidegate.testing import NOW

CALM = {"volatility": 12.0, "drawdown": 1.0, "return_20d": 2.0, "return_1d": 0.1}


@pytest.mark.parametrize(
    ("changes", "regime"),
    [
        ({}, Regime.RISK_ON),
        ({"volatility": 15.0}, Regime.MIXED),
        ({"return_20d": 0.0}, Regime.MIXED),
        ({"volatility": 25.0}, Regime.RISK_OFF),
        ({"drawdown": 10.0}, Regime.RISK_OFF),
        ({"volatility": 30.0, "drawdown": 12.0}, Regime.PANIC),
        ({"volatility": 30.0, "drawdown": 11.9}, Regime.RISK_OFF),
        ({"volatility": 40.0}, Regime.PANIC),
        ({"return_1d": -5.0}, Regime.PANIC),
        ({"return_1d": -4.99}, Regime.RISK_ON),
    ],
)
def test_ordered_thresholds(changes: dict[str, float], regime: Regime) -> None:
    assert classify({**CALM, **changes}, RegimeRules()) is regime


def test_inputs_need_twenty_one_closes() -> None:
    assert inputs_of([100.0] * 20) is None
    inputs = inputs_of([100.0] * 20 + [90.0])
    assert inputs is not None
    assert inputs["drawdown"] == pytest.approx(10.0)
    assert inputs["return_1d"] == pytest.approx(-10.0)


def days(count: int, daily_move: float, start: float = 100.0) -> list[float]:
    closes = [start]
    for day in range(count):
        closes.append(closes[-1] * (1.0 + (daily_move if day % 2 else -daily_move) + 0.0005))
    return closes


def test_risk_off_and_panic_come_at_once_and_a_worse_regime_is_left_after_five_better_days() -> None:
    rules = RegimeRules()
    calm = days(60, 0.002)
    crash = RegimeState(regime=Regime.RISK_ON, closes=[*calm, calm[-1] * 0.94])
    assert settle(crash, rules)[0] is Regime.PANIC
    worse = RegimeState(regime=Regime.RISK_OFF, closes=calm, days=5)
    assert settle(worse, rules)[0] is Regime.RISK_ON
    shaken = RegimeState(regime=Regime.PANIC, closes=[*calm[:-4], *days(3, 0.001, calm[-5] * 0.9)], days=5)
    assert settle(shaken, rules)[0] is Regime.PANIC


def test_better_days_from_before_a_regime_began_do_not_end_it() -> None:
    state, _ = state_after_closes(days(70, 0.002))
    fall = state.regime.closes[-1] * 0.96
    twice(state, fall)
    recovered = state.regime.closes[-1]
    seen = []
    for day in range(101, 108):
        advance(state, close(day, recovered), NOW + timedelta(days=day - 100), Rules())
        seen.append(state.regime.regime)
    assert seen == [Regime.PANIC] * 5 + [seen[-1]] * 2
    assert seen[-1] is not Regime.PANIC


@pytest.mark.parametrize(
    ("past", "regime"),
    [
        ([Regime.MIXED, Regime.MIXED, Regime.RISK_ON], Regime.RISK_ON),
        ([Regime.MIXED, Regime.MIXED, Regime.MIXED], Regime.MIXED),
        ([Regime.RISK_OFF, Regime.RISK_ON, Regime.RISK_ON], Regime.RISK_OFF),
    ],
)
def test_risk_on_is_left_for_mixed_after_three_such_days_and_for_worse_at_once(
    past: list[Regime], regime: Regime
) -> None:
    assert following(Regime.RISK_ON, past, 10, RegimeRules()) is regime


def test_a_regime_that_was_unknown_is_found_by_going_through_the_closes() -> None:
    calm = days(60, 0.002)
    after_crash = [*calm, calm[-1] * 0.94, *[calm[-1] * 0.95] * 3]
    assert settle(RegimeState(closes=after_crash), RegimeRules())[0] is Regime.PANIC


@pytest.mark.parametrize(("vix", "regime"), [(29.9, Regime.RISK_ON), (30.0, Regime.RISK_OFF), (40.0, Regime.PANIC)])
def test_the_vix_makes_the_regime_worse_at_once(vix: float, regime: Regime) -> None:
    state, _ = state_after_closes(days(70, 0.002))
    advance(state, ReadingSeen(source="s", reading=Reading(name="vix", at=NOW, value=vix, max_age_s=60)), NOW, Rules())
    assert state.regime.regime is regime


def close(day: int, value: float) -> ReadingSeen:
    at = NOW - timedelta(days=100 - day)
    return ReadingSeen(source="s", reading=Reading(name="daily_close", at=at, value=value, max_age_s=4e5))


def state_after_closes(values: list[float]) -> tuple[State, list[RegimeChanged]]:
    state, changes = State(), []
    offset = 100 - len(values)
    for day, value in enumerate(values):
        recorded, _ = advance(state, close(day + offset, value), NOW, Rules())
        changes += [r.event for r in recorded if isinstance(r.event, RegimeChanged)]
    return state, changes


def twice(state: State, price: float) -> None:
    """The index at a price, seen again a second later."""
    for at in (NOW, NOW + timedelta(seconds=1)):
        quote = Quote(symbol="SPY", at=at, last=price, bid=price, ask=price)
        advance(state, QuoteSeen(source="s", quote=quote), at, Rules())


def test_the_regime_with_confidence_and_inputs_is_an_event() -> None:
    state, changes = state_after_closes(days(70, 0.002))
    assert [change.regime for change in changes] == [Regime.RISK_ON]
    assert 0.0 < changes[0].confidence <= 1.0
    assert set(changes[0].inputs) == {"volatility", "drawdown", "return_20d", "return_1d"}
    assert state.regime.regime is Regime.RISK_ON


@pytest.mark.parametrize(("change", "regime"), [(-0.0299, Regime.RISK_ON), (-0.03, Regime.PANIC)])
def test_three_percent_below_the_previous_close_is_panic_at_once(change: float, regime: Regime) -> None:
    state, _ = state_after_closes(days(70, 0.002))
    price = state.regime.closes[-1] * (1.0 + change) - (1e-9 if regime is Regime.PANIC else 0.0)
    twice(state, price)
    assert state.regime.regime is regime


def test_a_close_for_the_same_day_corrects_it_and_an_older_one_is_ignored() -> None:
    state, _ = state_after_closes([100.0, 101.0])
    advance(state, close(99, 102.0), NOW, Rules())
    advance(state, close(50, 1.0), NOW, Rules())
    assert state.regime.closes == [100.0, 102.0]


def test_random_walks_never_raise() -> None:
    chance = random.Random(1)  # noqa: S311 - a seeded walk, not a secret
    closes = [100.0]
    for _ in range(300):
        closes.append(closes[-1] * (1.0 + chance.gauss(0, 0.03)))
    state, changes = state_after_closes(closes[-99:])
    assert state.regime.regime is not Regime.UNKNOWN
    assert all(change.regime is not change.before for change in changes)
