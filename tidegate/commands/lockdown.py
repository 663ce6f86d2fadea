"""`tidegate lockdown`: seal what runs until the end-of-week audit, show what is sealed, lift it."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from tidegate.commands.asking import ask, confirm, words
from tidegate.commands.looking.journal import journal_of
from tidegate.commands.options import AsJson, StateDir, Yes
from tidegate.core.domain.values.lockdown import Lockdown, Seal, described
from tidegate.core.errors import InputError
from tidegate.folders import attached
from tidegate.output.printing import emit
from tidegate.output.shapes import Shape
from tidegate.output.text import NEW_YORK

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Seal, and why; it is journaled.")]
Until = Annotated[str, typer.Option("--until", metavar="DAY|DATE", help="The day it is meant to be lifted on.")]
Show = Annotated[bool, typer.Option("--show", help="Only show what is sealed.")]
Lift = Annotated[bool, typer.Option("--lift", help="End the lockdown.")]


class LockdownShape(Shape, frozen=True, kw_only=True):
    """`lockdown --show`: what is sealed. All but `locked` and `drift` are null, or empty, without a lockdown.

    `over` says that the day `until` has passed in New York; nothing is lifted because of it. `seal` is one sha256 for
    `files` (sha256 by path), `config` (values as JSON by key), `toggles` and `versions`.
    """

    locked: bool
    reason: str | None
    who: str | None
    since: datetime | None
    until: date | None
    over: bool
    seal: str | None
    files: dict[str, str]
    config: dict[str, str]
    toggles: dict[str, bool]
    versions: dict[str, str]
    drift: list[str]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(lockdown)


def lockdown(  # noqa: PLR0913 - a command's options are its arguments
    *,
    reason: Reason = "",
    until: Until = "",
    show: Show = False,
    lift: Lift = False,
    yes: Yes = False,
    state_dir: StateDir = None,
    as_json: AsJson = False,
) -> None:
    """Seal what runs; from then on, whatever changes stops entries.

    Code, configuration, plugins and versions. Trading goes on, and exits always
    work. Plugins are not switched and learners not reset until a person lifts it.
    """
    if [show, lift, bool(reason)].count(True) != 1 or (until and not reason):
        raise InputError("Give --reason TEXT to seal (with --until, if you like), or --show, or --lift.")
    today = datetime.now(NEW_YORK).date()
    with journal_of(state_dir) as journal:
        if show:
            emit(shape_of(journal.state().lockdown, today), _words, as_json=as_json)
            return
        if lift and not yes:
            confirm("lift", "The lockdown ends: changes stop nothing any more.")
        args = {} if lift else {"reason": reason, "until": day_of(until, today)}
        emit(ask(journal, attached(state_dir), "lift" if lift else "lockdown", args), words, as_json=as_json)


def day_of(text: str, today: date) -> str:
    """A date as text, from a weekday (today, or the next one of that name) or a date; "" for "".

    Raises:
        InputError: It is neither, or it is past.
    """
    if not text:
        return ""
    if text.upper() in DAYS:
        return (today + timedelta(days=(DAYS.index(text.upper()) - today.weekday()) % 7)).isoformat()
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f'--until is "{text}": give a weekday, such as FRIDAY, or a date, such as {today}.') from error
    if found < today:
        raise InputError(f"--until is {found}, which is past.")
    return found.isoformat()


def shape_of(found: Lockdown | None, today: date) -> LockdownShape:
    """What is sealed, as of a New York day."""
    seal = Seal() if found is None else found.seal
    return LockdownShape(
        locked=found is not None,
        reason=None if found is None else found.reason,
        who=None if found is None else found.who,
        since=None if found is None else found.since,
        until=None if found is None else found.until,
        over=found is not None and found.until is not None and found.until < today,
        seal=None if found is None else seal.digest,
        files=seal.files,
        config=seal.config,
        toggles=seal.toggles,
        versions=seal.versions,
        drift=[] if found is None else list(found.drift),
    )


def _words(shape: LockdownShape) -> str:
    if shape.since is None:
        return "No lockdown."
    sealed = Lockdown(Seal(), shape.reason or "", shape.who or "", shape.since, shape.until)
    counts = [f"{len(getattr(shape, part))} {part}" for part in ("files", "config", "toggles", "versions")]
    lines = [
        f"Locked down {described(sealed)}" + (" (that day has passed: lift it)" if shape.over else ""),
        f"by {shape.who}, as {shape.seal}",
        f"sealed: {', '.join(counts)}",
        *(f"DRIFT {each}" for each in shape.drift),
    ]
    return "\n".join(lines if shape.drift else [*lines, "All was as sealed when last looked at."])
