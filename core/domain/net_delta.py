"""Exposure and net delta of the whole account, at prices that counted or the broker's own.

What has no exact value is an interval: one junk contract of a person must not blind the gate for good. What has not
even bounds is named in `Valued.unbounded`, and nothing is concluded from the rest.
"""

from collections.abc import Iterator

from tidegate.core.domain.exposure import person
from tidegate.core.domain.exposure.part import Exposure, Unbounded, exposed
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.ownership import beyond
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Value


class Valued(Value, frozen=True, kw_only=True):
    """The account part by part, and what of it nobody knows a price of."""

    parts: tuple[Exposure, ...]
    unbounded: tuple[Unbounded, ...]

    @property
    def why(self) -> str:
        """What nobody knows a price of, the first of it by name; "" when there is nothing."""
        return self.unbounded[0].reason if self.unbounded else ""


class NetDelta(Value, frozen=True, kw_only=True):
    """Percent of equity between `low` and `high`, which are equal when all is known; else `reason` names the first."""

    low: float
    high: float
    reason: str = ""

    @property
    def exact(self) -> float | None:
        """The one value; None when something is not known exactly."""
        return self.low if self.low == self.high else None


def valued(state: State) -> Valued:
    """Everything in the broker's book: positions, ours or not, shares or options, and working entry orders.

    A working entry order counts at its remaining notional, so that several entries cannot pass together. Stock at the
    broker that a person said to leave alone counts too: the account carries its risk.
    """
    found = [*_ours(state), *_left_alone(state), *person.holdings(state), *person.workings(state)]
    return Valued(
        parts=tuple(each for each in found if isinstance(each, Exposure)),
        unbounded=tuple(each for each in found if isinstance(each, Unbounded)),
    )


def exposures(state: State) -> list[Exposure] | None:
    """Every part of the account; None when a position has no known price."""
    book = valued(state)
    return None if book.unbounded else list(book.parts)


def net_delta(state: State, *, max_age_s: float = 60.0, book: Valued | None = None) -> NetDelta | None:
    """100 x sum of signed market values / equity; None (unknown) rather than a guess.

    `book` is `valued(state)` where that is known already. Unknown: equity missing, not above zero, or older than
    `max_age_s`; a position without a price.
    """
    account = state.account
    if account is None or account.equity <= 0 or (state.now - account.at).total_seconds() > max_age_s:
        return None
    book = book or valued(state)
    if book.unbounded:
        return None
    equity = float(account.equity)
    low = 100.0 * sum(each.low for each in book.parts) / equity
    high = 100.0 * sum(each.high for each in book.parts) / equity
    reason = next((each.reason for each in book.parts if each.nearest is not None), "")
    return NetDelta(low=low, high=high, reason=reason)


def net_delta_pct(state: State, *, max_age_s: float = 60.0) -> float | None:
    """The net delta in percent of equity; None (unknown) where `net_delta` is, or is no single number."""
    net = net_delta(state, max_age_s=max_age_s)
    return None if net is None else net.exact


def _ours(state: State) -> Iterator[Exposure | Unbounded]:
    for symbol, position in state.positions.items():
        price = state.book_price(symbol)
        if price is None:
            yield Unbounded(symbol=symbol, reason=f"{symbol} has no price")
        else:
            value = position.side.sign * float(position.quantity) * price
            yield exposed(state, symbol, value)
    for working in state.orders.values():
        order = working.order
        if order.purpose is Purpose.ENTRY:
            value = order.side.sign * float(working.remaining * order.limit)
            yield exposed(state, order.symbol, value, working=True)


def _left_alone(state: State) -> Iterator[Exposure | Unbounded]:
    for symbol, alone in state.ignored.items():
        price = state.book_price(symbol) or alone.market_price or alone.their_price
        if price is None:
            yield Unbounded(symbol=symbol, reason=f"{symbol} (left alone) has no price")
        else:
            yield exposed(state, symbol, float(beyond(alone)) * float(price), ours=False)
