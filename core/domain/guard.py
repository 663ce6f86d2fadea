"""The one guard around calls of plugins: whatever one raises or answers, it is named, and the rest goes on."""

from collections.abc import Callable
from math import isfinite
from typing import ParamSpec, TypeVar

from tidegate.core.domain.events import PluginFailed

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")


class NonsenseError(ValueError):
    """A plugin answered what it must not; the text says what, for people."""


def guarded(
    failures: list[PluginFailed],
    key: str,
    otherwise: D,
    call: Callable[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | D:
    """What `call` returns; when it raises, `otherwise`, and the plugin `key` is added to `failures` with the reason."""
    try:
        return call(*args, **kwargs)
    except NonsenseError as error:
        failures.append(PluginFailed(plugin=key, reason=str(error)))
    except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
        failures.append(PluginFailed(plugin=key, reason=f"{type(error).__name__}: {error}"))
    return otherwise


def as_float(number: float | None) -> float | None:
    """A plugin's number as the float that a journal gives back, so that a restart changes no byte of a later event.

    JSON has neither infinity nor NaN: both are None.
    """
    return float(number) if number is not None and isfinite(number) else None
