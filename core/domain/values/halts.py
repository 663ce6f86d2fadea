"""Halts: latched stops that last until a person releases them."""

from datetime import datetime
from enum import StrEnum

import msgspec


class HaltLevel(StrEnum):
    """What a halt does, from the least to the most; each does what those before it do."""

    ENTRIES = "entries"  # no new entries
    REDUCE = "reduce"  # working entries are canceled: positions only shrink
    FLATTEN = "flatten"  # every position is closed

    @property
    def shrinks(self) -> bool:
        """Whether positions only shrink."""
        return self is not HaltLevel.ENTRIES

    def below(self, other: "HaltLevel") -> bool:
        """Whether the other one stops more."""
        levels = list(HaltLevel)
        return levels.index(self) < levels.index(other)


class Halt(msgspec.Struct, frozen=True):
    """A latched stop."""

    level: HaltLevel
    reason: str
    who: str
    at: datetime
