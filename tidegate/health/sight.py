"""What a health report judges: the journal, its state, the engine's gauges and the configuration, as of one moment."""

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tidegate.core.configuration.config import from_tables
from tidegate.core.domain.events import EngineStarted
from tidegate.core.domain.state import State
from tidegate.core.errors import JournalError
from tidegate.core.journaling.lock import Holder, holder
from tidegate.core.journaling.reader import Gauge, Reader
from tidegate.core.plugins.host import Host
from tidegate.output.summary import every
from tidegate.running.setup import Setup, shipped_config


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


def running(folder: Path) -> Setup | None:
    """The configuration of the engine that runs over a folder, as its journal has it; None when none runs or says.

    Raises:
        ConfigError: This program cannot take it.
    """
    if holder(folder) is None:
        return None
    try:
        with closing(Reader.open(folder)) as journal:
            said, state = _ran(journal), journal.state()
    except JournalError:
        return None
    if said is None:
        return None
    config = from_tables(msgspec.json.decode(said, type=dict[str, Any]))
    host = Host(config)
    host.load()
    return Setup(config, host, folder, state.mode, state.session, shipped_config(), (), lambda: config)


def _ran(journal: Reader) -> str | None:
    said = [each.event.config for each in every(journal, ("EngineStarted",)) if isinstance(each.event, EngineStarted)]
    return said[-1] or None if said else None
