"""Beliefs through whole events: learned once, kept apart by regime, and in the hands of people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.positions import Cell, Outcome
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.scoring import score
from tidegate.core.domain.state import MOVES_LIMIT, State, decode_state, encode_state
from tidegate.core.domain.stepping.step import step
from tidegate.core.domain.values import Regime
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.testing import NOW, a_cluster, a_position, a_state, an_alert, an_outcome

KEY = "learners.regime_beta"
RULES = Rules(learners=((KEY, RegimeBeta(min_evidence=1.0)),), scorers=(("scorers.options_flow", OptionsFlow()),))
REGIMES = (Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC)
COMPONENTS = ("options_flow", "dark_pool", "iv_rank")

outcome = st.builds(
    lambda regime, pnl, parts: (regime, pnl, dict(parts)),
    st.sampled_from(REGIMES),
    st.integers(-500, 500),
    st.lists(st.tuples(st.sampled_from(COMPONENTS), st.floats(-2.0, 2.0)), max_size=3),
)
Drawn = list[tuple[Regime, int, dict[str, float]]]


class Book:
    """A state, and what follows from facts told to it."""

    def __init__(self, *, shadows: tuple[str, ...] = ()) -> None:
        self.state, self.seq = State(), 0
        self.said: list[str] = []
        self.tell(e.EngineStarted(mode="t", version="0", plugins=(KEY,), available=(KEY,), shadows=shadows))

    def tell(self, event: e.AnyEvent) -> int:
        """Fold an event and all that follows; returns the last sequence number."""
        self.seq += 1
        record = e.Recorded(self.seq, NOW + timedelta(seconds=self.seq), "", event)
        fold(self.state, record)
        decisions, effects = step(self.state, record, RULES)
        self.said += [effect.text for effect in effects if isinstance(effect, e.Answer)]
        for _, decision in decisions:
            self.tell(decision)  # type: ignore[arg-type] # every decision is in AnyEvent
        return self.seq

    def close(self, closed: Outcome) -> int:
        """Close a position with this outcome."""
        self.state.positions[closed.symbol] = a_position()
        return self.tell(e.PositionClosed(outcome=closed))

    def ask(self, action: str, **args: str) -> str:
        """What a person asks of the learner, and the answer."""
        args = {"learner": KEY, "action": action, **args}
        self.tell(e.RequestReceived(id=self.seq + 1, who="t", name="learner", args=args))
        return self.said[-1]

    @property
    def belief(self) -> dict[str, Cell]:
        return self.state.beliefs.get(KEY, {})


def closed(
    number: int, regime: Regime = Regime.MIXED, *, pnl: int = 5, parts: dict[str, float] | None = None
) -> Outcome:
    parts = {"options_flow": 1.0} if parts is None else parts
    return an_outcome(id=f"o{number}", regime=regime, pnl=Decimal(pnl), contributions=parts)


def after(drawn: Drawn, *, flipped: bool = False) -> Book:
    """A book after these outcomes; `flipped`: those in PANIC turned from win to loss and back."""
    book = Book()
    for number, (regime, pnl, parts) in enumerate(drawn):
        sign = -1 if flipped and regime is Regime.PANIC else 1
        book.close(closed(number, regime, pnl=sign * pnl, parts=parts))
    return book


@given(drawn=st.lists(outcome, max_size=25))
def test_flipping_every_outcome_in_panic_leaves_all_other_regimes_identical_to_the_bit(drawn: Drawn) -> None:
    straight, flipped = (
        {name: cell for name, cell in after(drawn, flipped=flip).belief.items() if not name.startswith("PANIC/")}
        for flip in (False, True)
    )
    assert encode_state(State(beliefs={KEY: straight})) == encode_state(State(beliefs={KEY: flipped}))


@given(drawn=st.lists(outcome, max_size=25))
def test_evidence_adds_up_to_the_outcomes_that_teach(drawn: Drawn) -> None:
    book = after(drawn)
    teaching = sum(pnl != 0 and any(parts.values()) for _, pnl, parts in drawn)
    assert sum(cell.evidence for cell in book.belief.values()) == pytest.approx(teaching)


def test_an_outcome_is_learned_once_however_often_it_is_told() -> None:
    book = Book()
    book.close(closed(1))
    again = dict(book.belief)
    book.close(closed(1))
    book.state = decode_state(encode_state(book.state))
    book.close(closed(1))
    assert book.belief == again


def test_a_frozen_learner_does_not_learn_and_what_it_knows_stays_in_use() -> None:
    book = Book()
    book.close(closed(1))
    assert book.ask("freeze") == f"{KEY} is frozen"
    known = dict(book.belief)
    book.close(closed(2))
    assert book.belief == known
    assert "already" in book.ask("freeze")
    book.ask("thaw")
    book.close(closed(3))
    assert book.belief != known


@pytest.mark.parametrize(
    ("cells", "left"),
    [
        ("", set()),
        ("PANIC", {"MIXED/options_flow", "MIXED/iv_rank"}),
        ("MIXED/iv_rank", {"MIXED/options_flow", "PANIC/options_flow"}),
    ],
)
def test_a_reset_takes_all_or_one_regime_or_one_cell_back_to_the_prior(cells: str, left: set[str]) -> None:
    book = Book()
    book.close(closed(1, parts={"options_flow": 1.0, "iv_rank": 1.0}))
    book.close(closed(2, Regime.PANIC))
    book.ask("reset", cells=cells)
    assert {name for name, cell in book.belief.items() if cell != Cell()} == left


def test_a_rollback_restores_every_cell_as_it_was_and_undoes_a_reset_too() -> None:
    book = Book()
    book.close(closed(1))
    seq = book.close(closed(2, Regime.PANIC))
    then = dict(book.belief)
    book.close(closed(3, parts={"options_flow": 1.0, "dark_pool": 2.0}))
    book.ask("reset")
    assert book.belief != then
    book.ask("rollback", seq=str(seq))
    assert {name: cell for name, cell in book.belief.items() if cell != Cell()} == then
    assert "not moved since" in book.ask("rollback", seq=str(seq))


def test_a_rollback_further_than_is_remembered_is_refused() -> None:
    book = Book()
    for number in range(MOVES_LIMIT + 5):
        book.close(closed(number))
    known = dict(book.belief)
    assert "remembers its moves since event" in book.ask("rollback", seq="1")
    assert book.belief == known


def test_in_shadow_mode_scores_use_the_promoted_belief_and_carry_what_the_newer_one_would_have_made() -> None:
    book = Book(shadows=(KEY,))
    for number in range(20):
        book.close(closed(number, Regime.UNKNOWN))
    book.state.symbols = a_state(*(an_alert(id=str(n), premium=400_000.0) for n in range(3))).symbols
    before, _ = score(a_cluster(), book.state, RULES)
    assert before.components["options_flow"].multiplier == 1.0
    assert before.shadow_score is not None
    assert book.ask("promote") == f"{KEY}: what it learned is applied now"
    promoted, _ = score(a_cluster(), book.state, RULES)
    assert promoted.components["options_flow"].multiplier > 1.0
    assert promoted.score == pytest.approx(before.shadow_score, rel=0.01)
    assert "nothing since" in book.ask("promote")


def test_a_learner_that_enters_shadow_mode_goes_on_applying_what_it_had_learned() -> None:
    book = Book()
    for number in range(20):
        book.close(closed(number))
    known = dict(book.belief)
    book.tell(e.EngineStarted(mode="t", version="0", plugins=(KEY,), available=(KEY,), shadows=(KEY,)))
    book.close(closed(99, pnl=-5))
    assert book.state.promoted[KEY] == known
    assert book.belief != known


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        ({"learner": "learners.other"}, "no learner"),
        ({"action": "explode"}, "cannot"),
        ({"action": "rollback", "seq": "soon"}, "no sequence number"),
        ({"action": "reset"}, "learned nothing"),
        ({"action": "promote"}, "not in shadow mode"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(args: dict[str, str], answer: str) -> None:
    assert answer in Book().ask(**{"action": "freeze", **args})


def test_forgetting_fades_old_evidence_of_the_moved_cell_only() -> None:
    learner = RegimeBeta(half_life=10.0)
    belief = {"MIXED/options_flow": Cell(alpha=12.0, beta=2.0), "PANIC/options_flow": Cell(alpha=9.0, beta=2.0)}
    moved = learner.learn(closed(1, parts={"options_flow": 1.0}), belief)
    assert set(moved) == {"MIXED/options_flow"}
    assert moved["MIXED/options_flow"].alpha == pytest.approx(2.0 + 10.0 * 0.5**0.1 + 1.0)
