"""`tidegate audit`: what a week came to, from the journal alone."""

from typing import Annotated

import typer

from tidegate.audit.week import Week
from tidegate.commands.options import AsJson, StateDir, Write
from tidegate.core.errors import InputError
from tidegate.folders import attached, has_journal

WeekName = Annotated[
    str | None,
    typer.Option("--week", metavar="WEEK", help="An ISO week, 2026-W41; else the journal's last.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(audit)


def audit(*, week: WeekName = None, write: Write = None, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Audit one week: trades, gates, queue, learning, books, faults."""
    from tidegate.audit.report import audit as audited  # noqa: PLC0415 - other commands start without it
    from tidegate.audit.text import markdown  # noqa: PLC0415 - as above
    from tidegate.output.reports import publish  # noqa: PLC0415 - as above

    named = None if week is None else Week.parse(week)
    folder = attached(state_dir)
    if not has_journal(folder):
        raise InputError(f"There is no journal in {folder}; --state-dir names another folder.")
    shape = audited(folder, named)
    publish(shape, markdown(shape), as_json=as_json, write=write, stem=f"audit-{shape.week}")
