"""Readings that change with the calendar: short interest, failures to deliver, the next report, money into a fund."""

from datetime import UTC, date, datetime, time, timedelta

from tidegate.plugins.sources.fields import RowError
from tidegate.plugins.sources.unusual_whales.readings.times import CLOSE, OPEN, at_time
from tidegate.plugins.sources.unusual_whales.readings.wire import Found, Row, Rows, newest

FLOW_ROWS = 5
FLOW_SPAN = timedelta(days=14)  # five trading days lie within it, whatever the holidays
AHEAD = timedelta(days=730)
PREMARKET = "premarket"


def short_interest(rows: Rows) -> list[Found]:
    """Short interest as a fraction of the float, and the days that covering it would take."""
    found = newest(rows.of(_shorts))
    if found is None:
        return []
    day, (interest, days) = found[0], max(found[1])
    return [Found("short_interest", interest, at_time(day)), Found("days_to_cover", days, at_time(day))]


def failures(rows: Rows) -> list[Found]:
    """Shares that were not delivered on the newest date, at its price. USD."""
    found = newest(rows.of(_failed))
    return [] if found is None else [Found("ftd_usd", max(found[1]), at_time(found[0]))]


def earnings(rows: Rows) -> list[Found]:
    """When the next report comes, seconds since 1970: by the open, or by the close when it is not said to be before."""
    coming = [at for at in rows.of(_report) if at > rows.now]
    return [Found("earnings_at", min(coming).timestamp(), rows.now)] if coming else []


def etf_flow(rows: Rows) -> list[Found]:
    """Money into the fund (+) and out of it (-) over the newest five days that say. USD."""
    days = dict(sorted(rows.of(_flow)))
    recent = list(days.items())[-FLOW_ROWS:]
    if len(recent) < FLOW_ROWS or recent[-1][0] - recent[0][0] > FLOW_SPAN:
        if recent:
            rows.skipped["date: fewer than five recent days"] = 1
        return []
    return [Found("etf_flow_5d", sum(amount for _, amount in recent), at_time(recent[-1][0]))]


def _shorts(row: Row) -> tuple[date, tuple[float, float]]:
    return row.day("market_date"), (row.number("si_float", 0.0, 5.0), row.number("days_to_cover", 0.0, 1000.0))


def _failed(row: Row) -> tuple[date, float]:
    return row.day("date"), row.number("quantity", 0.0, 1e11) * row.number("price", 0.0, 1e7)


def _report(row: Row) -> datetime:
    day = row.day("report_date", ahead=AHEAD)
    try:
        when = row.code("report_time")
    except RowError:
        when = ""
    return at_time(day, _clock(when)).astimezone(UTC)


def _clock(when: str) -> time:
    return OPEN if when == PREMARKET else CLOSE


def _flow(row: Row) -> tuple[date, float]:
    return row.day("date"), row.number("change_prem", -1e13, 1e13)
