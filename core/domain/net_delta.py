"""Exposure and net delta of the book: what we hold and have asked for, at prices that counted or the broker's own."""

from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.ownership import beyond
from tidegate.core.domain.state import State
from tidegate.core.domain.values import PositionSide, Value


class Exposure(Value, frozen=True, kw_only=True):
    """One symbol's part of the book. `market_value` is signed dollars of delta (a stock's delta is +1 or -1)."""

    symbol: str
    sector: str | None
    side: PositionSide
    market_value: float
    working: bool


def exposures(state: State) -> list[Exposure] | None:
    """Every position and working entry order; None when a position has no known price.

    A working entry order counts at its remaining notional, so that several entries cannot pass together. Stock at the
    broker that a person said to leave alone counts too: the account carries its risk.
    """
    found = []
    for symbol, position in state.positions.items():
        price = state.book_price(symbol)
        if price is None:
            return None
        value = position.side.sign * float(position.quantity) * price
        found.append(_exposure(state, symbol, value, position.side))
    for symbol, alone in state.ignored.items():
        market = state.book_price(symbol) or alone.market_price or alone.their_price
        if market is None:
            return None
        value = float(beyond(alone)) * float(market)
        found.append(_exposure(state, symbol, value, PositionSide.LONG if value > 0 else PositionSide.SHORT))
    for working in state.orders.values():
        order = working.order
        if order.purpose is Purpose.ENTRY:
            value = order.side.sign * float(working.remaining * order.limit)
            side = PositionSide.LONG if value > 0 else PositionSide.SHORT
            found.append(_exposure(state, order.symbol, value, side, working=True))
    return found


def net_delta_pct(state: State, *, max_age_s: float = 60.0) -> float | None:
    """100 x sum of signed market values / equity; None (unknown) rather than a guess.

    Unknown: equity missing, not above zero, or older than `max_age_s`; a position without a price.
    """
    account = state.account
    if account is None or account.equity <= 0 or (state.now - account.at).total_seconds() > max_age_s:
        return None
    book = exposures(state)
    if book is None:
        return None
    return 100.0 * sum(each.market_value for each in book) / float(account.equity)


def _exposure(state: State, symbol: str, value: float, side: PositionSide, *, working: bool = False) -> Exposure:
    known = state.symbols.get(symbol)
    sector = known.sector if known is not None else None
    return Exposure(symbol=symbol, sector=sector, side=side, market_value=value, working=working)
