"""Whose shares the broker's are: some may be a person's own, and some of ours may be gone.

Quantities of a symbol are signed here: negative is short.
"""

from decimal import Decimal
from fractions import Fraction

from tidegate.core.domain.positions import Position
from tidegate.core.domain.state import State
from tidegate.core.domain.values.differences import Difference

NEAR = Decimal("0.01")  # the broker rounds its average
LARGEST_PART = 10  # splits are 2:1, 3:2, 1:10 and the like
LEAST = Decimal("0.2")  # of the price; what moves it less is taken for trading


def held(state: State, symbol: str) -> Decimal:
    """Our signed shares of a symbol, 0 without a position."""
    position = state.positions.get(symbol)
    return Decimal(0) if position is None else position.side.sign * position.quantity


def beyond(difference: Difference | None) -> Decimal:
    """What the broker has beyond ours (negative: what it lacks), by a difference that waits or is left alone."""
    return Decimal(0) if difference is None else difference.theirs - difference.ours


def none_left(state: State) -> bool:
    """Whether the broker's list lacks every position of ours: then the list itself is in doubt."""
    return bool(state.lacking) and state.lacking.keys() >= state.positions.keys()


def sellable(state: State, position: Position) -> Decimal:
    """How many of a position's shares the broker has, as far as is known: to sell more would open the other side.

    None while a split waits for its answer: our average and the market's prices are then of different shares.
    """
    symbol = position.symbol
    waits = state.differences.get(symbol)
    if waits is not None and is_split(position, waits):
        return Decimal(0)
    lacks = sum(position.side.sign * beyond(each.get(symbol)) for each in (state.differences, state.ignored))
    return max(Decimal(0), position.quantity + min(Decimal(0), lacks))


def is_split(position: Position, difference: Difference) -> bool:
    """Whether a split explains a difference: the broker's shares and their average price moved together."""
    if difference.their_price is None or difference.ours * difference.theirs <= 0:
        return False
    before, after = abs(difference.ours), abs(difference.theirs)
    return split_of(before, position.average_price, after, difference.their_price) is not None


def split_of(before: Decimal, ours: Decimal, after: Decimal, theirs: Decimal) -> Decimal | None:
    """New shares per old share, if a split explains a change of shares and of their average price; else None.

    A split changes shares and price and leaves the cost, a trade never leaves all of it. Fractions that a reverse
    split leaves over may be paid in cash: then the price tells the ratio, and less than a share is missing.
    """
    if ours <= 0 or theirs <= 0 or before == after:
        return None
    if abs(after * theirs - before * ours) <= NEAR * before * ours and abs(theirs / ours - 1) >= LEAST:
        return after / before
    ratio = Fraction(ours / theirs).limit_denominator(LARGEST_PART)
    if ratio <= 0 or ratio > 1 - LEAST:
        return None
    per_old = Decimal(ratio.numerator) / ratio.denominator
    exact = abs(ours / theirs - per_old) <= NEAR * per_old
    return per_old if exact and 0 <= before * per_old - after < 1 else None
