"""`tidegate backup`: a whole copy of the journal while the engine writes it."""

import os
from contextlib import closing
from datetime import UTC, datetime
from errno import EEXIST
from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.options import AsJson, StateDir
from tidegate.commands.reports.verify import journal_file
from tidegate.core.errors import InputError, JournalError
from tidegate.core.journaling.backup import copy
from tidegate.core.journaling.database import connect, plainly
from tidegate.folders import BACKUPS, attached
from tidegate.output.bar import bar
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape


class BackupShape(Shape, frozen=True, kw_only=True):
    """`backup`: the copy, its last event and that event's hash."""

    file: str
    bytes: int
    last: int
    head: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(backup)


def backup(
    file: Annotated[
        Path | None, typer.Argument(help="A new file, or a folder; else STATE/backups.", show_default=False)
    ] = None,
    *,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Copy the journal while the engine runs, and check the copy.

    Nothing is overwritten. docs/operations.md says how to restore one.
    """
    from tidegate.verification.verify import verify  # noqa: PLC0415 - loads the engine, which other commands do without

    source, target = journal_file(None, state_dir), _target(file, attached(state_dir))
    part = target.with_name(f".{target.name}.part")
    _claim(part)
    try:
        with bar("copying", quiet=as_json) as progress, plainly(source), closing(connect(source, mode="ro")) as journal:
            copy(journal, part, progress)
        with bar("checking", quiet=as_json) as progress:
            report = verify(part, again=False, progress=progress)
        if report.findings:
            raise JournalError(
                f"The copy was not kept: {report.findings[0].what} (in the journal too: tidegate verify)."
            )
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    done = BackupShape(file=str(target), bytes=target.stat().st_size, last=report.last, head=report.head)
    emit(done, _words, as_json=as_json)


def _target(file: Path | None, folder: Path) -> Path:
    """Where the copy goes. Raises InputError when something is there already, or the folder is not."""
    name = f"tidegate-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    if file is None:
        try:
            (folder / BACKUPS).mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder / BACKUPS, error) from error
        return folder / BACKUPS / name
    target = file.expanduser() / name if file.is_dir() else file.expanduser()
    if target.exists():
        raise InputError(f"{target} is there already: nothing is overwritten.")
    if not target.parent.is_dir():
        raise InputError(f"There is no folder {target.parent}.")
    return target


def _claim(part: Path) -> None:
    """Raises InputError when nothing can be written there: the copy's own errors are told of the journal."""
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        part.unlink()
    except OSError as error:
        raise _unwritable(part.parent if error.errno != EEXIST else part, error) from error


def _unwritable(place: Path, error: OSError) -> InputError:
    return InputError(f"{place} cannot be written: {error.strerror or error}. FILE names another place for the copy.")


def _words(done: BackupShape) -> str:
    return f"{done.file}: {done.last:,} events, {done.bytes:,} bytes, checked.\nhead {done.head}"
