"""Keys and tokens: read from the environment or the OS keyring, handed to who needs them, never written anywhere.

Whatever `secret` returns is remembered and hidden by `redact`, in the journal and in all that the program says.
"""

import logging
import os
import sys
import threading
import traceback
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Literal

from tidegate.core.redaction import redact, remember

__all__ = ["SERVICE", "guard", "keyring_trouble", "origin", "redact", "remember_environment", "secret"]

PREFIXES = ("APCA_", "UW_")
SERVICE = "tidegate"  # as in `keyring set tidegate APCA_API_KEY_ID`

_rung: dict[str, str | None] = {}  # a keyring may ask a person to unlock it: once is enough
_troubles: list[str] = []


def secret(name: str) -> str | None:
    """A secret by the name of its environment variable.

    The environment is asked first, then the OS keyring (service "tidegate", user NAME) when the optional `keyring`
    package is installed. Blank counts as missing. None when neither has it or the keyring cannot be asked.
    """
    found = os.environ.get(name, "").strip() or _keyring(name)
    if found:
        remember(found)
    return found


def origin(name: str) -> Literal["environment", "keyring"] | None:
    """Where `secret` finds a name; None when nowhere."""
    if os.environ.get(name, "").strip():
        return "environment"
    return "keyring" if _keyring(name) else None


def keyring_trouble() -> str | None:
    """Why the keyring could not be asked (locked, no backend, no bus); None when it could, or is not installed."""
    return _troubles[-1] if _troubles else None


def remember_environment() -> None:
    """Hide the values of our own variables, whether or not anybody has asked for them."""
    remember(*(value.strip() for name, value in os.environ.items() if name.startswith(PREFIXES)))


def guard() -> None:
    """Redact what Python itself says of this process: uncaught exceptions, of threads too, and unhandled log lines."""
    remember_environment()
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_Redacting())


def _keyring(name: str) -> str | None:
    if name not in _rung:
        _rung[name] = None
        if find_spec("keyring") is not None:
            try:
                _rung[name] = (import_module("keyring").get_password(SERVICE, name) or "").strip() or None
            except Exception as error:  # noqa: BLE001 - backends raise anything; their texts may quote what they hold
                _troubles.append(type(error).__name__)
    return _rung[name]


def _uncaught(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    sys.stderr.write(redact("".join(traceback.format_exception(kind, error, where))))


class _Redacting(logging.Formatter):
    """A log line, its traceback included, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return redact(super().format(record))
