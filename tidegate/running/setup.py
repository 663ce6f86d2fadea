"""From files and command line to a checked setup: every mistake is told before anything starts."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec

from tidegate.core.configuration.config import Config, load
from tidegate.core.errors import ConfigError, InputError
from tidegate.core.plugins.bases import Source
from tidegate.core.plugins.host import Host
from tidegate.folders import OVERLAY, default_folder
from tidegate.running.clocks import clock_of

SESSIONS = Path(__file__).parents[1] / "sessions"
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
    inside = Path(__file__).parents[1] / "config.toml"
    return inside if inside.exists() else Path(__file__).parents[2] / "config.toml"


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
