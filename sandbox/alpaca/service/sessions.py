"""Clock and calendar as Alpaca tells them."""

from datetime import date

from tidegate.sandbox.answers import Json
from tidegate.sandbox.hours import DAY, Hours
from tidegate.sandbox.times import Instant, new_york, rfc3339


def clock_row(hours: Hours, at: Instant) -> Json:
    """GET /v2/clock."""
    return {
        "timestamp": new_york(at).isoformat(),
        "is_open": hours.phase(at) == "core",
        "next_open": new_york(hours.next_open(at)).isoformat(),
        "next_close": new_york(hours.next_close(at)).isoformat(),
    }


def market_clock(hours: Hours, at: Instant) -> Json:
    """One market of GET /v3/clock."""
    session = hours.session(new_york(at).date())
    edges = [] if session is None else [session.pre, session.open, session.close, session.post]
    coming = [edge for edge in edges if edge > at] or [hours.next_open(at)]
    return {
        "market": {"acronym": "NYSE", "mic": "XNYS", "name": "New York Stock Exchange", "timezone": "America/New_York"},
        "timestamp": rfc3339(at),
        "is_market_day": session is not None,
        "phase": hours.phase(at),
        "phase_until": rfc3339(coming[0]),
        "next_market_open": rfc3339(hours.next_open(at)),
        "next_market_close": rfc3339(hours.next_close(at)),
    }


def calendar_rows(hours: Hours, start: date, end: date) -> list[Json]:
    """GET /v2/calendar."""
    return [
        {
            "date": each.day.isoformat(),
            "open": new_york(each.open).strftime("%H:%M"),
            "close": new_york(each.close).strftime("%H:%M"),
            "session_open": new_york(each.pre).strftime("%H%M"),
            "session_close": new_york(each.post).strftime("%H%M"),
            "settlement_date": hours.sessions(each.day + DAY, each.day + 10 * DAY)[0].day.isoformat(),
        }
        for each in hours.sessions(start, end)
    ]
