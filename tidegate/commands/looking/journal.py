"""Commands that only look: status, positions, queue, trace, why. They work with and without a running engine."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.options import AsJson, StateDir
from tidegate.core.domain.state import State
from tidegate.core.domain.views import trace_view, why_not
from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader
from tidegate.folders import attached, has_journal
from tidegate.output import presenting as present
from tidegate.output import text
from tidegate.output.printing import emit
from tidegate.output.summary import every


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, positions, queue, trace, why):
        app.command()(command)


@contextmanager
def journal_of(state_dir: Path | None) -> Iterator[Reader]:
    """The journal that a command means. Raises InputError when no engine ever ran there."""
    folder = attached(state_dir)
    if not has_journal(folder):
        raise InputError(
            f"There is no journal in {folder}. `tidegate demo` or `tidegate run` makes one; --state-dir names another."
        )
    with closing(Reader.open(folder)) as journal:
        yield journal


def status(*, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """Show the engine in one look, running or not."""
    folder = attached(state_dir)
    state = State()
    if has_journal(folder):
        with closing(Reader.open(folder)) as journal:
            state = journal.state()
    held = holder(folder)
    shape = present.status(
        state,
        pid=None if held is None else held.pid,
        started=None if held is None else held.started,
        folder=str(folder),
    )
    emit(shape, text.status, as_json=as_json)


def positions(*, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List open positions, each with why it was opened."""
    with journal_of(state_dir) as journal:
        emit(present.positions(journal.state()), text.positions, as_json=as_json)


def queue(*, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """List the signals that wait for the venue."""
    with journal_of(state_dir) as journal:
        emit(present.queue(journal.state()), text.queue, as_json=as_json)


def trace(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A trace, alert, client order or venue order id.")],
    *,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Tell the whole way of one signal, from alert to attribution."""
    with journal_of(state_dir) as journal:
        found = journal.find_trace(id_)
        if found is None:
            raise InputError(f'Nothing in the journal is called "{id_}": give an alert, trace, or order id.')
        events = journal.trace(found)
    emit(present.trace(found, events), lambda _: text.trace(trace_view(found, events)), as_json=as_json)


def why(
    symbol: Annotated[str | None, typer.Argument(help="Only this symbol.", show_default=False)] = None,
    *,
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", min=1, help="Only the newest.", show_default=False)
    ] = None,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Say of every signal why it was entered, blocked or queued."""
    with journal_of(state_dir) as journal:
        every_one = why_not(every(journal, ("SignalJudged",)))
    found = [each for each in every_one if symbol is None or each.symbol == symbol.upper()]
    shapes = present.why(found[-last:] if last else found)
    emit(shapes, lambda it: text.why(it, symbol=symbol, judged=len(every_one)), as_json=as_json)
