"""Running a recorded session in this process, from where it stands to its end, and summing it up."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from tidegate.core.domain.state import State
from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import Lock, holder
from tidegate.core.journaling.reader import Reader
from tidegate.folders import JOURNAL, has_journal
from tidegate.output.shapes import SummaryShape
from tidegate.output.summary import is_finished, summarize
from tidegate.output.text import clock
from tidegate.running.overrides import Overrides

if TYPE_CHECKING:
    from tidegate.running.run import Progress
    from tidegate.running.setup import Setup


def check(changes: Overrides, folder: Path, *, session: str) -> None:
    """Raises ConfigError or InputError before anything is cleared or started; without changes nothing can be wrong."""
    if not changes.arguments():
        return
    from tidegate import boot  # noqa: PLC0415 - loads the engine, which a plain start of the desk does without

    boot.configure(config=changes.config, state_dir=folder, sets=changes.sets, without=changes.without, session=session)


def prepare_demo(folder: Path, *, fresh: bool, alone: bool) -> str:
    """Clear a demo that was finished (or is to begin again) and say what will happen.

    Raises:
        InputError: The folder holds another mode's journal, which a demo must not touch.
        RefusedError: The demo runs already, and was to run alone or afresh.
    """
    if not has_journal(folder):
        return "The demo begins: a synthetic trading day."
    state = _state(folder)
    if state.mode not in ("", "demo"):
        raise InputError(f"{folder} holds a journal of mode {state.mode}: give the demo another --state-dir.")
    if holder(folder) is not None and not fresh and not alone:
        return "The demo is already running; this is another desk on it."
    with Lock.take(folder):
        if fresh or is_finished(state):
            _clear(folder)
            return f"The demo begins afresh{'' if fresh else ': the last one was finished'}."
    return f"The demo goes on where it stopped, at {clock(state.at)}."


def prepare_replay(folder: Path) -> None:
    """Raises InputError when the folder holds a journal: two recordings in one journal would mix."""
    if has_journal(folder):
        raise InputError(f"{folder} holds a journal already: give the replay an empty --state-dir.")


def _clear(folder: Path) -> None:
    for end in ("", "-wal", "-shm"):
        (folder / f"{JOURNAL}{end}").unlink(missing_ok=True)


def _state(folder: Path) -> State:
    with closing(Reader.open(folder)) as journal:
        return journal.state()


def play(  # noqa: PLR0913 - one keyword per way to play
    changes: Overrides,
    folder: Path,
    *,
    speed: float | None,
    session: str | None = None,
    files: Sequence[Path] = (),
    quiet: bool,
    kept: bool = True,
) -> SummaryShape:
    """Run the engine here until the session ends or is stopped; `kept` says whether the journal stays."""
    from tidegate import boot  # noqa: PLC0415 - loads the engine, which looking commands do without

    setup = boot.configure(
        config=changes.config,
        state_dir=folder,
        sets=changes.sets,
        without=changes.without,
        session=session,
        files=files,
    )
    _possible(setup, speed)
    before = _state(folder).tally.alerts if has_journal(folder) else 0
    begun = perf_counter()
    with _progress(quiet=quiet) as progress:
        state = boot.run(setup, speed=speed, progress=progress, live=changes.live)
    rate = (state.tally.alerts - before) / max(perf_counter() - begun, 1e-9)
    with closing(Reader.open(folder)) as journal:
        where = str(folder) if kept else None
        return summarize(state, journal, alerts_per_second=rate, folder=where, damaged=list(_damaged(setup)))


def _damaged(setup: "Setup") -> Iterator[str]:
    """What recorded sources say of files that they could not read."""
    for _, source in setup.host.sources():
        said = source.gauges().get("damaged") if source.recorded else None
        yield from said if isinstance(said, list) else ()


def _possible(setup: "Setup", speed: float | None) -> None:
    """Raises InputError when a recording would be over before a real venue could answer; live never takes one."""
    executor, recorded = setup.host.executor(), any(source.recorded for _, source in setup.host.sources())
    if speed is None and recorded and not executor.simulated and setup.mode != "live":
        raise InputError(
            f"{executor.key()} answers in its own time, and a recording at full speed does not wait for it: "
            "give a pace, such as --speed 40 (session seconds per second)."
        )


@contextmanager
def _progress(*, quiet: bool) -> Iterator["Callable[[Progress], None] | None"]:
    """A line on stderr that moves while the engine runs; nothing when quiet or not at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only people at a terminal pay for it
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading")

        def move(progress: "Progress") -> None:
            bar.update(task, description=f"{progress.alerts:,} alerts, {clock(progress.at)}")

        yield move
