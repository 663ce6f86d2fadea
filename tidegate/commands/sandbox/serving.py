"""A venue of our own, from the command line to Ctrl-C."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import typer

from tidegate.core.errors import InputError

if TYPE_CHECKING:
    from tidegate.sandbox.runners import B


@contextmanager
def extra() -> Iterator[None]:
    """Imports that need the extra [sandbox] stand inside; without it they raise InputError with the next step."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise InputError(f"The sandbox needs {error.name}: install tidegate[sandbox].") from error


def run(box: "B", port: int, words: "Callable[[B], str]", *, as_json: bool) -> None:
    """Run a sandbox until it is stopped; once it is open, print its card as JSON, or `words`.

    Raises:
        InputError: The port is taken.
    """
    from tidegate.sandbox.runners import serve  # noqa: PLC0415 - other commands start without a server

    def told(opened: "B") -> None:
        typer.echo(msgspec.json.encode(opened.card()).decode() if as_json else words(opened))

    try:
        asyncio.run(serve(box, told))
    except OSError as error:
        raise InputError(f"The sandbox cannot listen on port {port}: {error.strerror}.") from error
