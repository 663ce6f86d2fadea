"""What people see of beliefs: multipliers as the learner gives them, and what moved a cell."""

from datetime import UTC, datetime, timedelta

import pytest

from tidegate import Learner
from tidegate.core.domain import events as e
from tidegate.core.domain.positions import Cell, Outcome
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Regime
from tidegate.core.domain.views.beliefs import LearnerGauge, cell_moves, learner_gauges
from tidegate.plugins.learners.regime_beta import RegimeBeta

KEY, CELL = "learners.regime_beta", "MIXED/options_flow"
AT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
STRONG, STRONGER = Cell(alpha=22.0, beta=2.0), Cell(alpha=42.0, beta=2.0)


class Broken(Learner, frozen=True, kw_only=True):
    """A learner of somebody else's."""

    def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
        raise RuntimeError("no")

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        return {}


def told(*events: e.AnyEvent) -> list[e.Recorded]:
    return [e.Recorded(seq, AT + timedelta(seconds=seq), f"uw_{seq}", each) for seq, each in enumerate(events, 1)]


def updated(before: Cell, after: Cell, *, cell: str = CELL, learner: str = KEY) -> e.BeliefUpdated:
    return e.BeliefUpdated(learner=learner, cell=cell, before=before, after=after, outcome="o")


def test_a_gauge_has_each_cells_multiplier_in_force_and_by_the_newest_belief() -> None:
    state = State(beliefs={KEY: {CELL: STRONGER}}, promoted={KEY: {CELL: STRONG}}, shadows=(KEY,))
    gauge = learner_gauges(state, Rules(learners=((KEY, RegimeBeta()),)))[KEY]
    assert gauge.needed == 15.0
    assert gauge.applied == {CELL: pytest.approx(1 + 1.5 * (22 / 24 - 0.5) / 0.5)}
    assert gauge.newest == {CELL: pytest.approx(1 + 1.5 * (42 / 44 - 0.5) / 0.5)}


def test_what_was_learned_in_shadow_mode_only_is_not_in_force() -> None:
    state = State(beliefs={KEY: {CELL: STRONG}}, shadows=(KEY,))
    gauge = learner_gauges(state, Rules(learners=((KEY, RegimeBeta()),)))[KEY]
    assert gauge.applied == {CELL: 1.0}
    assert gauge.newest[CELL] > 1.0


def test_a_learner_that_fails_or_names_no_limit_leaves_unknown_what_it_does_not_say() -> None:
    state = State(beliefs={KEY: {CELL: STRONG}})
    assert learner_gauges(state, Rules(learners=((KEY, Broken()),))) == {KEY: LearnerGauge(needed=None)}


def test_a_cell_of_no_regime_has_the_multiplier_one() -> None:
    state = State(beliefs={KEY: {"oddly named": STRONG}})
    assert learner_gauges(state, Rules(learners=((KEY, RegimeBeta()),)))[KEY].applied == {"oddly named": 1.0}


def test_the_moves_of_a_cell_are_its_outcomes_and_what_people_did() -> None:
    first, second = Cell(alpha=3.0), Cell(alpha=3.0, beta=3.0)
    moves = list(
        cell_moves(
            told(
                updated(Cell(), first),
                updated(Cell(), STRONG, cell="PANIC/options_flow"),
                updated(Cell(), STRONG, learner="learners.other"),
                updated(first, second),
                e.BeliefReset(learner=KEY, cells=(CELL,), who="kim"),
                e.BeliefRolledBack(learner=KEY, seq=1, cells={CELL: first}, who="kim"),
                e.BeliefRolledBack(learner=KEY, seq=1, cells={"PANIC/options_flow": Cell()}, who="kim"),
            ),
            KEY,
            CELL,
        )
    )
    assert [move.seq for move in moves] == [1, 4, 5, 6]
    assert [(move.before, move.after) for move in moves] == [
        (Cell(), first),
        (first, second),
        (second, Cell()),
        (Cell(), first),
    ]
    assert [move.hand for move in moves] == ["", "", "reset by kim", "rolled back to event 1 by kim"]


def test_what_a_reset_undid_is_unknown_when_no_earlier_move_is() -> None:
    reset = e.BeliefReset(learner=KEY, cells=(CELL,), who="kim")
    assert [move.before for move in cell_moves(told(reset), KEY, CELL)] == [None]
