"""Readings of the day's flow: market tide, off-exchange prints, net premium ticks."""

from datetime import datetime, timedelta
from math import copysign, isclose

from tidegate.plugins.sources.fields import RowError
from tidegate.plugins.sources.unusual_whales.readings.times import OPEN, at_time, today
from tidegate.plugins.sources.unusual_whales.readings.wire import Found, Row, Rows, SkippedError

TIDE_BACK = timedelta(minutes=30)
TIDE_SLACK = timedelta(minutes=15)  # a row this much older still stands for half an hour ago
PRINTS_BACK = timedelta(minutes=60)
TICKS, LEAST_TICKS = 30, 5  # rows of a minute each; a slope of fewer says nothing
MINUTE_S = 60.0
ODD = 0.1  # of the mid: a price further away is not of this market
MARKET_PRICED = frozenset({"", "odd_lot_execution", "intermarket_sweep", "extended_hours_trade"})
PRINT_CODES = ("sale_cond_codes", "trade_code", "ext_hour_sold_codes")


def market_tide(rows: Rows) -> list[Found]:
    """Change of the cumulative net premiums over half an hour, from the open when the day is younger. USD."""
    ticks = {at: (calls, puts) for at, calls, puts in rows.of(_tide)}
    if not ticks:
        return []
    last = max(ticks)
    base = _tide_base(ticks, last)
    if base is None:
        rows.reject("timestamp: no row of half an hour ago")
        return []
    calls, puts = (now - then for now, then in zip(ticks[last], base, strict=True))
    return [Found("tide_call_30m", calls, last), Found("tide_put_30m", puts, last)]


def dark_pool(rows: Rows) -> list[Found]:
    """Off-exchange notional of the last hour, signed by price against the NBBO's mid, and its absolute sum. USD."""
    prints = rows.of(lambda row: _print(row, rows))
    if not prints:
        return []
    last = max(at for at, _ in prints)
    net = sum(signed for _, signed in prints)
    return [
        Found("dark_pool_net", net, last),
        Found("dark_pool_gross", sum(abs(signed) for _, signed in prints), last),
    ]


def net_premium(rows: Rows) -> list[Found]:
    """Least-squares slope of the cumulated (call - put) premium, and the mean |change|, of 30 minutes. USD/minute."""
    changes = dict(sorted(rows.of(_tick)))
    if not changes:
        return []
    last = max(changes)
    recent = [(at, change) for at, change in changes.items() if today(at) == today(last)][-TICKS:]
    if len(recent) < LEAST_TICKS:
        rows.skipped["tape_time: too few minutes"] = 1
        return []
    scale = sum(abs(change) for _, change in recent) / len(recent)
    return [Found("net_premium_slope", _slope(recent), last), Found("net_premium_scale", scale, last)]


def _tide(row: Row) -> tuple[datetime, float, float]:
    return row.moment("timestamp"), row.number("net_call_premium"), row.number("net_put_premium")


def _tide_base(ticks: dict[datetime, tuple[float, float]], last: datetime) -> tuple[float, float] | None:
    """Where the series stood half an hour before `last`: nowhere before the open, None when no row says."""
    if last - at_time(today(last), OPEN) < TIDE_BACK:
        return 0.0, 0.0
    back = [at for at in ticks if TIDE_BACK <= last - at <= TIDE_BACK + TIDE_SLACK and today(at) == today(last)]
    return ticks[max(back)] if back else None


def _print(row: Row, rows: Rows) -> tuple[datetime, float]:
    """Time and signed notional of a print that counts."""
    row.about("ticker", rows.symbol)
    at = row.moment("executed_at")
    if row.flag("canceled"):
        raise SkippedError("canceled")
    if any(row.code(name) not in MARKET_PRICED for name in PRINT_CODES):
        raise SkippedError("not market-priced")
    if rows.now - at > PRINTS_BACK:
        raise SkippedError("executed_at: more than an hour ago")
    price, size = row.number("price", 1e-4, 1e7), row.number("size", 1, 1e9)
    bid, ask = row.number("nbbo_bid", 1e-4, 1e7), row.number("nbbo_ask", 1e-4, 1e7)
    mid = (bid + ask) / 2.0
    if bid > ask or abs(price - mid) > ODD * mid:
        raise RowError("price: far from the NBBO, or that is crossed")
    side = 0.0 if isclose(price, mid) else copysign(1.0, price - mid)
    return at, price * size * side


def _tick(row: Row) -> tuple[datetime, float]:
    return row.moment("tape_time"), row.number("net_call_premium") - row.number("net_put_premium")


def _slope(changes: list[tuple[datetime, float]]) -> float:
    first, total = changes[0][0], 0.0
    points: list[tuple[float, float]] = []
    for at, change in changes:
        total += change
        points.append(((at - first).total_seconds() / MINUTE_S, total))
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
