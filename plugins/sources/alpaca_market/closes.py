"""The index's daily closes: which session's is due, and readings of completed sessions only."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tidegate import Reading, session_of
from tidegate.plugins.sources.alpaca_market.rows import Candle

NEW_YORK = ZoneInfo("America/New_York")
LATE = timedelta(minutes=20)  # plans without live data see consolidated bars after 15 minutes
HISTORY = timedelta(days=150)  # 60 trading days for the high, 20 more to look back on, holidays, and room
MAX_AGE_S = 5 * 86_400.0
LONGEST_BREAK = 14  # days without a session, and some


def due(now: datetime) -> datetime | None:
    """When the last session closed whose close can be had by now."""
    today = now.astimezone(NEW_YORK).date()
    sessions = (session_of(today - timedelta(days=back)) for back in range(LONGEST_BREAK))
    return next((each.close for each in sessions if each is not None and each.close + LATE <= now), None)


def readings(symbol: str, rows: Iterable[Candle], *, after: datetime | None, until: datetime) -> list[Reading]:
    """The closes of sessions that closed after `after` and not after `until`, oldest first, one a session.

    A bar is dated by the New York day it begins on; one on a day without a session is left out.
    """
    closes: dict[datetime, float] = {}
    for row in rows:
        session = session_of(row.t.astimezone(NEW_YORK).date())
        if session is not None and session.close <= until and (after is None or session.close.date() > after.date()):
            closes[session.close.astimezone(UTC)] = row.c
    return [
        Reading(name="daily_close", symbol=symbol, at=at, value=close, max_age_s=MAX_AGE_S)
        for at, close in sorted(closes.items())
    ]
