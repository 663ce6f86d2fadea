"""`tidegate health`: what the system can do, tried just now, and whether the week can be audited."""

from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, ConfigFile, Sets, StateDir, Without, Write
from tidegate.core.errors import InputError, JournalError
from tidegate.folders import attached, has_journal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(health)


def health(  # noqa: PLR0913 - a command's options are its arguments
    *,
    config: ConfigFile = None,
    sets: Sets = None,
    without: Without = None,
    running: Annotated[
        bool, typer.Option("--running", help="Take the running engine's configuration, where one runs.")
    ] = False,
    state_dir: StateDir = None,
    write: Write = None,
    as_json: AsJson = False,
) -> int:
    """Try every capability, and say whether the week can be audited.

    Exit code 0 when it can, 1 when it cannot, 2 for a mistake of yours.
    """
    from tidegate import boot  # noqa: PLC0415 - loads the engine, which looking commands do without
    from tidegate.health.report import health as examined  # noqa: PLC0415 - as above
    from tidegate.health.report import stem  # noqa: PLC0415 - as above
    from tidegate.health.sight import running as as_it_runs  # noqa: PLC0415 - as above
    from tidegate.health.text import markdown  # noqa: PLC0415 - as above
    from tidegate.output.reports import publish  # noqa: PLC0415 - as above

    folder = attached(state_dir)
    if not has_journal(folder):
        raise InputError(f"There is no journal in {folder}; --state-dir names another folder.")
    if running and (config or sets or without):
        raise InputError("--running takes the engine's configuration: leave --config, --set and -p out.")
    setup = (as_it_runs(folder) if running else None) or boot.configure(
        config=config, state_dir=folder, sets=sets or (), without=without or (), session=_session(folder)
    )
    shape = examined(setup)
    publish(shape, markdown(shape), as_json=as_json, write=write, stem=stem(shape))
    return 0 if shape.ready else 1


def _session(folder: Path) -> str | None:
    """The bundled session that ran here; a journal that cannot be read is the report's to tell."""
    try:
        with journal_of(folder) as journal:
            return journal.state().session or None
    except JournalError:
        return None
