"""The journal as the audit reads it: a week's rows one page at a time, so that memory does not grow with the journal.

Only the kinds that are asked for are decoded; the many quotes and ticks stay on the disk.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

import msgspec

from tidegate.audit.week import Week
from tidegate.core.domain.events import Recorded
from tidegate.core.errors import JournalError
from tidegate.core.journaling.database import FILE, connect, plainly, stamp
from tidegate.core.journaling.restore import CHUNK, recorded_of
from tidegate.core.journaling.schema import version

PAGE = (  # +kind: the way by seq is read once, an index by kind would be sorted again for every page
    "SELECT seq, at, trace, body FROM journal WHERE seq > :after AND at >= :since AND at < :until"
    " AND +kind IN (SELECT value FROM json_each(:kinds)) ORDER BY seq LIMIT :limit"
)
ON_TRACE = (
    "SELECT seq, at, trace, body FROM journal WHERE trace = :trace AND trace <> '' AND seq <= :seq"
    " AND +kind IN (SELECT value FROM json_each(:kinds)) ORDER BY seq"
)
POSITIONS = (
    "SELECT kind, coalesce(json_extract(body, '$.outcome.symbol'), json_extract(body, '$.symbol')) FROM journal"
    " WHERE kind IN ('PositionOpened', 'PositionAdopted', 'PositionClosed') AND at < ? AND json_valid(body)"
    " ORDER BY seq"
)


class Span(NamedTuple):
    """How many events there are, and the first and last time among them."""

    events: int
    first: datetime | None
    last: datetime | None


class Rows:
    """The rows of a journal; a row that cannot be read is named in `unreadable`, and the others go on."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._db = path, connection
        self.unreadable: dict[int, None] = {}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal of a state folder, to read.

        Raises:
            JournalError: there is none, or it is not ours to read.
        """
        path = folder / FILE
        with plainly(path), ExitStack() as stack:
            connection = connect(path, mode="ro")
            stack.callback(connection.close)
            version(connection, path)
            connection.execute("BEGIN")  # all numbers of a report are of one moment; it takes seconds
            stack.pop_all()
        return cls(path, connection)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def span(self, week: Week | None = None) -> Span:
        """Of the whole journal, or of a week."""
        words: dict[str, object] = {"since": "", "until": "~"} if week is None else _bounds(week)
        query = "SELECT count(*), min(at), max(at) FROM journal WHERE at >= :since AND at < :until"
        ((count, first, last),) = self._all(query, words)
        return Span(count, _time(first), _time(last))

    def counts(self, week: Week) -> dict[str, int]:
        """How many events of each kind a week has."""
        query = "SELECT kind, count(*) FROM journal WHERE at >= :since AND at < :until GROUP BY kind"
        return dict(self._all(query, _bounds(week)))

    def events(self, kinds: Sequence[str], week: Week) -> Iterator[Recorded]:
        """The events of these kinds in a week, in the order of the journal."""
        words = {**_bounds(week), "kinds": _json(kinds), "limit": CHUNK, "after": 0}
        while page := self._all(PAGE, words):
            yield from self._read(page)
            words["after"] = page[-1][0]

    def on_trace(self, trace: str, kinds: Sequence[str], seq: int) -> list[Recorded]:
        """The events of these kinds on a trace, up to an event's number."""
        return list(self._read(self._all(ON_TRACE, {"trace": trace, "seq": seq, "kinds": _json(kinds)})))

    def open_at(self, end: datetime) -> list[str]:
        """The symbols of the positions that were open then."""
        held: dict[str, None] = {}
        for kind, symbol in self._all(POSITIONS, (stamp(end),)):
            if kind == "PositionClosed":
                held.pop(symbol, None)
            else:
                held[symbol] = None
        return sorted(held)

    def newest(self, kinds: Sequence[str], before: datetime) -> str | None:
        """Which of these kinds the newest such event before that moment has; None without one."""
        query = "SELECT kind FROM journal WHERE kind IN (SELECT value FROM json_each(?)) AND at < ?"
        found = self._all(f"{query} ORDER BY seq DESC LIMIT 1", (_json(kinds), stamp(before)))
        return found[0][0] if found else None

    def modes(self, week: Week) -> list[str]:
        """In which modes (demo, paper, live) the engine ran in a week, the run that was under way before included."""
        query = (
            "SELECT DISTINCT json_extract(body, '$.mode') FROM journal WHERE kind = 'EngineStarted' AND at < :until"
            " AND json_valid(body) AND seq >= coalesce((SELECT max(seq) FROM journal"
            " WHERE kind = 'EngineStarted' AND at < :since), 0)"
        )
        return sorted(str(mode) for (mode,) in self._all(query, _bounds(week)))

    def _read(self, page: list[Any]) -> Iterator[Recorded]:
        for row in page:
            try:
                yield recorded_of(row)
            except JournalError:
                self.unreadable[row[0]] = None

    def _all(self, query: str, words: Sequence[object] | dict[str, object]) -> list[Any]:
        with plainly(self._path):
            return self._db.execute(query, words).fetchall()


def _bounds(week: Week) -> dict[str, object]:
    return {"since": stamp(week.since), "until": stamp(week.until)}


def _json(words: Sequence[str]) -> str:
    return msgspec.json.encode(list(words)).decode()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
