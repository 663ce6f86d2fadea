"""Options that several commands share, and the one way to print a result."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from tidegate.core.errors import InputError
from tidegate.output.presenting import to_json

T = TypeVar("T")

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


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line changes about the configuration of one run."""

    config: Path | None = None
    sets: Sequence[str] = ()
    without: Sequence[str] = ()
    live: str | None = None

    def arguments(self) -> list[str]:
        """The same, for the command line of an engine that is started elsewhere."""
        config = [] if self.config is None else ["--config", str(self.config.resolve())]
        sets = [part for each in self.sets for part in ("--set", each)]
        live = [] if self.live is None else ["--live", self.live]
        return [*config, *sets, *(part for each in self.without for part in ("-p", each)), *live]


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


def emit(shape: T, words: Callable[[T], str], *, as_json: bool) -> None:
    """Print a result: the shape as JSON, or its words."""
    typer.echo(to_json(shape) if as_json else words(shape))


def note(sentence: str) -> None:
    """Say something beside the result, on stderr."""
    typer.echo(sentence, err=True)
