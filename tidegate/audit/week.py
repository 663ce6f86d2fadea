"""A week of the audit: an ISO week, from Monday 00:00 to Monday 00:00 in New York."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo

from tidegate.core.errors import InputError

NEW_YORK = ZoneInfo("America/New_York")
FORM = re.compile(r"(\d{4})-W(\d{2})")


class Week(NamedTuple):
    """An ISO year and week number."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """A week from its name, "2026-W41". Raises InputError."""
        found = FORM.fullmatch(text.strip().upper())
        if found is not None:
            week = cls(int(found[1]), int(found[2]))
            with suppress(ValueError, OverflowError):  # 2026-W54, 9999-W52
                if week.since < week.until:
                    return week
        raise InputError(f'--week is "{text}": write an ISO week, for example 2026-W41.')

    @classmethod
    def of(cls, at: datetime) -> Self:
        """The week in which an aware time lies in New York."""
        year, number, _ = at.astimezone(NEW_YORK).isocalendar()
        return cls(year, number)

    @property
    def since(self) -> datetime:
        """Its first moment, UTC."""
        return _midnight(date.fromisocalendar(self.year, self.number, 1))

    @property
    def until(self) -> datetime:
        """The first moment after it, UTC."""
        return _midnight(date.fromisocalendar(self.year, self.number, 1) + timedelta(days=7))

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
