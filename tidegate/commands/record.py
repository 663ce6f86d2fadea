"""`tidegate record --out FILE`: what the sources said, from the journal into files that `tidegate replay` plays."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Annotated, Literal

import typer

from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, StateDir
from tidegate.core.calendar import NEW_YORK
from tidegate.core.errors import InputError, JournalError
from tidegate.core.journaling.lock import holder
from tidegate.folders import JOURNAL, attached
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.text import clock
from tidegate.recorder.follow import Follower, Told
from tidegate.recorder.members import Mark
from tidegate.recorder.tape import Tape

GROUP_S = 5.0  # between two looks at the journal: it holds what is not yet recorded, so haste would only cost space
LOOK_S = 0.2
MEGABYTE = 1_000_000

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to; the day is added to the name.")]
Follow = Annotated[
    bool | None,
    typer.Option(
        "--follow/--once", help="Go on until Ctrl-C, or stop at once; else with the engine.", show_default=False
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="Only what arrived then or later (ISO; New York).", show_default=False),
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Only what arrived before.", show_default=False)]
Megabytes = Annotated[
    float | None,
    typer.Option("--max-mb", metavar="N", help="Begin another file when one has grown to N MB.", show_default=False),
]
Ended = Literal["caught up", "engine stopped", "asked", "reached --to"]


class RecordShape(Shape, frozen=True, kw_only=True):
    """What one run of `record` added. `resumed_at` is the last row that was there before; `seq` the last event now."""

    rows: int
    channels: dict[str, int]
    first: datetime | None
    last: datetime | None
    resumed_at: datetime | None
    seq: int
    files: list[str]
    ended: Ended


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(record)


def record(  # noqa: PLR0913 - a command's options are its arguments
    *,
    out: Out,
    follow: Follow = None,
    since: From = None,
    until: To = None,
    max_mb: Megabytes = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Record what the sources said, for replay.

    From the journal, so nothing is missed and the engine is not disturbed. Goes on behind the last row that is there;
    while an engine runs, until it ends.
    """
    span = _time("--from", since), _time("--to", until)
    if span[0] is not None and span[1] is not None and span[0] >= span[1]:
        raise InputError("--to must be after --from.")
    if max_mb is not None and not 0 < max_mb < float("inf"):
        raise InputError("--max-mb must be above 0.")
    size = None if max_mb is None else round(max_mb * MEGABYTE)
    folder = attached(state_dir)
    with (
        journal_of(folder) as journal,
        closing(Tape.open(out.expanduser(), max_bytes=size)) as tape,
        _stopped() as asked,
        _progress(quiet=as_json) as tell,
    ):
        resumed = tape.mark
        follower = Follower(journal, tape, since=span[0], until=span[1])
        ended = _run(follower, folder, asked, tell, follow=follow)
        shape = _shape(follower.told, resumed, tape, ended)
    emit(shape, _words, as_json=as_json)


def _shape(told: Told, resumed: Mark | None, tape: Tape, ended: Ended) -> RecordShape:
    return RecordShape(
        rows=told.channels.total(),
        channels=dict(sorted(told.channels.items())),
        first=told.first,
        last=told.last,
        resumed_at=None if resumed is None else resumed.recv,
        seq=0 if tape.mark is None else tape.mark.seq,
        files=[str(path) for path in tape.paths],
        ended=ended,
    )


def _run(follower: Follower, folder: Path, asked: Event, tell: Callable[[Told], None], *, follow: bool | None) -> Ended:
    """Copy until nothing more can come or somebody asked to stop; what was journaled before that is copied too."""
    journal, met = _file_of(folder), False
    while True:
        engine = holder(folder) is not None
        met = met or engine
        ending = asked.is_set() or not (engine if follow is None else follow)
        follower.copy(tell)
        if follower.passed:
            return "reached --to"
        if asked.is_set():
            return "asked"
        if ending:
            return "engine stopped" if met and follow is None else "caught up"
        if _file_of(folder) != journal:
            raise JournalError(f"The journal in {folder} was replaced or removed: give the new one another --out.")
        _wait(folder, asked, while_engine=engine)


def _file_of(folder: Path) -> int | None:
    """What tells the journal's file from another one of its name; None when it is gone."""
    try:
        return (folder / JOURNAL).stat().st_ino
    except FileNotFoundError:
        return None


def _wait(folder: Path, asked: Event, *, while_engine: bool) -> None:
    """Let a group of rows come together; an engine that ends ends the wait."""
    end = monotonic() + GROUP_S
    while monotonic() < end and not asked.wait(LOOK_S):
        if while_engine and holder(folder) is None:
            return


@contextmanager
def _stopped() -> Iterator[Event]:
    """Set by Ctrl-C and SIGTERM, which end a recording as it should end."""
    asked = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: asked.set())
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Told], None]]:
    """A line on stderr that moves; nothing when quiet or not at a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - only people at a terminal pay for it

    with Console(stderr=True).status("reading") as line:
        yield lambda told: line.update(f"{told.channels.total():,} rows, {clock(told.last)}  Ctrl-C ends it")


def _time(option: str, text: str | None) -> datetime | None:
    """An ISO time; without a zone it is New York's. Raises InputError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f'{option} is "{text}": it must be a time, such as 2025-10-15T09:30.') from None
    return at if at.tzinfo is not None else at.replace(tzinfo=NEW_YORK)


def _words(shape: RecordShape) -> str:
    before = "" if shape.resumed_at is None else f" behind those until {_when(shape.resumed_at)}"
    if not shape.rows:
        return f"Nothing new{before} ({shape.ended})."
    counts = ", ".join(f"{channel} {count:,}" for channel, count in shape.channels.items())
    head = f"{shape.rows:,} rows{before}, {_when(shape.first)} to {_when(shape.last)} ({shape.ended})"
    return "\n".join([head, f"  {counts}", *(f"  {path}" for path in shape.files)])


def _when(at: datetime | None) -> str:
    return "never" if at is None else f"{at.astimezone(NEW_YORK):%Y-%m-%d} {clock(at)}"
