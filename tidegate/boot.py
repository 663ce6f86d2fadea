"""The one place that wires configuration, plugins, journal and loop into a running engine."""

import asyncio
from collections.abc import Callable

from tidegate.core.domain.state import State
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.running.arming import check as check_live
from tidegate.running.clocks import loop_factory
from tidegate.running.run import Progress, Running
from tidegate.running.setup import Setup, configure, draft, mistakes, shipped_config

__all__ = ["Setup", "configure", "draft", "mistakes", "run", "shipped_config"]


def run(
    setup: Setup,
    *,
    speed: float | None,
    progress: Callable[[Progress], None] | None = None,
    live: str | None = None,
) -> State:
    """Run the engine in this process until the session ends, a stop is asked for, or SIGTERM or SIGINT arrives.

    Args:
        setup: What `configure` returned.
        speed: Session seconds per second for recorded sources; None runs as fast as the machine can.
        progress: Told a few times a second.
        live: The account that may be traded with real money; None for every other run.

    Raises:
        RefusedError: Another engine holds the journal, or paper and live do not agree (`tidegate.running.arming`).
    """
    with Lock.take(setup.folder) as lock:
        check_live(setup, live=live)
        journal = Journal.open(setup.folder)
        try:
            state = journal.load()
            engine = Running(setup, journal, state, speed, progress, lock)
            with asyncio.Runner(loop_factory=loop_factory(setup.config)) as runner:
                runner.run(engine.run())
        finally:
            journal.close()
    return state
