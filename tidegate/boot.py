"""The one place that wires configuration, plugins, journal and loop into a running engine."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import msgspec

import tidegate
from core.config import Config, load, write_overlay
from core.domain.beliefs import learner_gauges
from core.domain.events import EngineStarted, Fact, SourceFailed, TakeSeal
from core.domain.rules import Rules
from core.domain.state import State
from core.errors import ConfigError
from core.host import Host
from core.inbox import LiveInbox, SessionInbox
from core.journal import Journal
from core.lock import Lock
from core.loop import Loop
from core.pulse import disk_gauge
from core.resilience import resilience_gauges
from tidegate.clocks import clock_of, loop_factory
from tidegate.folders import LOG, OVERLAY, default_folder
from tidegate.live import check as check_live
from tidegate.log import go_on
from tidegate.sentry import Sentry

HELD = ("sources", "executors", "sinks")  # the loop holds these for the whole run: they cannot be toggled
SESSIONS = Path(__file__).parent / "sessions"
OWN = Path("config.toml")  # the file of a person who names none


class Progress(msgspec.Struct, frozen=True):
    """How far a run is: alerts taken, the session's time, and whether it is over."""

    alerts: int
    at: datetime | None
    done: bool


class Setup(msgspec.Struct, frozen=True):
    """A checked configuration and where its run keeps its state.

    `reload` reads the same layers again, unchecked; `files` are those that it reads, where they exist.
    """

    config: Config
    host: Host
    folder: Path
    mode: str
    session: str
    shipped: Path
    files: tuple[Path, ...]
    reload: Callable[[], Config]


def shipped_config() -> Path:
    """The default configuration: beside the package in a checkout, inside it when installed."""
    inside = Path(__file__).parent / "config.toml"
    return inside if inside.exists() else Path(__file__).parent.parent / "config.toml"


def configure(  # noqa: PLR0913 - one keyword per thing a command line can say
    *,
    config: Path | None = None,
    state_dir: Path | None = None,
    sets: Sequence[str] = (),
    without: Sequence[str] = (),
    session: str | None = None,
    files: Sequence[Path] = (),
) -> Setup:
    """Read and check everything before anything starts.

    Args:
        config: The user's file; ./config.toml when there is one and neither a session nor recordings are named.
        state_dir: Where the journal lives; the mode's default folder otherwise.
        sets: "a.b.c=value" for this run.
        without: "no:NAME" plugins to leave out of this run.
        session: The name of a bundled session.
        files: Recordings to replay.

    Raises:
        ConfigError: With every mistake at once.
        InputError: When a recording cannot be read.
    """
    mode = "demo" if session else "replay" if files else ""
    layers = [SESSIONS / f"{session}.toml"] if session else []
    if files:
        named = json.dumps([str(path) for path in files])
        sets = ["sources.recording.enabled=true", f"sources.recording.files={named}", *sets]
    folder = state_dir or default_folder(mode or "paper")
    shipped, overlay, user = shipped_config(), folder / OVERLAY, config or (None if mode else OWN)

    def read() -> Config:
        return load(
            shipped=shipped,
            session=layers[0] if layers else None,
            user=user if config or (user and user.exists()) else None,
            overlay=overlay if overlay.exists() else None,
            sets=sets,
            without=without,
        )

    loaded = read()
    host = Host(loaded)
    host.load()
    _one_clock(host)
    clock_of(loaded, host)
    for _, source in host.sources():
        source.check()
    files = (shipped, *layers, *([user] if user else ()), overlay)
    return Setup(loaded, host, folder, mode or loaded.mode, session or "", shipped, files, read)


def _one_clock(host: Host) -> None:
    """A live source never ends, and a session would wait for it for ever. Raises ConfigError."""
    sources = host.sources()
    past = next((key for key, source in sources if source.recorded), None)
    live = [key for key, source in sources if not source.recorded]
    if past is not None and live:
        raise ConfigError(
            *(
                f"{key} listens to the present, but {past} replays the past: switch one off ({key}.enabled = false)."
                for key in live
            )
        )


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
        RefusedError: Another engine holds the journal, or paper and live do not agree (`tidegate.live`).
    """
    with Lock.take(setup.folder) as lock:
        check_live(setup, live=live)
        journal = Journal.open(setup.folder)
        try:
            state = journal.load()
            engine = _Engine(setup, journal, state, speed, progress, lock)
            with asyncio.Runner(loop_factory=loop_factory(setup.config)) as runner:
                runner.run(engine.run())
        finally:
            journal.close()
    return state


class _Engine:
    """What the loop needs of its surroundings: rules, toggles, gauges."""

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
            available=tuple(card.key for card in cards if card.kind not in HELD),
            alerts=self._setup.config.settings.alerts,
            size=self._setup.config.settings.size,
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
