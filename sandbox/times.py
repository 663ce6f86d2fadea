"""Times inside a sandbox: an `Instant` is nanoseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import TypeAlias
from zoneinfo import ZoneInfo

Instant: TypeAlias = int
NANO = 1_000_000_000
NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(at: datetime) -> Instant:
    """An aware time as an instant, exact to the microsecond."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def utc(at: Instant) -> datetime:
    """An instant as an aware UTC time, cut to microseconds."""
    return EPOCH + timedelta(microseconds=at // 1000)


def new_york(at: Instant) -> datetime:
    """An instant on New York's clocks, cut to microseconds."""
    return utc(at).astimezone(NEW_YORK)


def rfc3339(at: Instant, *, digits: int = 9) -> str:
    """UTC with up to nine decimals, trailing zeros cut: "2026-10-08T15:10:18.0952164Z"."""
    whole, rest = divmod(at, NANO)
    fraction = f"{rest:09d}"[:digits].rstrip("0")
    seconds = (EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{seconds}{'.' if fraction else ''}{fraction}Z"


def date_header(now: float) -> str:
    """The Date of an answer."""
    return formatdate(now, usegmt=True)
