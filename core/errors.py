"""Errors say whose fault it is and what to do next.

TidegateError
├── ConfigError    the user's settings
├── RefusedError   a start that must not happen (another engine holds the journal)
├── InputError     a file or argument the user gave
├── PluginError    a plugin
├── VenueError     the world
├── JournalError   our own file
└── CalendarError  a year that no calendar covers
"""


class TidegateError(Exception):
    """Base of all errors that are meant to be read by a person. `exit_code` is the process's."""

    exit_code = 1


class ConfigError(TidegateError):
    """The configuration is wrong; `problems` lists every mistake, one line each."""

    exit_code = 2

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class InputError(TidegateError):
    """A file or an argument is wrong."""

    exit_code = 2


class RefusedError(TidegateError):
    """The start is refused: it would do harm."""

    exit_code = 3


class PluginError(TidegateError):
    """A plugin cannot be used."""


class VenueError(TidegateError):
    """The venue did not do what it should."""


class JournalError(TidegateError):
    """The journal cannot be read or written."""


class CalendarError(TidegateError):
    """Nobody here knows the exchange's hours of that year."""
