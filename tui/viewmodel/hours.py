"""Where the time stands in the exchange's day: holidays, half days, daylight saving time.

Only the bundled table of `core/calendar.py` is read: the library for other years is too heavy for a screen.
"""

from datetime import datetime

from tidegate.core.calendar import SATURDAY, TradingSession, listed, session_of, trading_day
from tidegate.tui.viewmodel.numbers import countdown


def session_at(at: datetime) -> TradingSession | None:
    """The session of the New York day; None when there is none, or the table does not cover the year."""
    day = trading_day(at)
    return session_of(day) if listed(day) else None


def open_for_s(at: datetime) -> float | None:
    """Seconds since today's open; None while the exchange is closed, or when nobody knows."""
    session = session_at(at)
    return (at - session.open).total_seconds() if session is not None and session.open <= at < session.close else None


def hours(at: datetime | None) -> str:
    """The exchange in words: open and until when, or why not."""
    if at is None:
        return ""
    day, session = trading_day(at), session_at(at)
    if day.weekday() >= SATURDAY:
        return "weekend"
    if session is None:
        return "holiday" if listed(day) else "hours unknown"
    if at < session.open:
        return "before the open"
    left_s = (session.close - at).total_seconds()
    return f"open, closes in {countdown(left_s)}" if left_s > 0 else "after the close"
