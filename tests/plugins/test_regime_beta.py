"""What outcomes teach, and where."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Cell, Outcome, Regime
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.testing import an_outcome

LEARNER = RegimeBeta()
FLOW = "MIXED/options_flow"


def cell(mean: float, evidence: float) -> Cell:
    """A cell with this posterior mean and so many outcomes' worth of evidence."""
    return Cell(alpha=mean * (evidence + 4.0), beta=(1.0 - mean) * (evidence + 4.0))


def test_a_win_adds_each_components_share_to_alpha() -> None:
    outcome = an_outcome(pnl=Decimal(5), contributions={"options_flow": 3.0, "temporal_motif": -1.0})
    assert LEARNER.learn(outcome, {}) == {
        FLOW: Cell(alpha=2.75, beta=2.0),
        "MIXED/temporal_motif": Cell(alpha=2.25, beta=2.0),
    }


def test_a_loss_adds_each_components_share_to_beta() -> None:
    outcome = an_outcome(pnl=Decimal("-0.01"), contributions={"options_flow": 1.2})
    assert LEARNER.learn(outcome, {FLOW: Cell(alpha=5.0, beta=3.0)}) == {FLOW: Cell(alpha=5.0, beta=4.0)}


def test_no_profit_and_no_loss_teaches_nothing() -> None:
    assert LEARNER.learn(an_outcome(pnl=Decimal(0)), {}) == {}


def test_a_component_that_contributed_nothing_learns_nothing() -> None:
    outcome = an_outcome(contributions={"options_flow": 1.2, "temporal_motif": 0.0})
    assert set(LEARNER.learn(outcome, {})) == {FLOW}
    assert LEARNER.learn(an_outcome(contributions={"temporal_motif": 0.0}), {}) == {}
    assert LEARNER.learn(an_outcome(contributions={}), {}) == {}


@pytest.mark.parametrize(
    ("mean", "factor"), [(0.0, 0.25), (0.25, 0.625), (0.5, 1.0), (0.75, 1.75), (1.0, 2.5), (0.6, 1.3)]
)
def test_the_multiplier_is_the_mean_mapped_in_two_straight_lines(mean: float, factor: float) -> None:
    multipliers = LEARNER.multipliers(Regime.MIXED, {FLOW: cell(mean, 20.0)})
    assert multipliers == {"options_flow": pytest.approx(factor)}


@pytest.mark.parametrize(("wins", "factor"), [(0, 1.0), (14, 1.0), (15, 1.0 + 1.5 * (17 / 19 - 0.5) / 0.5)])
def test_the_multiplier_is_one_before_fifteen_outcomes(wins: int, factor: float) -> None:
    belief: dict[str, Cell] = {}
    for n in range(wins):
        belief |= LEARNER.learn(an_outcome(id=f"o{n}"), belief)
    assert LEARNER.multipliers(Regime.MIXED, belief).get("options_flow", 1.0) == pytest.approx(factor)


def test_multipliers_read_their_own_regime_only() -> None:
    belief = {FLOW: cell(0.9, 20.0), "PANIC/options_flow": cell(0.1, 20.0)}
    assert LEARNER.multipliers(Regime.MIXED, belief)["options_flow"] > 1.0
    assert LEARNER.multipliers(Regime.PANIC, belief)["options_flow"] < 1.0
    assert LEARNER.multipliers(Regime.UNKNOWN, belief) == {}


CONTRIBUTIONS = st.dictionaries(
    st.sampled_from(["options_flow", "whale_persistence", "temporal_motif", "dark_pool"]),
    st.floats(-10, 10, allow_subnormal=False),
    max_size=4,
)
OUTCOMES = st.builds(
    lambda regime, pnl, contributions: an_outcome(regime=regime, pnl=pnl, contributions=contributions),
    st.sampled_from(list(Regime)),
    st.decimals(-1000, 1000, places=2),
    CONTRIBUTIONS,
)


@given(st.lists(OUTCOMES, max_size=30))
def test_no_outcome_in_one_regime_moves_another(outcomes: list[Outcome]) -> None:
    belief: dict[str, Cell] = {}
    for outcome in outcomes:
        before = dict(belief)
        moved = LEARNER.learn(outcome, belief)
        assert belief == before
        assert all(name.startswith(f"{outcome.regime}/") for name in moved)
        belief |= moved
        for regime in set(Regime) - {outcome.regime}:
            assert LEARNER.multipliers(regime, belief) == LEARNER.multipliers(regime, before)


@given(OUTCOMES)
def test_an_outcome_is_one_unit_of_evidence_or_none(outcome: Outcome) -> None:
    moved = LEARNER.learn(outcome, {})
    evidence = sum(each.evidence for each in moved.values())
    teaches = outcome.pnl != 0 and any(outcome.contributions.values())
    assert evidence == pytest.approx(1.0 if teaches else 0.0)


@given(st.lists(OUTCOMES, max_size=60))
def test_multipliers_stay_within_floor_and_ceiling(outcomes: list[Outcome]) -> None:
    eager, belief = RegimeBeta(min_evidence=0.0), dict[str, Cell]()
    for outcome in outcomes:
        belief |= eager.learn(outcome, belief)
    for regime in Regime:
        assert all(0.25 <= factor <= 2.5 for factor in eager.multipliers(regime, belief).values())


@given(losses=st.lists(st.sampled_from([Regime.PANIC, Regime.MIXED]), max_size=14))
def test_a_losing_day_moves_no_multiplier_before_its_minimum_evidence(losses: list[Regime]) -> None:
    belief: dict[str, Cell] = {}
    for number, regime in enumerate(losses):
        outcome = an_outcome(
            id=f"o{number}", regime=regime, pnl=Decimal(-9), contributions={"options_flow": 2.0, "dark_pool": 0.5}
        )
        belief |= LEARNER.learn(outcome, belief)
    assert all(factor == 1.0 for regime in Regime for factor in LEARNER.multipliers(regime, belief).values())
