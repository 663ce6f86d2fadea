"""Gate exposure: not too much of the account in one symbol or in one sector."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from tidegate import (
    Exposure,
    Gate,
    Meta,
    OnError,
    Signal,
    State,
    Verdict,
    blocked,
    exposures,
    hookimpl,
    order_usd,
    passed,
    unknown,
)

OfEquity = Annotated[float, Meta(gt=0, le=1000)]


class ExposureGate(Gate, frozen=True, kw_only=True):
    """Blocks an entry that would bring its symbol above `symbol_pct` or its sector above `sector_pct` of equity.

    exposure = 100 x sum of |market value| / equity, in percent: positions, working entries and this order, long and
    short alike; exactly the limit passes. UNKNOWN without an equity above zero, a price of the symbol, or a price of
    every position. Index funds have no sector: `unknown_sector` "open" judges them by their symbol alone, "closed"
    makes them UNKNOWN. How old the account may be is gate fresh_account's business.
    """

    name: ClassVar[str] = "exposure"
    symbol_pct: OfEquity = 10.0
    sector_pct: OfEquity = 30.0
    unknown_sector: OnError = OnError.OPEN

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS, BLOCK or UNKNOWN, measured in percent of equity: of the part that is nearest to its limit."""
        account, book, order = state.account, exposures(state), order_usd(signal, state)
        if account is None or account.equity <= 0:
            return unknown("no account seen yet" if account is None else "equity is not above zero", unit="%")
        if book is None or order is None:
            return unknown("a position has no price" if book is None else "no fresh price", unit="%")
        equity = float(account.equity)
        mine = percent((each for each in book if each.symbol == signal.symbol), order, equity)
        known = state.symbols.get(signal.symbol)
        sector = known.sector if known is not None else None
        if sector is None:
            return self._judged(signal.symbol, mine, self.symbol_pct, whole=False)
        theirs = percent((each for each in book if each.sector == sector), order, equity)
        if theirs / self.sector_pct > mine / self.symbol_pct:
            return self._judged(sector, theirs, self.sector_pct)
        return self._judged(signal.symbol, mine, self.symbol_pct)

    def _judged(self, name: str, measured: float, limit: float, *, whole: bool = True) -> Verdict:
        if measured > limit:
            return blocked(f"too much in {name}", measured=measured, limit=limit, unit="%")
        if whole:
            return passed(measured=measured, limit=limit, unit="%", reason=name)
        if self.unknown_sector == "closed":
            return unknown("sector unknown", limit=self.sector_pct, unit="%")
        return passed(measured=measured, limit=limit, unit="%", reason=f"{name}; sector unknown, not judged")


def percent(part: Iterable[Exposure], order: float, equity: float) -> float:
    """A part of the book and an order of so many dollars, in percent of equity."""
    total = sum(abs(each.market_value) for each in part) + order
    return round(100.0 * total / equity, 9)  # float dust must not block at the limit


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [ExposureGate]
