"""step: what follows from an event. Pure: no clock, no I/O, no randomness, no logging.

Every event is folded, then stepped; what step returns is folded and stepped in turn, depth first, so that each
signal is judged with the orders of the signal before it already counted.
"""

from datetime import datetime

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced
from tidegate.core.domain.orders import Status
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import in_session, trace_for
from tidegate.core.domain.stepping.broker import BROKER
from tidegate.core.domain.stepping.exits import EXITS
from tidegate.core.domain.stepping.learning import LEARNING
from tidegate.core.domain.stepping.lockdown import LOCKDOWN
from tidegate.core.domain.stepping.orders import ORDERS
from tidegate.core.domain.stepping.people import PEOPLE
from tidegate.core.domain.stepping.prices import POSITIONS
from tidegate.core.domain.stepping.rate_limits import RATE_LIMITS
from tidegate.core.domain.stepping.signals import SIGNALS

SILENT: frozenset[type[e.Event]] = frozenset(
    {
        *(e.EngineStopped, e.StorageRecovered, e.DriftSeen, e.OptionSeen),
        *(e.AlertRepeated, e.InputRejected, e.InputIgnored, e.AlertUncounted, e.PriceAwaited, e.SourceFailed),
        *(e.OrderMoveRefused, e.OrderForeign, e.VenueUnavailable),
        *(e.SignalQueued, e.QueueDrained, e.QueueDropped, e.QueueExpired, e.EntryAbandoned),
        *(e.PositionOpened, e.PositionAdopted, e.PositionCorrected, e.ExitLevelMoved),
        *(e.BeliefUpdated, e.BeliefReset, e.BeliefRolledBack, e.BeliefPromoted, e.LearnerFrozen, e.RegimeChanged),
        *(e.HaltReleased, e.DrawdownRestarted, e.LockdownLifted, e.PluginToggled, e.PluginQuarantined),
        *(e.DifferenceFound, e.DifferenceSettled),
    }
)  # nothing follows from these
HANDLERS: Handlers[Step] = Handlers[Step]().with_all(
    SIGNALS, ORDERS, RATE_LIMITS, EXITS, POSITIONS, LEARNING, BROKER, LOCKDOWN, PEOPLE
)
_BY_KIND = HANDLERS.complete(e.KINDS.values(), silent=SILENT)


def step(state: State, recorded: e.Recorded, rules: Rules) -> Follows:
    """The decisions (with their traces) and effects that follow from one folded event."""
    follow = _BY_KIND.get(type(recorded.event))
    return follow(state, recorded, recorded.event, rules) if follow is not None else NOTHING


def advance(state: State, fact: e.Fact, at: datetime, rules: Rules) -> tuple[list[e.Recorded], list[e.Effect]]:
    """Fold a fact and everything that follows from it; returns what to journal, in order, and the effects."""
    recorded: list[e.Recorded] = []
    effects: list[e.Effect] = []
    fact = in_session(fact, at, rules.is_open)
    pending: list[Traced] = [(trace_for(fact), fact)]
    while pending:
        trace, event = pending.pop()
        record = e.Recorded(state.seq + 1, at, trace, event)  # type: ignore[arg-type] # every Event kind is in AnyEvent
        fold(state, record)
        recorded.append(record)
        decisions, wanted = step(state, record, rules)
        if decisions or wanted:
            pending += reversed(decisions)
            effects += wanted
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
