"""The one way to print a result."""

from collections.abc import Callable
from typing import TypeVar

import typer

from tidegate.output.presenting import to_json

T = TypeVar("T")


def emit(shape: T, words: Callable[[T], str], *, as_json: bool) -> None:
    """Print a result: the shape as JSON, or its words."""
    typer.echo(to_json(shape) if as_json else words(shape))


def note(sentence: str) -> None:
    """Say something beside the result, on stderr."""
    typer.echo(sentence, err=True)
