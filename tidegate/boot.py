"""The one place that wires configuration, plugins, journal and loop into a running engine."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from tidegate.core.configuration.config import Config, load
from tidegate.core.domain.state import State
from tidegate.core.errors import ConfigError, InputError
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.core.plugins.bases import Source
from tidegate.core.plugins.host import Host
from tidegate.folders import OVERLAY, default_folder
from tidegate.running.arming import check as check_live
from tidegate.running.clocks import clock_of, loop_factory
from tidegate.running.run import Progress, Running

SESSIONS = Path(__file__).parent / "sessions"
OWN = Path("config.toml")  # the file of a person who names none


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
    """Read and check everything before anything starts; the keywords are those of `draft`.

    Raises:
        ConfigError: With every mistake at once.
        InputError: When a recording cannot be read.
    """
    setup = draft(config=config, state_dir=state_dir, sets=sets, without=without, session=session, files=files)
    for look in _looks(setup):
        look()
    return setup


def mistakes(setup: Setup) -> list[str]:
    """Everything for which a start with this draft would be refused, one line each."""
    found: list[str] = []
    for look in _looks(setup):
        try:
            look()
        except (ConfigError, InputError) as error:
            found += str(error).splitlines()
    return found


def draft(  # noqa: PLR0913 - as above
    *,
    config: Path | None = None,
    state_dir: Path | None = None,
    sets: Sequence[str] = (),
    without: Sequence[str] = (),
    session: str | None = None,
    files: Sequence[Path] = (),
    switch: tuple[str, bool] | None = None,
) -> Setup:
    """Read everything and check nothing.

    Args:
        config: The user's file; ./config.toml when there is one and neither a session nor recordings are named.
        state_dir: Where the journal lives; the mode's default folder otherwise.
        sets: "a.b.c=value" for this run.
        without: "no:NAME" plugins to leave out of this run.
        session: The name of a bundled session.
        files: Recordings to replay.
        switch: A plugin's key, and whether it is on: as if the overlay said so.
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
            switch=switch,
        )

    loaded = read()
    files = (shipped, *layers, *([user] if user else ()), overlay)
    return Setup(loaded, Host(loaded), folder, mode or loaded.mode, session or "", shipped, files, read)


def _looks(setup: Setup) -> Iterator[Callable[[], object]]:
    """What is to be looked at before a start, in this order; each raises ConfigError or InputError."""
    yield setup.host.load
    yield lambda: _one_clock(setup)
    yield lambda: clock_of(setup.config, setup.host)
    for key, source in setup.host.sources():
        yield partial(_readable, setup, key, source)


def _readable(setup: Setup, key: str, source: Source) -> None:
    try:
        source.check()
    except InputError as error:
        named = _named(setup, key)
        raise InputError(str(error) if named == key else f"{error} ({named})") from error


def _named(setup: Setup, key: str) -> str:
    """A plugin's key; with the overlay's file when that switched it on, for nobody remembers that file."""
    origin = setup.config.plugins[key].origin if key in setup.config.plugins else None
    return f"{key}, switched on in {origin}" if origin is not None and origin.layer == "overlay" else key


def _one_clock(setup: Setup) -> None:
    """A live source never ends, and a session would wait for it for ever. Raises ConfigError."""
    sources = setup.host.sources()
    past = next((key for key, source in sources if source.recorded), None)
    live = [key for key, source in sources if not source.recorded]
    if past is not None and live:
        raise ConfigError(
            *(
                f"{_named(setup, key)} listens to the present, but {_named(setup, past)} replays the past: "
                f"switch one off ({key}.enabled = false)."
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
