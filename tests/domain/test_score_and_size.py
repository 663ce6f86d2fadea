from decimal import Decimal
from math import exp

import pytest

from tidegate.core.domain.events import SignalJudged, decode, encode
from tidegate.core.domain.rules import Cluster, Rules
from tidegate.core.domain.settings import Score, Size
from tidegate.core.domain.signals.judging import judge
from tidegate.core.domain.signals.scoring import composite, coverage, freshness, regime_modifier, score
from tidegate.core.domain.signals.sizing import notional, size
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Component, Direction, Regime, Result, Signal, Verdict, passed
from tidegate.core.domain.values.broker import Account
from tidegate.testing import NOW, a_cluster, a_state


def component(value: float | None, *, weight: float = 1.0, multiplier: float = 1.0) -> Component:
    return Component(value=value, weight=weight, multiplier=multiplier)


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        ({}, 0.0),
        ({"a": component(None)}, 0.0),
        ({"a": component(1.0)}, 8.0),
        ({"a": component(-1.0)}, 0.0),
        ({"a": component(0.5), "b": component(None, weight=9.0)}, 4.0),
        ({"a": component(0.5, weight=3.0), "b": component(0.0)}, 3.0),
        ({"a": component(0.5, multiplier=1.5)}, 6.0),
        ({"a": component(1.0, multiplier=2.5)}, 8.0),
    ],
)
def test_the_composite_is_a_clamped_weighted_mean_of_what_is_known(
    components: dict[str, Component], expected: float
) -> None:
    assert composite(components, 8.0) == pytest.approx(expected)


def test_an_unknown_component_lowers_coverage_and_nothing_else() -> None:
    parts = {"a": component(0.4, weight=2.4), "b": component(None, weight=0.6)}
    assert coverage(parts) == pytest.approx(0.8)
    assert composite(parts, 8.0) == composite({"a": parts["a"]}, 8.0)
    assert coverage({}) == 0.0


def test_freshness_halves_in_the_half_life_of_its_exponential_and_never_exceeds_one() -> None:
    assert freshness(0.0, Score()) == 1.0
    assert freshness(45 * 60.0, Score()) == pytest.approx(exp(-1))
    assert freshness(-30.0, Score()) == 1.0


@pytest.mark.parametrize(
    ("regime", "bullish", "bearish"),
    [
        (Regime.RISK_ON, 1.2, 0.9),
        (Regime.MIXED, 1.0, 1.0),
        (Regime.RISK_OFF, 0.8, 1.1),
        (Regime.PANIC, 0.5, 1.2),
        (Regime.UNKNOWN, 1.0, 1.0),
    ],
)
def test_modifiers_by_regime(regime: Regime, bullish: float, bearish: float) -> None:
    assert regime_modifier(regime, Direction.BULLISH, Score()) == bullish
    assert regime_modifier(regime, Direction.BEARISH, Score()) == bearish


class Raising:
    weight = 1.0

    def score(self, cluster: Cluster, state: State) -> float | None:
        raise RuntimeError("no")


class Wild:
    weight = 1.0

    def score(self, cluster: Cluster, state: State) -> float | None:
        return float("nan")


@pytest.mark.parametrize("scorer", [Raising(), Wild()])
def test_a_scorer_that_fails_or_leaves_its_range_is_unknown_and_named(scorer: Raising | Wild) -> None:
    signal, failures = score(a_cluster(), a_state(), Rules(scorers=(("scorers.bad", scorer),)))
    assert signal.components["bad"].value is None
    assert signal.score == 0.0
    assert [failure.plugin for failure in failures] == ["scorers.bad"]


@pytest.mark.parametrize(
    ("scored", "dollars"), [(2.7, 300.0), (3.0, 500.0), (3.79, 500.0), (3.8, 600.0), (4.2, 750.0), (9.6, 750.0)]
)
def test_notional_by_tier(scored: float, dollars: float) -> None:
    assert notional(scored, Size()) == dollars


def account(power: str) -> Account:
    return Account(at=NOW, equity=Decimal(10_000), cash=Decimal(10_000), buying_power=Decimal(power))


@pytest.mark.parametrize(
    ("price", "power", "shares", "result"),
    [
        (100.0, "10000", "5", Result.PASS),
        (99.0, "10000", "5", Result.PASS),
        (600.0, "10000", "1", Result.PASS),
        (825.0, "10000", "1", Result.PASS),
        (825.01, "10000", "0", Result.BLOCK),
        (10.0, "100", "9", Result.PASS),
        (10.0, "52", "0", Result.BLOCK),
        (None, "10000", "0", Result.UNKNOWN),
    ],
)
def test_shares_for_a_score_of_three(price: float | None, power: str, shares: str, result: Result) -> None:
    quantity, verdict = size(3.0, price, account(power), Size())
    assert (quantity, verdict.result, verdict.gate) == (Decimal(shares), result, "size")


def test_without_an_account_the_size_is_unknown() -> None:
    assert size(3.0, 100.0, None, Size())[1].result is Result.UNKNOWN


def test_fractional_shares_round_down() -> None:
    quantity, _ = size(3.0, 333.0, account("10000"), Size(fractional=True))
    assert quantity == Decimal("1.5015")


class Whole:
    weight = 1.0
    on_error = "closed"

    def score(self, cluster: Cluster, state: State) -> float | None:
        return 1

    def check(self, signal: Signal, state: State) -> Verdict:
        return passed(measured=1, limit=2)


def test_a_plugins_whole_numbers_are_journaled_as_the_floats_they_are_read_back_as() -> None:
    rules = Rules(scorers=(("scorers.whole", Whole()),), gates=(("gates.whole", Whole()),))  # type: ignore[arg-type] # on_error is a str
    signal, _ = score(a_cluster(), a_state(), rules)
    judgement, _ = judge(signal, a_state(), rules)
    event = SignalJudged(judgement=judgement)
    assert encode(decode(encode(event))) == encode(event)
