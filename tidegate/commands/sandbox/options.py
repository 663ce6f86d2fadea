"""Options that every sandbox takes."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from tidegate.core.errors import InputError

Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="0 takes any free one.")]
Faults = Annotated[
    Path | None, typer.Option("--faults", metavar="PLAN", help="What goes wrong, and when.", show_default=False)
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it begins, as 2025-10-15T10:00-04:00.", show_default="now"),
]
Speed = Annotated[float, typer.Option("--speed", metavar="N", min=0.0, help="Sandbox seconds per second.")]


def time_of(text: str | None) -> datetime | None:
    """The time that --at says. Raises InputError."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min  # noqa: DTZ901 - refused below, as any time without an offset is
    if at.tzinfo is None:
        raise InputError(f'--at is "{text}": it must be a time with an offset, as 2025-10-15T10:00-04:00.')
    return at
