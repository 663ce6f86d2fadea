"""step: what follows from an event. Pure: no clock, no I/O, no randomness, no logging.

Every event is folded, then stepped; what step returns is folded and stepped in turn, depth first, so that each
signal is judged with the orders of the signal before it already counted.
"""

from datetime import datetime

from core.domain import events as e
from core.domain.admit import trace_for
from core.domain.cancels import cancels
from core.domain.fold import fold
from core.domain.follows import NOTHING, Follows, Step
from core.domain.learning import LEARNING
from core.domain.orders import Status
from core.domain.queueing import Traced
from core.domain.rules import Rules
from core.domain.state import State
from core.domain.step_broker import BROKER
from core.domain.step_exits import EXITS
from core.domain.step_lockdown import LOCKDOWN
from core.domain.step_orders import ORDERS
from core.domain.step_people import PEOPLE
from core.domain.step_positions import POSITIONS
from core.domain.step_signals import SIGNALS


def step(state: State, recorded: e.Recorded, rules: Rules) -> Follows:
    """The decisions (with their traces) and effects that follow from one folded event."""
    follow = _STEPS.get(type(recorded.event))
    return follow(state, recorded, recorded.event, rules) if follow is not None else NOTHING


def advance(state: State, fact: e.Fact, at: datetime, rules: Rules) -> tuple[list[e.Recorded], list[e.Effect]]:
    """Fold a fact and everything that follows from it; returns what to journal, in order, and the effects."""
    recorded: list[e.Recorded] = []
    effects: list[e.Effect] = []
    pending: list[Traced] = [(trace_for(fact), fact)]
    while pending:
        trace, event = pending.pop()
        record = e.Recorded(state.seq + 1, at, trace, event)  # type: ignore[arg-type] # every Event kind is in AnyEvent
        fold(state, record)
        recorded.append(record)
        decisions, wanted = step(state, record, rules)
        pending.extend(reversed(decisions))
        effects.extend(wanted)
    return recorded, effects


def outstanding(state: State) -> list[e.Effect]:
    """What a restart must ask: the fate of every order that may have been sent, and the account if it was due."""
    effects: list[e.Effect] = [
        e.Find(order=working.order) for working in state.orders.values() if working.status is not Status.LIMITED
    ]
    effects += cancels(state)
    if state.account_due is not None:
        effects.append(e.AskAccount())
    return effects


_STEPS: dict[type[e.Event], Step] = {
    **SIGNALS,
    **ORDERS,
    **EXITS,
    **POSITIONS,
    **LEARNING,
    **BROKER,
    **LOCKDOWN,
    **PEOPLE,
}
