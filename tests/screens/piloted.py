"""Runs a test that drives the desk in an event loop of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

P = ParamSpec("P")


def piloted(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """The test as an ordinary function."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run
