"""What learners believe, and what people ask of one: freeze, thaw, reset, rollback, promote.

A learner in shadow mode goes on learning, but signals are scored with the belief that was last promoted; every
signal then carries the score that the newer belief would have given it.
"""

from tidegate.core.domain import events as e
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.state import State

Belief = dict[str, Cell]


def applied(state: State, learner: str) -> Belief:
    """The belief that signals are scored with."""
    return (state.promoted if learner in state.shadows else state.beliefs).get(learner, {})


def asked(state: State, args: dict[str, str], who: str) -> tuple[e.Decision | None, str]:
    """The decision that follows from a request, or None; and the answer in words."""
    learner, action = args.get("learner", ""), args.get("action", "")
    if learner not in {key for key in state.plugins if key.startswith("learners.")}:
        return None, f"no learner {learner!r} is on"
    match action:
        case "freeze" | "thaw":
            return _freeze(state, learner, who, frozen=action == "freeze")
        case "reset":
            return _reset(state, learner, args.get("cells", ""), who)
        case "rollback":
            return _rollback(state, learner, args.get("seq", ""), who)
        case "promote":
            return _promote(state, learner, who)
    return None, f"a learner cannot {action!r}"


def _freeze(state: State, learner: str, who: str, *, frozen: bool) -> tuple[e.Decision | None, str]:
    word = "frozen" if frozen else "learning"
    if (learner in state.frozen) == frozen:
        return None, f"{learner} is {word} already"
    return e.LearnerFrozen(learner=learner, frozen=frozen, who=who), f"{learner} is {word}"


def _reset(state: State, learner: str, scope: str, who: str) -> tuple[e.Decision | None, str]:
    """`scope`: a cell ("PANIC/dark_pool"), a regime ("PANIC"), or nothing for all."""
    cells = tuple(cell for cell in state.beliefs.get(learner, {}) if scope in ("", cell, cell.partition("/")[0]))
    if not cells:
        return None, f"{learner} has learned nothing" + (f" about {scope!r}" if scope else "")
    return e.BeliefReset(learner=learner, cells=cells, who=who), f"{learner}: {len(cells)} cells are back at the prior"


def _rollback(state: State, learner: str, text: str, who: str) -> tuple[e.Decision | None, str]:
    """Back to the belief as it was after the event `seq`."""
    if not text.isdecimal():
        return None, f"{text!r} is no sequence number of the journal"
    seq, moves = int(text), state.moves.get(learner, [])
    cells = {move.cell: move.before for move in reversed(moves) if move.seq > seq}
    if not cells:
        return None, f"{learner} has not moved since event {seq}"
    if seq < state.moves_from.get(learner, 0):
        return None, f"{learner} remembers its moves since event {state.moves_from[learner]} only"
    rolled = e.BeliefRolledBack(learner=learner, seq=seq, cells=cells, who=who)
    return rolled, f"{learner}: {len(cells)} cells are as they were after event {seq}"


def _promote(state: State, learner: str, who: str) -> tuple[e.Decision | None, str]:
    if learner not in state.shadows:
        return None, f"{learner} is not in shadow mode: what it learns is applied already"
    belief = state.beliefs.get(learner, {})
    if belief == state.promoted.get(learner, {}):
        return None, f"{learner} has learned nothing since it was last promoted"
    return e.BeliefPromoted(learner=learner, cells=dict(belief), who=who), f"{learner}: what it learned is applied now"
