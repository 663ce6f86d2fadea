"""Readings of what was filed: members of Congress, insiders, institutions. Dated by the filing, not by the trade."""

from datetime import date, timedelta
from statistics import median

from tidegate.plugins.sources.fields import RowError
from tidegate.plugins.sources.unusual_whales.readings.times import at_time, today
from tidegate.plugins.sources.unusual_whales.readings.wire import Found, Row, Rows, SkippedError, newest

CONGRESS_BACK, INSIDERS_BACK = timedelta(days=45), timedelta(days=90)
BUYS, SELLS = ("buy", "purchase"), ("sell", "sale")
NOTICE = "144"  # a form that says what somebody means to do
MOST_SHARES, MOST_USD, MOST_PRICE = 1e12, 1e15, 1e7


def congress(rows: Rows) -> list[Found]:
    """Purchases and sales that were filed in the last 45 days. Counts."""
    return _both(rows.of(lambda row: _vote(row, rows)), "congress_buys", "congress_sells")


def insider(rows: Rows) -> list[Found]:
    """Open-market purchases (code P) and sales (S) filed in 90 days; no planned ones, no notices. USD."""
    return _both(rows.of(lambda row: _trade(row, rows)), "insider_buys_usd", "insider_sells_usd")


def institutional(rows: Rows) -> list[Found]:
    """What holders added and shed in the newest quarter that was reported, at that quarter's closing price. USD."""
    found = newest(rows.of(_holder))
    if found is None:
        return []
    day, holders = found
    prices = [value / units for _, value, units in holders if units > 0 and value > 0]
    if not prices:
        rows.reject("value: no holder says a price")
        return []
    price, at = median(prices), at_time(day)
    bought = sum(change for change, _, _ in holders if change > 0) * price
    sold = -sum(change for change, _, _ in holders if change < 0) * price
    return [Found("institutional_bought_usd", bought, at), Found("institutional_sold_usd", sold, at)]


def _both(filed: list[tuple[date, float]], buys: str, sells: str) -> list[Found]:
    """Both sums of signed amounts, dated by the newest filing; a filing that is neither counts 0."""
    if not filed:
        return []
    at = at_time(max(day for day, _ in filed))
    bought = sum(amount for _, amount in filed if amount > 0)
    sold = sum(-amount for _, amount in filed if amount < 0)
    return [Found(buys, bought, at), Found(sells, sold, at)]


def _vote(row: Row, rows: Rows) -> tuple[date, float]:
    row.about("ticker", rows.symbol)
    day = _recent(row.day("filed_at_date"), rows, CONGRESS_BACK)
    kind = row.text("txn_type").lower()
    return day, float(kind.startswith(BUYS)) - float(kind.startswith(SELLS))


def _trade(row: Row, rows: Rows) -> tuple[date, float]:
    """The day of filing, and USD bought (+) or sold (-)."""
    row.about("ticker", rows.symbol)
    day = _recent(row.day("filing_date"), rows, INSIDERS_BACK)
    code, planned = row.text("transaction_code"), row.flag("is_10b5_1")
    if code not in {"P", "S"} or row.code("formtype").startswith(NOTICE):
        raise SkippedError("no trade in the open market")
    if planned is None:
        raise SkippedError("is_10b5_1: null")
    if planned:
        return day, 0.0
    shares = row.number("amount", -MOST_SHARES, MOST_SHARES)
    if (shares > 0) != (code == "P"):
        raise RowError("amount: contradicts the transaction code")
    return day, shares * row.number("price", 0.0, MOST_PRICE)


def _holder(row: Row) -> tuple[date, tuple[float, float, float]]:
    change = row.number("units_changed", -MOST_SHARES, MOST_SHARES)
    value, units = row.number("value", 0.0, MOST_USD), row.number("units", 0.0, MOST_SHARES)
    if value > MOST_PRICE * units > 0.0:
        raise RowError("value: out of range")
    return row.day("report_date"), (change, value, units)


def _recent(day: date, rows: Rows, back: timedelta) -> date:
    if today(rows.now) - day > back:
        raise SkippedError("filed too long ago")
    return day
