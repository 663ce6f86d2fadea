"""Dates and times as Unusual Whales sends them, and what they mean in New York."""

from datetime import UTC, date, datetime, time
from re import ASCII
from re import compile as pattern
from zoneinfo import ZoneInfo

from tidegate.plugins.sources.fields import FIRST_YEAR, LAST_YEAR, RowError, moment

NEW_YORK = ZoneInfo("America/New_York")
OPEN, CLOSE = time(9, 30), time(16, 0)
MILLIS = pattern(r"\d{12,13}", ASCII)


def today(now: datetime) -> date:
    """The date in New York."""
    return now.astimezone(NEW_YORK).date()


def at_time(day: date, clock: time = time()) -> datetime:
    """A New York time of a date, midnight unless told, as UTC."""
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


def close_of(day: date, now: datetime) -> datetime:
    """The time a whole day's row is of: 16:00 in New York, or now when that is still to come."""
    return min(at_time(day, CLOSE), now)


def date_of(name: str, text: str) -> date:
    """A date from its text. Raises RowError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise RowError(f"{name}: not a date") from None
    if not FIRST_YEAR <= found.year < LAST_YEAR:
        raise RowError(f"{name}: out of range")
    return found


def moment_of(name: str, value: object) -> datetime:
    """A time with an offset, or milliseconds since 1970 (a number, or text), as UTC. Raises RowError."""
    try:
        if isinstance(value, str) and not MILLIS.fullmatch(value.strip()):
            found = datetime.fromisoformat(value.strip())
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found = moment(int(value))
        else:
            raise RowError(f"{name}: not a time")
    except (ValueError, OverflowError):
        raise RowError(f"{name}: not a time") from None
    if found.tzinfo is None or not FIRST_YEAR <= found.year < LAST_YEAR:
        raise RowError(f"{name}: out of range" if found.tzinfo else f"{name}: without an offset")
    return found.astimezone(UTC)
