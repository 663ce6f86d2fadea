"""What is learned from closed positions."""

from math import isfinite

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced
from tidegate.core.domain.guard import NonsenseError, guarded
from tidegate.core.domain.learning.updates import Belief
from tidegate.core.domain.positions import EXTERNAL, Cell, Outcome
from tidegate.core.domain.rules import Learner, Rules
from tidegate.core.domain.state import State

LEARNING: Handlers[Step] = Handlers()


@LEARNING.handles
def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed, rules: Rules) -> Follows:
    follows: list[Traced] = []
    outcome = event.outcome
    if EXTERNAL in outcome.reasons:
        return NOTHING  # no decision of ours made it
    for key, learner in rules.learners:
        if not state.active(key) or key in state.frozen or f"{key}/{outcome.id}" in state.learned:
            continue
        belief = state.beliefs.get(key, {})
        failures: list[e.PluginFailed] = []
        moved = guarded(failures, key, {}, _moved, learner, outcome, belief)
        follows += [(recorded.trace, each) for each in failures]
        for cell, after in moved.items():
            before = belief.get(cell, Cell())
            update = e.BeliefUpdated(learner=key, cell=cell, before=before, after=after, outcome=outcome.id)
            follows.append((recorded.trace, update))
    return follows, []


def _moved(learner: Learner, outcome: Outcome, belief: Belief) -> Belief:
    """All the cells that an outcome moves, or none of them."""
    moved: object = learner.learn(outcome, dict(belief))
    if not isinstance(moved, dict):
        raise NonsenseError(f"learned {type(moved).__name__}, not a dict of cells")
    for name, cell in moved.items():
        if not (isinstance(name, str) and isinstance(cell, Cell) and _sound(cell)):
            raise NonsenseError(f"learned {cell!r} about {name!r}")
    return moved


def _sound(cell: Cell) -> bool:
    return all(isinstance(part, float | int) and isfinite(part) and part > 0.0 for part in (cell.alpha, cell.beta))
