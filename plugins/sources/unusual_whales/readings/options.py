"""Readings of a symbol's options, one row a day: gamma, IV rank, open interest that was added."""

from datetime import date, datetime

from tidegate.plugins.sources.fields import RowError
from tidegate.plugins.sources.unusual_whales.alerts import chain_of
from tidegate.plugins.sources.unusual_whales.readings.times import at_time, close_of
from tidegate.plugins.sources.unusual_whales.readings.wire import Found, Row, Rows, SkippedError, newest


def greek_exposure(rows: Rows) -> list[Found]:
    """Gamma of the open interest: calls + puts (those are negative already), and |calls| + |puts|. Shares per USD."""
    found = newest(rows.of(_gamma))
    if found is None:
        return []
    day, [*_, (calls, puts)] = found
    at = close_of(day, rows.now)
    return [Found("gamma_net", calls + puts, at), Found("gamma_gross", abs(calls) + abs(puts), at)]


def iv_rank(rows: Rows) -> list[Found]:
    """Where implied volatility stands within its year, 0 to 100."""
    found = newest(rows.of(lambda row: _rank(row, rows.now)))
    if found is None:
        return []
    at, rank = max(found[1])
    return [Found("iv_rank", rank, at)]


def oi_change(rows: Rows) -> list[Found]:
    """Contracts opened by the newest count of open interest, by option type and the day before's heavier side.

    A call bought or a put sold is bullish, the opposite bearish; equal sides are neither.
    """
    found = newest(rows.of(lambda row: _opened(row, rows.symbol)))
    if found is None:
        return []
    day, opened = found
    at = at_time(day)
    bullish = sum(contracts for contracts, side in opened if side > 0)
    bearish = sum(contracts for contracts, side in opened if side < 0)
    return [Found("oi_opened_bullish", bullish, at), Found("oi_opened_bearish", bearish, at)]


def _gamma(row: Row) -> tuple[date, tuple[float, float]]:
    return row.day("date"), (row.number("call_gamma"), row.number("put_gamma"))


def _rank(row: Row, now: datetime) -> tuple[date, tuple[datetime, float]]:
    day, rank = row.day("date"), row.number("iv_rank_1y", 0.0, 100.0)
    try:
        at = row.moment("updated_at")
    except (RowError, SkippedError):
        at = close_of(day, now)
    return day, (at, rank)


def _opened(row: Row, symbol: str | None) -> tuple[date, tuple[float, int]]:
    """The date, the contracts that were added, and where they point: 1 up, -1 down, 0 nowhere."""
    row.about("underlying_symbol", symbol)
    day, change = row.day("curr_date"), row.number("oi_diff_plain", -1e9, 1e9)
    kind, _, _ = chain_of(row.text("option_symbol"))
    at_ask, at_bid = row.number("prev_ask_volume", 0, 1e9), row.number("prev_bid_volume", 0, 1e9)
    bought = (at_ask > at_bid) - (at_ask < at_bid)
    return day, (max(0.0, change), bought if kind == "call" else -bought)
