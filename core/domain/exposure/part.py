"""One part of the account's exposure, and what has none that anybody knows."""

from tidegate.core.domain.state import State
from tidegate.core.domain.values import PositionSide, Value


class Unbounded(Value, frozen=True, kw_only=True):
    """A part of the account that nobody knows a price of, and why."""

    symbol: str
    reason: str


class Exposure(Value, frozen=True, kw_only=True):
    """One symbol's part of the book. `market_value` is signed dollars of delta (a stock's delta is +1 or -1).

    An option's `symbol` is its underlying, `contract` the option itself. Where a delta is not known, `reason` says why,
    `market_value` is the end farther from zero, and `nearest` the other one.
    """

    symbol: str
    sector: str | None
    side: PositionSide
    market_value: float
    working: bool
    nearest: float | None = None
    contract: str = ""
    ours: bool = True
    reason: str = ""

    @property
    def low(self) -> float:
        """The least it can be, in signed dollars."""
        return self.market_value if self.nearest is None else min(self.market_value, self.nearest)

    @property
    def high(self) -> float:
        """The most it can be, in signed dollars."""
        return self.market_value if self.nearest is None else max(self.market_value, self.nearest)


def exposed(state: State, symbol: str, value: float, *, working: bool = False, ours: bool = True) -> Exposure:
    """The part of so many signed dollars."""
    known = state.symbols.get(symbol)
    return Exposure(
        symbol=symbol,
        sector=known.sector if known is not None else None,
        side=PositionSide.LONG if value > 0 else PositionSide.SHORT,
        market_value=value,
        working=working,
        ours=ours,
    )
