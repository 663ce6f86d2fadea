"""fold: the only writer of the state. Reading a journal and running live are the same fold.

Each kind of event has one handler, in the file beside this one that its subject names, or is listed as silent: it
changes only seq and time.
"""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.folding.broker import BROKER
from tidegate.core.domain.folding.engine import ENGINE
from tidegate.core.domain.folding.equity import EQUITY
from tidegate.core.domain.folding.learning import LEARNING
from tidegate.core.domain.folding.lockdown import LOCKDOWN
from tidegate.core.domain.folding.orders import ORDERS
from tidegate.core.domain.folding.prices import PRICES
from tidegate.core.domain.folding.signals import SIGNALS
from tidegate.core.domain.folding.sources import SOURCES
from tidegate.core.domain.folding.trades import TRADES
from tidegate.core.domain.state import State

SILENT: frozenset[type[e.Event]] = frozenset(
    {e.ClockSkewed, e.DiskLow, e.LockdownRefused, e.OrderMoveRefused}
)  # these change nothing
HANDLERS: Handlers[Apply] = Handlers[Apply]().with_all(
    ENGINE, SOURCES, PRICES, SIGNALS, ORDERS, TRADES, EQUITY, BROKER, LEARNING, LOCKDOWN
)
NUMBERED = (e.SourceFact, e.RequestReceived, e.Tick)  # a source's own numbers tell where to go on
_BY_KIND = HANDLERS.complete(e.KINDS.values(), silent=SILENT)


def fold(state: State, recorded: e.Recorded) -> None:
    """Apply one event to the state, in place."""
    state.seq = recorded.seq
    state.at = recorded.at
    event = recorded.event
    apply = _BY_KIND.get(type(event))
    if apply is not None:
        apply(state, recorded, event)
    if isinstance(event, NUMBERED) and event.source:
        state.cursors[event.source] = event.cursor


def fold_all(state: State, recorded: list[e.Recorded]) -> State:
    """Apply events in order and return the same state."""
    for each in recorded:
        fold(state, each)
    return state
