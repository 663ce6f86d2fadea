"""`tidegate verify`: whether the journal is what was written, and decides the same again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidegate.commands.options import AsJson, StateDir
from tidegate.core.errors import InputError
from tidegate.folders import JOURNAL, attached
from tidegate.output.bar import bar
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape

if TYPE_CHECKING:
    from tidegate.verification.verify import Report

SHOWN = 400  # characters of an event that a difference shows


class FindingShape(Shape, frozen=True, kw_only=True):
    """What is wrong with the file; `seq` is null where it has no place among the events."""

    seq: int | None
    what: str


class AgainShape(Shape, frozen=True, kw_only=True):
    """The first event that does not follow again: as the journal has it, and as it was decided now."""

    seq: int
    trace: str
    journal: str
    again: str


class VerifyShape(Shape, frozen=True, kw_only=True):
    """`verify`: what was found between the events `first` and `last`; `head` is the last one's hash.

    Of the events, `compared` followed again and `skipped` could not be decided again; `notes` say why.
    """

    sound: bool
    file: str
    first: int
    last: int
    head: str
    findings: list[FindingShape]
    difference: AgainShape | None
    compared: int
    skipped: int
    notes: list[str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(verify)


def verify(
    file: Annotated[Path | None, typer.Argument(help="A backup; without it, the journal.", show_default=False)] = None,
    *,
    start: Annotated[int, typer.Option("--from", metavar="SEQ", min=1, help="Begin with this event.")] = 1,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> int:
    """Check the journal for tampering, and decide everything again.

    Every hash, and every event that follows from the facts. Exit code 1 when something is found.
    """
    from tidegate.verification.verify import verify as look  # noqa: PLC0415 - loads the engine, which other commands do without

    path = journal_file(file, state_dir)
    with bar("verifying", quiet=as_json) as progress:
        report = look(path, start=start, progress=progress)
    emit(shape_of(report, path), words, as_json=as_json)
    return 0 if report.sound else 1


def journal_file(file: Path | None, state_dir: Path | None) -> Path:
    """The file that a command means. Raises InputError when there is none."""
    path = file.expanduser() if file is not None else attached(state_dir) / JOURNAL
    if not path.is_file():
        raise InputError(f"There is no journal {path}. --state-dir names another folder, and FILE a backup.")
    return path


def shape_of(report: "Report", path: Path) -> VerifyShape:
    """The public shape of a report."""
    found = report.difference
    return VerifyShape(
        sound=report.sound,
        file=str(path),
        first=report.first,
        last=report.last,
        head=report.head,
        findings=[FindingShape(seq=each.seq, what=each.what) for each in report.findings],
        difference=None
        if found is None
        else AgainShape(seq=found.seq, trace=found.trace, journal=found.journal, again=found.again),
        compared=report.compared,
        skipped=report.skipped,
        notes=list(report.notes),
    )


def words(shape: VerifyShape) -> str:
    """A report as a person reads it."""
    lines = [f"{shape.file}: events {shape.first:,} to {shape.last:,}"]
    lines += [f"  found  {each.what}" for each in shape.findings]
    if shape.difference is not None:
        lines += _difference(shape.difference)
    again = f"{shape.compared:,} events follow from their facts again"
    lines += [f"  again  {again}{f', {shape.skipped:,} could not be decided again' if shape.skipped else ''}"]
    lines += [f"  note   {each}" for each in shape.notes]
    lines += [f"  head   {shape.head}"] if shape.head else []
    said = "Sound: nothing is missing, changed or different." if shape.sound else "Not sound."
    return "\n".join([*lines, said])


def _difference(found: AgainShape) -> list[str]:
    trace = f" of trace {found.trace}" if found.trace else ""
    return [
        f"  found  event {found.seq}{trace} does not follow again",
        f"         journal  {_short(found.journal)}",
        f"         again    {_short(found.again)}",
    ]


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}... (--json has it all)"
