"""The kinds of plugins, which are the tables of config.toml that hold them, in the order of an alert's way."""

from enum import StrEnum


class PluginKind(StrEnum):
    """A kind; a plugin's key is "kind.name", for example "gates.concentration"."""

    SOURCES = "sources"
    SCORERS = "scorers"
    GATES = "gates"
    EXITS = "exits"
    LEARNERS = "learners"
    EXECUTORS = "executors"
    SINKS = "sinks"
