"""Rows of readings as Unusual Whales sends them: decimals as text, seven forms of time, and whatever else comes.

A row that is wrong is rejected, one that says nothing (null, canceled, not what is counted) is left out; both are
counted by a reason that holds nothing of the row. What is not there never becomes a number.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import isfinite
from re import ASCII
from re import compile as pattern
from typing import Any, TypeVar

import msgspec

from tidegate.plugins.sources.fields import SKEW, RowError
from tidegate.plugins.sources.unusual_whales.readings.times import NEW_YORK, date_of, moment_of, today

NUMBER = pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", ASCII)
DAY = pattern(r"\d{4}-\d\d-\d\d", ASCII)
LONGEST = 400  # characters of a number; the longest seen has 30
HUGE = 1e15
KINDS_LIMIT = 60
T = TypeVar("T")


class SkippedError(ValueError):
    """A sound row that does not count; the text says why."""


class Found(msgspec.Struct, frozen=True):
    """A reading's name, its value, and the time it is of."""

    name: str
    value: float
    at: datetime


class Row:
    """The fields of one row, read by name. Every method raises RowError, or SkippedError for null."""

    def __init__(self, fields: dict[str, Any], now: datetime) -> None:
        self._fields, self._now = fields, now

    def number(self, name: str, low: float = -HUGE, high: float = HUGE) -> float:
        """A finite number from `low` to `high`, sent as a number or as text of any length."""
        value = self._value(name)
        if isinstance(value, str) and len(value) <= LONGEST and NUMBER.fullmatch(value.strip()):
            found = float(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = _float(value)
        else:
            raise RowError(f"{name}: not a number")
        if not isfinite(found) or not low <= found <= high:
            raise RowError(f"{name}: out of range")
        return found

    def text(self, name: str) -> str:
        """A text that is not empty."""
        value = self._value(name)
        if not isinstance(value, str):
            raise RowError(f"{name}: not a text")
        return value.strip()

    def code(self, name: str) -> str:
        """A text that may be missing: "" without one."""
        return self.text(name) if self._fields.get(name) not in (None, "") else ""

    def flag(self, name: str) -> bool | None:
        """True or false, also as text; None when it is missing or null."""
        value = self._fields.get(name)
        value = {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value
        if value is None or isinstance(value, bool):
            return value
        raise RowError(f"{name}: neither true nor false")

    def moment(self, name: str) -> datetime:
        """A time with its offset, or milliseconds since 1970, as UTC; not from the future."""
        found = moment_of(name, self._value(name))
        if found - self._now > SKEW:
            raise RowError(f"{name}: from the future")
        return min(found, self._now)

    def day(self, name: str, *, ahead: timedelta = timedelta()) -> date:
        """A date, in New York not after today and `ahead`; of a time, New York's date."""
        value = self._value(name)
        if isinstance(value, str) and DAY.fullmatch(value.strip()):
            found = date_of(name, value.strip())
        else:
            found = moment_of(name, value).astimezone(NEW_YORK).date()
        if found > today(self._now) + ahead:
            raise RowError(f"{name}: from the future")
        return found

    def about(self, name: str, symbol: str | None) -> None:
        """Reject a row of another symbol; a row that names none passes."""
        if symbol is not None and self.code(name) not in ("", symbol):
            raise RowError(f"{name}: another symbol")

    def _value(self, name: str) -> object:
        if name not in self._fields:
            raise RowError(f"{name}: missing")
        value = self._fields[name]
        if value is None or value == "":
            raise SkippedError(f"{name}: null")
        return value


class Rows:
    """The rows of one answer about `symbol` (None: the market), and the counts of those that cannot be used."""

    def __init__(self, body: bytes, *, symbol: str | None, now: datetime) -> None:
        self.symbol, self.now = symbol, now
        self.rejects: dict[str, int] = {}
        self.skipped: dict[str, int] = {}
        self._raws = self._unpacked(body)
        self.count = len(self._raws)

    def of(self, parse: Callable[[Row], T]) -> list[T]:
        """What `parse` makes of each row that can be used, in the order of the answer."""
        found: list[T] = []
        for raw in self._raws:
            try:
                found.append(parse(Row(_fields(raw), self.now)))
            except RowError as error:
                self.reject(str(error))
            except SkippedError as error:
                self.skipped[str(error)] = self.skipped.get(str(error), 0) + 1
        return found

    def reject(self, reason: str) -> None:
        """Count something that is wrong."""
        kind = reason if reason in self.rejects or len(self.rejects) < KINDS_LIMIT else "other"
        self.rejects[kind] = self.rejects.get(kind, 0) + 1

    def _unpacked(self, body: bytes) -> list[msgspec.Raw]:
        try:
            inside = bytes(_body(body).data).lstrip()
            if inside.startswith(b"["):
                return _list(inside)
            if inside.startswith(b"{"):
                return [msgspec.Raw(inside)]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            inside = b""
        if inside != b"null":
            self.reject("answer: not what the service documents")
        return []


class _Body(msgspec.Struct, frozen=True):
    data: msgspec.Raw


_body = msgspec.json.Decoder(_Body).decode
_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


def newest(rows: list[tuple[date, T]]) -> tuple[date, list[T]] | None:
    """The newest date, and everything of it; None without rows."""
    if not rows:
        return None
    last = max(day for day, _ in rows)
    return last, [each for day, each in rows if day == last]


def _fields(raw: msgspec.Raw) -> dict[str, Any]:
    try:
        return _object(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RowError("row: not an object that can be read") from None


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")
