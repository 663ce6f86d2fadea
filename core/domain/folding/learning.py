"""The part of `fold` that concerns what learners believe."""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.state import MOVES_LIMIT, Move, State

LEARNING: Handlers[Apply] = Handlers()


def begin(state: State, shadows: tuple[str, ...]) -> None:
    """A run begins. A learner that enters shadow mode keeps applying what it had learned by then."""
    for learner in sorted(set(shadows) - set(state.shadows)):
        state.promoted[learner] = dict(state.beliefs.get(learner, {}))
    state.shadows = shadows


@LEARNING.handles
def _updated(state: State, recorded: e.Recorded, event: e.BeliefUpdated) -> None:
    state.learned[f"{event.learner}/{event.outcome}"] = None
    _move(state, recorded, event.learner, {event.cell: event.after})


@LEARNING.handles
def _reset(state: State, recorded: e.Recorded, event: e.BeliefReset) -> None:
    _move(state, recorded, event.learner, dict.fromkeys(event.cells, Cell()))


@LEARNING.handles
def _rolled_back(state: State, _: e.Recorded, event: e.BeliefRolledBack) -> None:
    state.beliefs.setdefault(event.learner, {}).update(event.cells)
    state.moves[event.learner] = [move for move in state.moves.get(event.learner, []) if move.seq <= event.seq]


@LEARNING.handles
def _promoted(state: State, _: e.Recorded, event: e.BeliefPromoted) -> None:
    state.promoted[event.learner] = dict(event.cells)


@LEARNING.handles
def _frozen(state: State, _: e.Recorded, event: e.LearnerFrozen) -> None:
    state.frozen = [each for each in state.frozen if each != event.learner]
    if event.frozen:
        state.frozen.append(event.learner)


def _move(state: State, recorded: e.Recorded, learner: str, cells: dict[str, Cell]) -> None:
    """Set the cells, and remember what they were."""
    belief, moves = state.beliefs.setdefault(learner, {}), state.moves.setdefault(learner, [])
    for cell, after in cells.items():
        moves.append(Move(recorded.seq, cell, belief.get(cell, Cell())))
        belief[cell] = after
    if len(moves) > MOVES_LIMIT:
        state.moves_from[learner] = moves[-MOVES_LIMIT - 1].seq
        del moves[:-MOVES_LIMIT]
