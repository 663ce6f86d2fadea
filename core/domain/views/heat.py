"""The portfolio heat map as a value: who carries how much of the net delta."""

from collections.abc import Iterable
from decimal import Decimal

from tidegate.core.domain.exposure.part import Exposure
from tidegate.core.domain.net_delta import valued
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Value


class HeatCell(Value, frozen=True, kw_only=True):
    """One name's part of the book: signed dollars, its points of net delta, and its share of gross (0..1)."""

    name: str
    value: float
    pct: float | None
    share: float


class Heat(Value, frozen=True, kw_only=True):
    """The book by symbol and by sector, largest first; `missing` says what no price is known of, and is left out."""

    symbols: tuple[HeatCell, ...]
    sectors: tuple[HeatCell, ...]
    missing: tuple[str, ...]


def heat(state: State) -> Heat:
    """Each symbol's and each sector's share of the net delta, working entry orders included."""
    book = valued(state)
    equity = state.account.equity if state.account is not None else Decimal(0)
    return Heat(
        symbols=_cells(((each.symbol, each) for each in book.parts), float(equity)),
        sectors=_cells(((each.sector or "unknown", each) for each in book.parts), float(equity)),
        missing=tuple(each.reason for each in book.unbounded),
    )


def _cells(named: Iterable[tuple[str, Exposure]], equity: float) -> tuple[HeatCell, ...]:
    totals: dict[str, float] = {}
    for name, exposure in named:
        totals[name] = totals.get(name, 0.0) + exposure.market_value
    gross = sum(abs(value) for value in totals.values())
    cells = [
        HeatCell(
            name=name,
            value=value,
            pct=100.0 * value / equity if equity > 0 else None,
            share=abs(value) / gross if gross else 0.0,
        )
        for name, value in totals.items()
    ]
    return tuple(sorted(cells, key=lambda cell: (-abs(cell.value), cell.name)))
