"""Commands that run an engine or open a desk: demo, replay, run, engine, desk."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.options import AsJson, ConfigFile, Live, Sets, Speed, StateDir, Without, overrides, speed_of
from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import holder
from tidegate.folders import attached, folder_of
from tidegate.output import text
from tidegate.output.printing import emit, note
from tidegate.playing import check, play, prepare_demo, prepare_replay
from tidegate.running import detached as process

DEMO_SPEED = "100"  # a trading day of 6.5 hours in about four minutes

Headless = Annotated[bool, typer.Option("--headless", help="No desk: run to the end and print the summary.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin the day again.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings, plain or gzip, in any format.")]
Session = Annotated[
    str | None, typer.Option("--session", metavar="NAME", help="A bundled session.", show_default=False)
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (demo, replay, run, engine, desk):
        app.command()(command)


def demo(  # noqa: PLR0913 - a command's options are its arguments
    *,
    headless: Headless = False,
    speed: Speed = None,
    fresh: Fresh = False,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> None:
    """Open the desk on a bundled synthetic trading day.

    No keys, no network, a pace of 100 (headless: max). --json implies --headless.
    """
    changes, folder = overrides(config, sets, without), folder_of(state_dir, "demo")
    pace = speed or ("max" if headless or as_json else DEMO_SPEED)
    seconds = speed_of(pace)
    alone = headless or as_json
    if not alone:
        _need_terminal("tidegate demo --headless")
    check(changes, folder, session="demo")
    note(prepare_demo(folder, fresh=fresh, alone=alone))
    if alone:
        emit(play(changes, folder, session="demo", speed=seconds, quiet=as_json), text.summary, as_json=as_json)
        return
    if holder(folder) is None:
        process.start(folder, ["--session", "demo", "--speed", pace, *changes.arguments()])
    _open_desk(folder)


def replay(  # noqa: PLR0913 - a command's options are its arguments
    files: Files,
    *,
    speed: Speed = None,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> int:
    """Run recordings through the engine and print the outcome.

    Nothing is kept without --state-dir. Exit code 2 when one is damaged.
    """
    changes, seconds = overrides(config, sets, without), speed_of(speed or "max")
    if state_dir is not None:
        kept = folder_of(state_dir, "")
        prepare_replay(kept)
        summary = play(changes, kept, files=files, speed=seconds, quiet=as_json)
    else:
        with tempfile.TemporaryDirectory(prefix="tidegate-replay-") as folder:
            summary = play(changes, Path(folder), files=files, speed=seconds, quiet=as_json, kept=False)
    emit(summary, text.summary, as_json=as_json)
    for sentence in () if as_json else summary.damaged:
        note(sentence)
    return InputError.exit_code if summary.damaged else 0


def run(  # noqa: PLR0913 - a command's options are its arguments
    *,
    speed: Speed = None,
    live: Live = None,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
) -> None:
    """Open a desk; start an engine in the background if none runs.

    Leaving the desk leaves the engine running. Without --config, ./config.toml is read where there is one. Recordings
    run at full speed unless a pace is given.
    """
    _need_terminal("tidegate engine")
    folder = folder_of(state_dir, "paper" if live is None else "live")
    words = [*_pace(speed), *overrides(config, sets, without, live=live).arguments()]
    held = holder(folder)
    if held is None:
        process.start(folder, words)
    elif words:
        note(f"Engine {held.pid} was running already; it keeps the settings that it was started with.")
    _open_desk(folder)


def engine(  # noqa: PLR0913 - a command's options are its arguments
    *,
    session: Session = None,
    speed: Speed = None,
    live: Live = None,
    config: ConfigFile = None,
    state_dir: StateDir = None,
    sets: Sets = None,
    without: Without = None,
    as_json: AsJson = False,
) -> None:
    """Run the engine here, without a screen, until it ends.

    It ends with its session, `tidegate stop`, SIGTERM or Ctrl-C. Without --config, ./config.toml is read where there
    is one. Recordings run at full speed unless a pace is given.
    """
    changes = overrides(config, sets, without, live=live)
    folder = folder_of(state_dir, session or ("paper" if live is None else "live"))
    summary = play(changes, folder, session=session, speed=speed_of(speed or "max"), quiet=True)
    emit(summary, text.summary, as_json=as_json)


def desk(*, state_dir: StateDir = None) -> None:
    """Open the desk over a journal, whether or not its engine runs."""
    _need_terminal("tidegate status")
    _open_desk(attached(state_dir))


def _pace(speed: str | None) -> list[str]:
    """A speed for the command line of an engine that is started elsewhere. Raises InputError."""
    if speed is None:
        return []
    speed_of(speed)
    return ["--speed", speed]


def _need_terminal(instead: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(f"The desk needs a terminal. Without one, use `{instead}`.")


def _open_desk(folder: Path) -> None:
    from tidegate.tui.app import run as open_desk  # noqa: PLC0415 - commands without a screen start without Textual

    open_desk(folder)
    where, held = "" if folder == attached(None) else f" --state-dir {folder}", holder(folder)
    if held is None:
        note(f"No engine runs: `tidegate status{where}` says how the last one ended.")
    else:
        note(f"Engine {held.pid} goes on: `tidegate desk{where}` comes back to it, `tidegate stop{where}` ends it.")
