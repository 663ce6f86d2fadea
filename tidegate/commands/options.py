"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from tidegate.core.errors import InputError
from tidegate.running.overrides import Overrides

StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir", metavar="FOLDER", help="The folder with the journal (docs/operations.md).", show_default=False
    ),
]
ConfigFile = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings over the shipped ones.", show_default=False)
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="One setting for this run; may be repeated.", show_default=False),
]
Without = Annotated[
    list[str] | None,
    typer.Option("-p", metavar="no:NAME", help="Leave a plugin out of this run; may be repeated.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document (docs/json.md).")]
Speed = Annotated[
    str | None,
    typer.Option(
        "--speed", metavar="N|max", help="Pace of recordings: session seconds per second.", show_default=False
    ),
]
Live = Annotated[
    str | None,
    typer.Option("--live", metavar="ACCOUNT_ID", help="Trade this account with real money.", show_default=False),
]
Write = Annotated[
    Path | None,
    typer.Option("--write", metavar="DIR", help="Also write it there, as Markdown and JSON.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for the typed confirmation.")]


def overrides(
    config: Path | None, sets: list[str] | None, without: list[str] | None, *, live: str | None = None
) -> Overrides:
    """These options of a command as one value."""
    return Overrides(config=config, sets=tuple(sets or ()), without=tuple(without or ()), live=live)


def speed_of(text: str) -> float | None:
    """A speed as the engine takes it: None is as fast as it can. Raises InputError."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise InputError(f'--speed is "{text}": it must be a number above 0, or max.')
    return speed
