"""What a health report judges: the journal, its state, the engine's gauges and the configuration, as of one moment."""

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from typing import NamedTuple

from core.domain.events import EngineStarted
from core.domain.state import State
from core.errors import JournalError
from core.lock import Holder, holder
from core.reader import Gauge, Reader
from tidegate.boot import Setup
from tidegate.summary import every


class Sight(NamedTuple):
    """What there is to judge. `journal` is None when it cannot be opened; `problem` then says why.

    `ran` is the last run's configuration as JSON; None when no run said (older versions did not).
    """

    setup: Setup
    state: State
    journal: Reader | None
    gauges: dict[str, Gauge]
    holder: Holder | None
    at: datetime
    problem: str = ""
    ran: str | None = None


def look(setup: Setup, stack: ExitStack) -> Sight:
    """What is there now; the journal stays open until the stack ends."""
    held, now = holder(setup.folder), datetime.now(UTC)
    try:
        journal = stack.enter_context(closing(Reader.open(setup.folder)))
        return Sight(setup, journal.state(), journal, journal.gauges(), held, now, ran=_ran(journal))
    except JournalError as error:
        return Sight(setup, State(), None, {}, held, now, str(error))


def _ran(journal: Reader) -> str | None:
    said = [each.event.config for each in every(journal, ("EngineStarted",)) if isinstance(each.event, EngineStarted)]
    return said[-1] or None if said else None
