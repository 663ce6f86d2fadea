"""A history of daily closes from a CSV file, plain or gzip: a date and a close column, oldest first."""

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import msgspec

from tidegate.core.errors import InputError

FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%Y%m%d")
BLANK = {"", ".", "NA", "NaN", "nan", "null"}  # how publishers write a day without a value
SHOWN = 20


class Closes(msgspec.Struct, frozen=True, kw_only=True):
    """Days with their closes, oldest first; `skipped` rows had no value."""

    days: list[tuple[date, float]]
    skipped: int


def read_closes(path: Path) -> Closes:
    """Read the file. Raises InputError with every mistake, each with its line."""
    rows = _rows(path)
    head = [name.strip() for name in next(rows, (0, []))[1]]
    when, what = _columns(head, path)
    days: list[tuple[date, float]] = []
    wrong: list[str] = []
    skipped = 0
    for line, row in rows:
        try:
            day = _read(row, when, what, days[-1][0] if days else None)
        except ValueError as error:
            wrong.append(f"line {line}: {error}")
            continue
        if day is None:
            skipped += 1
        else:
            days.append(day)
    if wrong:
        more = [f"... and {len(wrong) - SHOWN} more"] if len(wrong) > SHOWN else []
        raise InputError("\n".join([f"{path} has rows that cannot be used:", *wrong[:SHOWN], *more]))
    return Closes(days=days, skipped=skipped)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"{path} line {reader.line_num} is no CSV: {error}") from error


def _columns(head: list[str], path: Path) -> tuple[int, int]:
    """Where the date and the close stand; with two columns, the one that is no date is the close."""
    names = [name.lower() for name in head]
    if "date" in names:
        when = names.index("date")
        if "close" in names:
            return when, names.index("close")
        if len(names) == 2:
            return when, 1 - when
    said = ", ".join(head) or "nothing"
    raise InputError(f'{path} needs a header with "date" and "close"; it has: {said}.')


def _read(row: list[str], when: int, what: int, after: date | None) -> tuple[date, float] | None:
    """One day; None when it has no value."""
    if len(row) <= max(when, what):
        raise ValueError(f"{len(row)} columns, and {max(when, what) + 1} are needed")
    day, close = _day(row[when].strip()), row[what].strip()
    if after is not None and day <= after:
        raise ValueError(f"{day} does not come after {after}")
    return None if close in BLANK else (day, _close(close))


def _day(text: str) -> date:
    for form in FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"{text[:20]!r} is no date such as 2020-03-16 or 3/16/2020")


def _close(text: str) -> float:
    try:
        close = float(text)
    except ValueError:
        close = 0.0
    if not 0 < close < float("inf"):
        raise ValueError(f"{text[:20]!r} is no close above 0")
    return close
