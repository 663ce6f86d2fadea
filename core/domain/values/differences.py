"""Differences between our book and the broker's, and the answers to one."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class DifferenceCase(StrEnum):
    """How the two books disagree about a symbol."""

    MISSING_HERE = "missing here"
    MISSING_THERE = "missing there"
    DIFFERS = "differs"


class Settlement(StrEnum):
    """What became of a difference. People answer with the first three."""

    ADOPT = "adopt"  # the broker's quantity is ours now
    IGNORE = "ignore"  # what the broker has beyond ours is left alone
    FLATTEN = "flatten"  # adopted, and sold
    GONE = "gone"  # the books agree again


ANSWERS = (Settlement.ADOPT, Settlement.IGNORE, Settlement.FLATTEN)


class Difference(msgspec.Struct, frozen=True):
    """A disagreement that waits for an answer; signed shares."""

    case: DifferenceCase
    ours: Decimal
    theirs: Decimal
    their_price: Decimal | None
    market_price: Decimal | None = None  # the broker's price of what is left alone

    @property
    def lacks(self) -> bool:
        """Whether the broker has fewer of our shares than we, or the other side: an absence, which needs proof."""
        return self.ours != 0 and (self.ours * self.theirs < 0 or abs(self.theirs) < abs(self.ours))
