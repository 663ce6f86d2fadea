"""A run: the loop, and what it needs of its surroundings."""

import asyncio
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter

import msgspec

import tidegate
from tidegate.core.calls.retrying import resilience_gauges
from tidegate.core.configuration.config import write_overlay
from tidegate.core.domain.events import EngineStarted, Fact, SourceFailed, TakeSeal
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.views.beliefs import learner_gauges
from tidegate.core.inbox import LiveInbox, SessionInbox
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.core.loop import Loop
from tidegate.core.plugins.host import AT_START
from tidegate.core.pulse import disk_gauge
from tidegate.folders import LOG, OVERLAY
from tidegate.running.clocks import clock_of
from tidegate.running.log import go_on
from tidegate.running.sentry import Sentry
from tidegate.running.setup import Setup


class Progress(msgspec.Struct, frozen=True):
    """How far a run is: alerts taken, the session's time, and whether it is over."""

    alerts: int
    at: datetime | None
    done: bool


class Running:
    """The loop of one run, and what it needs of its surroundings: rules, toggles, gauges."""

    def __init__(  # noqa: PLR0913, PLR0917 - everything one run consists of
        self,
        setup: Setup,
        journal: Journal,
        state: State,
        speed: float | None,
        progress: Callable[[Progress], None] | None,
        lock: Lock,
    ) -> None:
        self._setup, self._host, self._state = setup, setup.host, state
        self._speed, self._progress, self._lock = speed, progress, lock
        self._started, self._begun = datetime.now(UTC), perf_counter()
        sources = setup.host.sources()
        recorded = any(source.recorded for _, source in sources)
        tick_s = setup.config.engine.tick_s
        inbox = (
            SessionInbox(tick_s=tick_s, speed=speed)
            if recorded
            else LiveInbox(tick_s=tick_s, clock=clock_of(setup.config, setup.host))
        )
        self._sentry = Sentry(setup, self._tell, clock=None if recorded else clock_of(setup.config, setup.host))
        self._loop = Loop(
            journal=journal,
            state=state,
            inbox=inbox,
            executor=setup.host.executor(),
            sources=sources,
            sinks=setup.host.sinks(),
            watcher=self,
            group=setup.config.engine.group_events,
            checkpoint_every=setup.config.engine.checkpoint_events,
        )

    async def run(self) -> None:
        """Run the loop; signals end it cleanly."""
        running = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # not the main thread
                running.add_signal_handler(number, self._loop.stop, signal.Signals(number).name)
        problems = [
            SourceFailed(source=problem.plugin, reason=f"left out: {problem}") for problem in self._host.problems
        ]
        watching = asyncio.create_task(self._sentry.run(self._state))
        try:
            await self._loop.run(self._event(), *problems, *self._sentry.begin(self._state))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    def _tell(self, fact: Fact) -> None:
        self._loop.publish(self._loop.now(), fact)

    def _event(self) -> EngineStarted:
        cards = self._host.cards()
        return EngineStarted(
            mode=self._setup.mode,
            version=tidegate.__version__,
            session=self._setup.session,
            plugins=tuple(card.key for card in cards if card.loaded),
            available=tuple(card.key for card in cards if card.kind not in AT_START),
            alerts=self._setup.config.settings.alerts,
            size=self._setup.config.settings.size,
            prices=self._setup.config.settings.prices,
            reconciles=self._host.executor().reconciles,
            protects=self._host.executor().protects,
            shadows=self._host.shadows(),
            config=self._host.canonical(),
            code=self._host.code(),
        )

    def rules(self) -> Rules:
        """The rules in force, timed."""
        return self._host.timed(self._host.rules())

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        """Load or leave a plugin, and remember it in the overlay file."""
        self._host.enable(plugin, enabled=enabled)
        write_overlay(self._setup.folder / OVERLAY, f"{plugin}.enabled", enabled)
        self._sentry.toggled(plugin, enabled=enabled)

    def seal(self, wanted: TakeSeal) -> None:
        """Have what runs read and sealed, in a thread."""
        self._sentry.want(wanted)

    def alarm(self, text: str) -> None:
        """Say in the lock file what the journal has no room for; every screen shows it."""
        self._lock.alarm(text)

    def gauges(self, state: State) -> dict[str, object]:
        """Heartbeat, limits and plugin timings."""
        go_on(self._setup.folder / LOG)
        if self._progress is not None:
            self._progress(Progress(state.tally.alerts, state.at, done=not state.running))
        timings = self._host.timings()
        return {
            "heartbeat": {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "started": self._started,
                "at": state.at,
                "speed": self._speed,
                "seconds": round(perf_counter() - self._begun, 3),
                "ended": not state.running,
            },
            "limits": _limits(self._host.rules()),
            "learners": learner_gauges(state, self._host.rules()),
            "venue": self._host.executor().gauges(),
            "venues": resilience_gauges(),
            "disk": disk_gauge(self._setup.folder),
            "plugins": [{**msgspec.to_builtins(card), **timings.get(card.key, {})} for card in self._host.cards()],
        }


def _limits(rules: Rules) -> dict[str, object]:
    concentration = dict(rules.gates).get("gates.concentration")
    return {"concentration_pct": getattr(concentration, "limit_pct", None)}
