"""What people see of beliefs: the multiplier that each cell gives, and what moved a cell. Nothing here decides."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

import msgspec

from tidegate.core.domain import events as e
from tidegate.core.domain.learning.updates import Belief, applied
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.rules import Learner, Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Regime, Value

MOVING = ("BeliefUpdated", "BeliefReset", "BeliefRolledBack")  # the kinds of event that move a cell


class LearnerGauge(msgspec.Struct, frozen=True, kw_only=True):
    """What a learner makes of its belief: the multiplier of each cell, in force and by the newest belief.

    The two differ in shadow mode. `needed` is the evidence (outcomes' worth) below which a multiplier stays 1, None
    when the learner has no such limit; a learner that fails gives no multipliers.
    """

    needed: float | None
    applied: dict[str, float] = {}
    newest: dict[str, float] = {}


class CellMove(Value, frozen=True, kw_only=True):
    """One move of a cell by an outcome, or by a person (then `hand` says what was done, by whom).

    `before` is None when what was undone is no longer known.
    """

    seq: int
    at: datetime
    trace: str
    before: Cell | None
    after: Cell
    hand: str = ""


def learner_gauges(state: State, rules: Rules) -> dict[str, LearnerGauge]:
    """What each learner that is on makes of its belief, by its key."""
    return {key: _gauge(state, key, learner) for key, learner in rules.learners}


def cell_moves(recorded: Iterable[e.Recorded], learner: str, cell: str) -> Iterator[CellMove]:
    """The moves of one cell among events, oldest first."""
    known: Cell | None = None
    for each in recorded:
        event, before, hand = each.event, known, ""
        match event:
            case e.BeliefUpdated() if (event.learner, event.cell) == (learner, cell):
                before, known = event.before, event.after
            case e.BeliefReset() if event.learner == learner and cell in event.cells:
                known, hand = Cell(), f"reset by {event.who}"
            case e.BeliefRolledBack() if event.learner == learner and cell in event.cells:
                known, hand = event.cells[cell], f"rolled back to event {event.seq} by {event.who}"
            case _:
                continue
        yield CellMove(seq=each.seq, at=each.at, trace=each.trace, before=before, after=known, hand=hand)


def _gauge(state: State, key: str, learner: Learner) -> LearnerGauge:
    needed, newest = getattr(learner, "min_evidence", None), state.beliefs.get(key, {})
    needed = float(needed) if isinstance(needed, int | float) else None
    with suppress(Exception):  # a plugin's code: what it cannot say is left out
        in_force = _factors(learner, newest, applied(state, key))
        return LearnerGauge(needed=needed, applied=in_force, newest=_factors(learner, newest, newest))
    return LearnerGauge(needed=needed)


def _factors(learner: Learner, cells: Iterable[str], belief: Belief) -> dict[str, float]:
    """The multiplier of each of the cells; 1 where the learner gives none."""
    given = {str(regime): learner.multipliers(regime, belief) for regime in Regime}
    parts = {cell: cell.partition("/") for cell in cells}
    return {cell: float(given.get(regime, {}).get(name, 1.0)) for cell, (regime, _, name) in parts.items()}
