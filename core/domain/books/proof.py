"""What proves a difference: one look at the broker's list does not, and nothing is done to our book without.

More shares than our orders explain are a person's. Fewer shares are gone once a second look says so too and the
broker's cash moved as if they had been sold (bought back): a split explains both, once a second look tells it too.
"""

from decimal import Decimal

from tidegate.core.domain.ownership import beyond, is_split
from tidegate.core.domain.settings import Foreign, Reconcile
from tidegate.core.domain.state import State
from tidegate.core.domain.values.differences import Difference, Settlement

NEAR = Decimal("0.03")  # of what the shares are worth: the price at which a person sold is not quite the last one


def proven(state: State, symbol: str, difference: Difference, rules: Reconcile) -> Settlement | None:
    """What to do about a difference while the engine runs; None while nothing proves it and it has to wait."""
    position = state.positions.get(symbol)
    if position is not None and is_split(position, difference):
        told_before = state.differences.get(symbol) == difference
        return Settlement.ADOPT if told_before else None
    if not difference.lacks or _a_persons(state, symbol, difference):
        adopts = rules.foreign is Foreign.ADOPT and symbol not in state.ignored
        return Settlement.ADOPT if adopts else Settlement.IGNORE
    since = state.lacking.get(symbol)
    if since is None or (state.now - since).total_seconds() < rules.proof_s:
        return None
    return Settlement.ADOPT if difference.ours * difference.theirs >= 0 and _paid(state) else None


def _a_persons(state: State, symbol: str, difference: Difference) -> bool:
    """Whether what is lacking is of what a person has beside ours: a person's sale takes the person's shares first."""
    alone = state.ignored.get(symbol)
    there = difference.theirs + beyond(alone)
    return alone is not None and there * difference.ours > 0 and abs(there) >= abs(difference.ours)


def _paid(state: State) -> bool:
    """Whether the broker's cash moved by what all shares that are lacking are worth, beside our own trades."""
    account, before = state.account, state.agreed_cash
    if account is None or before is None or account.at <= max(state.lacking.values()):
        return False
    expected = Decimal(0)
    for symbol in state.lacking:
        difference, price = state.differences[symbol], state.last_price(symbol)
        if price is None:
            return False
        expected += (difference.ours - difference.theirs) * Decimal(str(price))
    moved = account.cash - state.cash_flow - before
    return abs(moved - expected) <= abs(expected) * NEAR
