"""The venues' own calendar: New York sessions by rule, holidays and half days included.

It is computed here and not taken from the engine, so that the two can be compared.
"""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from tidegate.sandbox.times import NEW_YORK, Instant, instant_of, new_york

DAY = timedelta(days=1)
PRE, OPEN, CLOSE, HALF, POST = time(4), time(9, 30), time(16), time(13), time(20)
HALF_POST = time(17)
MONDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 0, 3, 4, 5, 6
JUNETEENTH_SINCE = 2022
MOURNING = {date(2018, 12, 5), date(2025, 1, 9)}  # the exchange stays closed for a president's funeral


class Session(NamedTuple):
    """One trading day."""

    day: date
    pre: Instant
    open: Instant
    close: Instant
    post: Instant


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; nth -1 is the last."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - DAY
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Easter Sunday, Gregorian (Meeus/Jones/Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    el = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * el) // 451
    month, day = divmod(h + el - 7 * m + 114, 31)
    return date(year, month, day + 1)


def _observed(day: date) -> date:
    """A Saturday is kept the Friday before, a Sunday the Monday after."""
    return day - DAY if day.weekday() == SATURDAY else day + DAY if day.weekday() == SUNDAY else day


@cache
def holidays(year: int) -> set[date]:
    """Weekdays without a session. New Year on a Saturday is not kept."""
    fixed = [date(year, 7, 4), date(year, 12, 25)]
    fixed += [date(year, 6, 19)] if year >= JUNETEENTH_SINCE else []
    moving = [
        _nth(year, 1, MONDAY, 3),
        _nth(year, 2, MONDAY, 3),
        easter(year) - 2 * DAY,
        _nth(year, 5, MONDAY, -1),
        _nth(year, 9, MONDAY, 1),
        _nth(year, 11, THURSDAY, 4),
    ]
    new_year = date(year, 1, 1)
    kept = set() if new_year.weekday() == SATURDAY else {_observed(new_year)}
    return kept | MOURNING | {*moving, *(_observed(day) for day in fixed)}


def half_day(day: date) -> bool:
    """Whether the session ends at 13:00: the days before Independence Day and Christmas, and after Thanksgiving."""
    eves = {date(day.year, 7, 3), date(day.year, 12, 24), _nth(day.year, 11, THURSDAY, 4) + DAY}
    return day in eves


@lru_cache(maxsize=1024)
def _by_rule(day: date) -> Session | None:
    if day.weekday() >= SATURDAY or day in holidays(day.year):
        return None
    times = (PRE, OPEN, HALF, HALF_POST) if half_day(day) else (PRE, OPEN, CLOSE, POST)
    pre, opened, closed, post = (_instant(day, each) for each in times)
    return Session(day, pre=pre, open=opened, close=closed, post=post)


@lru_cache(maxsize=1024)
def _whole_day(day: date) -> Session:
    start, end = _instant(day, time(0)), _instant(day + DAY, time(0))
    return Session(day, pre=start, open=start, close=end, post=end)


class Hours:
    """Sessions of the venue. `always` makes every moment of every day one long session, for rehearsals at night."""

    def __init__(self, *, always: bool = False) -> None:
        self.always = always

    def session(self, day: date) -> Session | None:
        """The session of a New York date; None on a day without one."""
        return _whole_day(day) if self.always else _by_rule(day)

    def sessions(self, start: date, end: date) -> list[Session]:
        """The sessions from a date to another, both included."""
        days = (start + DAY * number for number in range((end - start).days + 1))
        return [session for day in days if (session := self.session(day)) is not None]

    def phase(self, at: Instant) -> str:
        """closed, pre, core or post."""
        session = self.session(new_york(at).date())
        if session is None or not session.pre <= at < session.post:
            return "closed"
        return "pre" if at < session.open else "core" if at < session.close else "post"

    def next_open(self, at: Instant) -> Instant:
        """When the next session opens, after `at`."""
        return next(each.open for each in self._coming(at) if each.open > at)

    def next_close(self, at: Instant) -> Instant:
        """When the running session closes, or the next one."""
        return next(each.close for each in self._coming(at) if each.close > at)

    def previous(self, day: date) -> Session:
        """The last session before a date."""
        return next(found for number in range(1, 30) if (found := self.session(day - DAY * number)) is not None)

    def _coming(self, at: Instant) -> list[Session]:
        today = new_york(at).date()
        return self.sessions(today, today + 14 * DAY)


def _instant(day: date, clock: time) -> Instant:
    return instant_of(datetime.combine(day, clock, NEW_YORK))
