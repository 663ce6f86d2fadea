"""Reports for people and programs: Markdown and JSON, without secrets, in files that nobody else can read."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

import typer

from tidegate.core.errors import InputError
from tidegate.core.redaction import redact
from tidegate.keys import remember_environment
from tidegate.output.presenting import to_json
from tidegate.output.printing import note


def publish(shape: object, markdown: str, *, as_json: bool, write: Path | None, stem: str) -> None:
    """Print a report as Markdown or JSON; with `write`, put both into that folder as well, as `stem`.md and .json.

    Raises:
        InputError: The folder cannot be written.
    """
    remember_environment()
    said = {"md": redact(_printable(markdown)) + "\n", "json": redact(to_json(shape)) + "\n"}
    typer.echo(said["json" if as_json else "md"], nl=False)
    if write is None:
        return
    try:
        write.mkdir(mode=0o700, parents=True, exist_ok=True)
        for ending, text in said.items():
            _replace(write / f"{stem}.{ending}", text)
    except OSError as error:
        raise InputError(f"The report cannot be written to {write}: {error.strerror or error}.") from error
    note(f"Written: {write / stem}.md and .json.")


def _printable(text: str) -> str:
    """Without the control characters that a venue's words may hold: reports are read in terminals."""
    return "".join(each if each.isprintable() or each == "\n" else " " for each in text)


def _replace(path: Path, text: str) -> None:
    """Write a whole file of mode 0600 or none, and never through somebody's link."""
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def grid(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; without rows, "None."."""
    if not rows:
        return "None."
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(value: object) -> str:
    text = "unknown" if value is None else str(value)
    return " ".join(text.replace("|", "\\|").split())
