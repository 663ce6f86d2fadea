"""Whatever a plugin raises or answers, it is named, the rest goes on, and what is journaled can be read back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.positions import Cell, ExitLevel
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.judging import judge
from tidegate.core.domain.signals.scoring import score
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance, step
from tidegate.core.domain.values import Verdict, passed
from tidegate.testing import NOW, a_cluster, a_position, a_quote, a_signal, a_state, an_outcome

NAN = float("nan")


class Careless:
    """A plugin of every kind that answers what it was given to every question, or raises it."""

    weight = 1.0
    on_error = "closed"

    def __init__(self, **answers: object) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return lambda *_: () if name == "plan" else answer


def readable(*told: e.AnyEvent) -> bool:
    return all(e.encode(e.decode(e.encode(event))) == e.encode(event) for event in told)


def following(state: State, fact: e.Fact, rules: Rules) -> list[e.AnyEvent]:
    return [each.event for each in advance(state, fact, NOW, rules)[0]]


def failed(told: list[e.AnyEvent]) -> list[str]:
    return [event.plugin for event in told if isinstance(event, e.PluginFailed)]


@pytest.mark.parametrize("answer", [None, 7, [("MIXED/a", Cell())], {"MIXED/a": 2.0}, {1: Cell()}, KeyError("x")])
def test_a_learner_that_learns_nonsense_moves_no_cell(answer: object) -> None:
    rules = Rules(learners=(("learners.careless", Careless(learn=answer)),))
    closed = e.Recorded(1, NOW, "uw_1", e.PositionClosed(outcome=an_outcome()))
    told = [event for _, event in step(a_state(), closed, rules)[0]]
    assert [type(event) for event in told] == [e.PluginFailed]


@pytest.mark.parametrize("cell", [Cell(alpha=NAN), Cell(beta=float("inf")), Cell(alpha=0.0), Cell(beta=-1.0)])
def test_a_learner_that_learns_a_number_that_is_no_belief_moves_no_cell(cell: Cell) -> None:
    rules = Rules(learners=(("learners.careless", Careless(learn={"MIXED/a": Cell(), "MIXED/b": cell})),))
    closed = e.Recorded(1, NOW, "uw_1", e.PositionClosed(outcome=an_outcome()))
    assert [type(event) for _, event in step(a_state(), closed, rules)[0]] == [e.PluginFailed]


@pytest.mark.parametrize("answer", [None, 1.5, {"a": "much"}, {"a": NAN}, {"a": 2.0, "b": None}, ValueError("x")])
def test_a_learner_that_multiplies_by_nonsense_multiplies_by_one(answer: object) -> None:
    scorers = (("scorers.a", Careless(score=0.5)), ("scorers.b", Careless(score=0.5)))
    plain = Rules(scorers=scorers)
    rules = Rules(scorers=scorers, learners=(("learners.careless", Careless(multipliers=answer)),))
    signal, failures = score(a_cluster(), a_state(), rules)
    assert [each.plugin for each in failures] == ["learners.careless"]
    assert signal.score == score(a_cluster(), a_state(), plain)[0].score


@pytest.mark.parametrize("answer", [1, True, b"halt", ValueError("x")])
def test_a_gate_that_halts_with_nonsense_halts_nothing(answer: object) -> None:
    rules = Rules(gates=(("gates.careless", Careless(halt=answer)),))  # type: ignore[arg-type] # on purpose
    state = a_state()
    assert state.account is not None
    told = following(state, e.AccountSeen(account=state.account), rules)
    assert failed(told) == ["gates.careless"]
    assert state.halt is None


@pytest.mark.parametrize("verdict", [passed(measured="much"), passed(limit="little"), Verdict(result="PASS").result])  # type: ignore[arg-type] # on purpose
def test_a_gate_that_measures_nonsense_is_unknown(verdict: object) -> None:
    rules = Rules(gates=(("gates.careless", Careless(check=verdict)),))  # type: ignore[arg-type] # on purpose
    judgement, failures = judge(a_signal(), a_state(), rules)
    assert [each.plugin for each in failures] == ["gates.careless"]
    assert judgement.verdicts[0].blocks


@pytest.mark.parametrize("number", [NAN, float("inf"), 1, -0.0])
def test_what_a_gate_measures_is_journaled_as_it_is_read_back(number: float) -> None:
    rules = Rules(gates=(("gates.careless", Careless(check=passed(measured=number, limit=number))),))  # type: ignore[arg-type] # on purpose
    judgement, failures = judge(a_signal(), a_state(), rules)
    assert failures == []
    assert e.decode(e.encode(e.SignalJudged(judgement=judgement))) == e.SignalJudged(judgement=judgement)


@pytest.mark.parametrize(
    "level", [7, "low", ExitLevel(rule="careless", price=NAN), ExitLevel(rule="careless", price=float("inf"))]
)
def test_an_exit_that_cannot_say_its_level_shows_none_and_still_leaves(level: object) -> None:
    state = a_state(positions={"SPY": a_position()})
    rules = Rules(exits=(("exits.careless", Careless(level=level)),))
    told = following(state, e.QuoteSeen(source="s", quote=a_quote(at=NOW)), rules)
    assert failed(told) == []
    assert state.positions["SPY"].nearest_exit is None
    assert readable(*told)


@pytest.mark.parametrize("wanted", [7, "out", Decimal(3), RecursionError("x")])
def test_an_exit_that_decides_nonsense_is_named_and_sells_nothing(wanted: object) -> None:
    state = a_state(positions={"SPY": a_position()})
    rules = Rules(exits=(("exits.careless", Careless(check=wanted)),))
    told = following(state, e.QuoteSeen(source="s", quote=a_quote(at=NOW)), rules)
    assert failed(told) == ["exits.careless"]
    assert state.orders == {}
