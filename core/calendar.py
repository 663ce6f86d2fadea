"""When the New York Stock Exchange trades: holidays, half days, daylight saving time.

The years that `calendar.txt` covers are known without any library, and so the same on every machine and in every
replay. For other years exchange_calendars is asked, once a year of sessions; importing it takes about a second.
"""

import warnings
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from tidegate.core.domain.values import Value
from tidegate.core.errors import CalendarError

NEW_YORK = ZoneInfo("America/New_York")
OPEN, CLOSE = time(9, 30), time(16, 0)
SINCE = 1986  # before, the exchange kept other hours
SATURDAY = 5
TABLE = Path(__file__).with_name("calendar.txt")
EDGE = timedelta(minutes=1)  # around the open and the close two honest clocks may differ

Departures = dict[date, time | None]


class TradingSession(Value, frozen=True, kw_only=True):
    """The hours of one day in which the exchange is open, as aware UTC times; `close` itself is outside."""

    day: date
    open: datetime
    close: datetime

    @property
    def half_day(self) -> bool:
        """Whether it closes before 16:00 New York time."""
        return self.close.astimezone(NEW_YORK).time() < CLOSE


def listed(day: date) -> bool:
    """Whether the table covers the day, so that no library is needed to know its session."""
    return day.year in _table()[0]


@lru_cache(maxsize=1024)
def session_of(day: date) -> TradingSession | None:
    """The session of a New York date; None on weekends and holidays.

    Raises:
        CalendarError: The year is outside the table, and exchange_calendars is not installed or does not know it.
    """
    if day.weekday() >= SATURDAY:
        return None
    close = _departures(day.year).get(day, CLOSE)
    return None if close is None else TradingSession(day=day, open=_utc(day, OPEN), close=_utc(day, close))


def trading_day(at: datetime) -> date:
    """The New York date of an aware time, a trading day or not."""
    return at.astimezone(NEW_YORK).date()


def is_open(at: datetime) -> bool:
    """Whether the exchange trades at an aware time: the open counts, the close does not.

    Raises:
        CalendarError: As for `session_of`.
    """
    session = session_of(trading_day(at))
    return session is not None and session.open <= at < session.close


def may_be_open(at: datetime) -> bool:
    """Whether the exchange trades then, as far as the table knows; other years count as open."""
    if _asked and _asked[0].open <= at < _asked[0].close:
        return True
    day = trading_day(at)
    session = session_of(day) if listed(day) else None
    if session is not None:
        _asked[:] = [session]
    return not listed(day) or (session is not None and session.open <= at < session.close)


_asked: list[TradingSession] = []  # the session that was asked about last: each price of a day asks again


def clock_disagreement(at: datetime, *, is_open: bool) -> str | None:
    """A sentence when a broker's clock, read at `at` of that clock, and the calendar say different things.

    Within a minute of the open or the close either answer is right. A year without a calendar is a disagreement too.
    """
    try:
        session = session_of(trading_day(at))
    except CalendarError as error:
        return str(error)
    expected = session is not None and session.open <= at < session.close
    if expected == is_open or (session is not None and min(abs(at - session.open), abs(at - session.close)) <= EDGE):
        return None
    told, known = ("open", "closed") if is_open else ("closed", "open")
    when = f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
    return f"the broker's clock says {told} at {when}, the calendar says {known} ({hours(session)})"


def hours(session: TradingSession | None) -> str:
    """A day's hours for a person: "09:30 to 16:00 New York", or "no session"."""
    if session is None:
        return "no session"
    opened, closed = session.open.astimezone(NEW_YORK), session.close.astimezone(NEW_YORK)
    return f"{opened:%H:%M} to {closed:%H:%M} New York"


def parse(text: str) -> tuple[range, Departures]:
    """The years that a table covers, and its weekdays without a session (None) or with another closing time."""
    lines = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    _, first, last = next(lines)
    said = {date.fromisoformat(day): None if what == "closed" else time.fromisoformat(what) for day, what in lines}
    return range(int(first), int(last) + 1), said


@lru_cache(maxsize=16)
def from_library(year: int) -> Departures:
    """What exchange_calendars says of a year, in the form of the table.

    Raises:
        CalendarError: It is not installed, or does not know the year.
    """
    if year < SINCE:
        raise CalendarError(f"no exchange calendar for {year}: the years before {SINCE} are unknown")
    try:
        with warnings.catch_warnings(action="ignore"):  # it uses what its own libraries will drop
            # a second and 75 MB, which most runs never pay
            import exchange_calendars  # type: ignore[import-untyped] # it has none  # noqa: PLC0415 - see above

            known = exchange_calendars.get_calendar("XNYS", start=f"{year}-01-01", end=f"{year}-12-31")
            closes = {at.astimezone(NEW_YORK).date(): at.astimezone(NEW_YORK).time() for at in known.closes}
    except ImportError as error:
        raise CalendarError(f"no exchange calendar for {year}: install tidegate[calendar]") from error
    except ValueError as error:
        raise CalendarError(f"no exchange calendar for {year}: {error}") from error
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(365 + (year % 4 == 0)))
    weekdays = (day for day in days if day.weekday() < SATURDAY and day.year == year)
    return {day: closes.get(day) for day in weekdays if closes.get(day) != CLOSE}


@cache
def _table() -> tuple[range, Departures]:
    return parse(TABLE.read_text(encoding="ascii"))


def _departures(year: int) -> Departures:
    years, departures = _table()
    return departures if year in years else from_library(year)


def _utc(day: date, at: time) -> datetime:
    return datetime.combine(day, at, NEW_YORK).astimezone(UTC)
