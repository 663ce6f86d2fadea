"""Commands that ask a running engine: stop, halt, release. A request waits in the journal until it is answered."""

import os
import signal
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, StateDir, Yes
from tidegate.core.errors import InputError, JournalError, TidegateError
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader
from tidegate.folders import attached, has_journal
from tidegate.output.printing import emit
from tidegate.output.shapes import AnswerShape

WHO = "cli"
LOOK_S = 0.05
STOP_S = 30.0
ANSWER_S = 10.0

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; it is journaled.")]
FromHere = Annotated[
    bool, typer.Option("--from-here", help="Count the drawdown from the present equity; it is journaled.")
]
Force = Annotated[bool, typer.Option("--force", help="Send SIGTERM when the engine does not answer.")]


class Level(StrEnum):
    """How much a halt stops."""

    ENTRIES = "entries"
    REDUCE = "reduce"
    FLATTEN = "flatten"


WHAT = {
    Level.ENTRIES: "No new positions; exits go on.",
    Level.REDUCE: "No new positions and positions only shrink; exits go on.",
    Level.FLATTEN: "No new positions and every open position is sold now.",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (stop, halt, release):
        app.command()(command)


def stop(*, force: Force = False, state_dir: StateDir = None, as_json: AsJson = False) -> None:
    """End the engine cleanly and wait until it is gone. Positions stay as they are."""
    folder = attached(state_dir)
    held = holder(folder)
    if held is None or not has_journal(folder):
        answer = AnswerShape(request=None, answered=False, ok=True, text=f"No engine runs over {folder}.")
        emit(answer, words, as_json=as_json)
        return
    with journal_of(folder) as journal:
        request = journal.post("stop", {}, WHO)
    gone = until(lambda: holder(folder) is None, STOP_S)
    if not gone and force:
        os.kill(held.pid, signal.SIGTERM)
        gone = until(lambda: holder(folder) is None, STOP_S)
    if not gone:
        raise TidegateError(f"Engine {held.pid} did not stop within {STOP_S:.0f} s; --force sends it SIGTERM.")
    emit(
        AnswerShape(request=request, answered=True, ok=True, text=f"Engine {held.pid} stopped."), words, as_json=as_json
    )


def halt(
    level: Annotated[Level, typer.Argument(help="entries, reduce or flatten.")],
    *,
    reason: Reason = "asked for on the command line",
    yes: Yes = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Stop entries, or sell everything, until a person says release.

    A halt survives restarts. Exits always work.
    """
    with journal_of(state_dir) as journal:
        if not yes:
            confirm(level.value, WHAT[level])
        args = {"level": level.value, "reason": reason}
        emit(ask(journal, attached(state_dir), "halt", args), words, as_json=as_json)


def release(
    *, from_here: FromHere = False, yes: Yes = False, state_dir: StateDir = None, as_json: AsJson = False
) -> None:
    """Release a halt."""
    with journal_of(state_dir) as journal:
        if not yes and from_here:
            confirm("from here", "New positions are possible again, and what was lost so far is no drawdown any more.")
        elif not yes:
            confirm("release", "New positions are possible again.")
        args = {"from": "here"} if from_here else {}
        emit(ask(journal, attached(state_dir), "release", args), words, as_json=as_json)


def confirm(word: str, what: str) -> None:
    """Have a person type `word`. Raises InputError when nobody is there or something else was typed."""
    if not sys.stdin.isatty():
        raise InputError(f"{what} Nobody is at the terminal to confirm it: give --yes.")
    typed: str = typer.prompt(f'{what} Type "{word}" to do it', err=True)
    if typed.strip() != word:
        raise InputError("Not confirmed: nothing was done.")


def ask(journal: Reader, folder: Path, name: str, args: dict[str, str]) -> AnswerShape:
    """Post a request and wait for its answer; without an engine it waits in the journal for the next one.

    Raises:
        InputError: The engine refused it.
        JournalError: An engine runs but did not answer in time.
    """
    request = journal.post(name, args, WHO)
    if holder(folder) is None:
        words = f"No engine runs over {folder}: the request waits in the journal for the next start."
        return AnswerShape(request=request, answered=False, ok=True, text=words)
    if not until(lambda: journal.answer(request) is not None, ANSWER_S):
        raise JournalError(
            f"The engine has not answered request {request} within {ANSWER_S:.0f} s; it is still waiting."
        )
    answer = journal.answer(request)
    assert answer is not None
    if not answer.ok:
        raise InputError(answer.text)
    return AnswerShape(request=request, answered=True, ok=True, text=answer.text)


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until something is true; False when it is not within `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(LOOK_S)
    return True


def words(answer: AnswerShape) -> str:
    """An answer as a sentence."""
    return answer.text
