"""The Reader: any number of processes read the journal while one engine writes it.

Every read is one short transaction, so a slow reader never holds the writer's log back for long.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import msgspec

from tidegate.core.domain.events import Recorded, SignalScored
from tidegate.core.domain.ids import trace_in, trace_of
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Value
from tidegate.core.errors import JournalError
from tidegate.core.journaling.database import FILE, connect, plainly
from tidegate.core.journaling.restore import CHUNK, fold_tail, load_state, newest_checkpoint, recorded_of
from tidegate.core.journaling.schema import version

RUN_KINDS = ("EngineStarted", "EngineStopped", "SourceFailed", "RequestReceived")  # differ from run to run


class Gauge(Value, frozen=True, kw_only=True):
    """Live telemetry: a JSON value as of `at`."""

    at: datetime
    body: Any


class Answered(Value, frozen=True, kw_only=True):
    """The engine's answer to a request."""

    ok: bool
    text: str


class Reader:
    """Reads the journal, and leaves requests for its engine."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._db = connection

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal in a state folder.

        Raises:
            JournalError: there is none (and how to make one), it is not ours, or it cannot be read.
        """
        path = folder / FILE
        with plainly(path), ExitStack() as stack:
            if path.is_file():
                connection = connect(path, mode="ro")
                stack.callback(connection.close)
                if version(connection, path) > 0:
                    stack.pop_all()
                    return cls(path, connection)
        raise JournalError(f"no journal in {folder}: make one with `tidegate demo` or `tidegate run`")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def state(self) -> State:
        """The state as of the last committed event."""
        with plainly(self._path):
            return load_state(self._db)

    def checkpoint(self) -> State:
        """The state of the newest valid checkpoint (else the empty state): where `catch_up` can start in slices."""
        with plainly(self._path):
            return newest_checkpoint(self._db)

    def catch_up(self, state: State, limit: int = CHUNK) -> int:
        """Fold up to `limit` newer events into `state`; returns how many, so fewer than `limit` means up to date."""
        with plainly(self._path):
            return fold_tail(self._db, state, limit)

    def last_seq(self) -> int:
        """The number of the last committed event, 0 when there is none."""
        return int(self._all("SELECT coalesce(max(seq), 0) FROM journal")[0][0])

    def count(self, kind: str) -> int:
        """How many events of a kind there are."""
        return int(self._all("SELECT count(*) FROM journal WHERE kind = ?", (kind,))[0][0])

    def events(
        self, after: int = 0, limit: int = 1000, kinds: Sequence[str] = (), trace: str | None = None
    ) -> list[Recorded]:
        """Up to `limit` events after a sequence number, oldest first, of some kinds (all: empty) or one trace."""
        query = ["SELECT seq, at, trace, body FROM journal WHERE seq > :after"]
        if kinds:
            query.append("AND kind IN (SELECT value FROM json_each(:kinds))")
        if trace is not None:
            query.append("AND trace = :trace AND trace <> ''")
        query.append("ORDER BY seq LIMIT :limit")
        words = {"after": after, "kinds": _json(list(kinds)), "trace": trace, "limit": limit}
        return [recorded_of(row) for row in self._all(" ".join(query), words)]

    def find_trace(self, text: str) -> str | None:
        """The trace that a person means by a trace, client order id, venue order id or alert id; None: unknown.

        Any member of a cluster leads to its signal.
        """
        for candidate in self._candidates(text.strip()):
            if candidate and (found := self._leading(candidate)) is not None:
                return found
        return None

    def trace(self, trace_id: str) -> list[Recorded]:
        """All events of a trace, and the alerts of its cluster's other members, in order."""
        own = self.events(limit=-1, trace=trace_id)
        members = {name for each in own if isinstance(each.event, SignalScored) for name in each.event.signal.members}
        members.discard(trace_id)
        others = self._all(
            "SELECT seq, at, trace, body FROM journal WHERE trace IN (SELECT value FROM json_each(?))"
            " AND trace <> '' AND +kind = 'AlertReceived'",
            (_json(sorted(members)),),
        )
        return sorted(own + [recorded_of(row) for row in others], key=lambda each: each.seq)

    def gauges(self) -> dict[str, Gauge]:
        """Live telemetry of the engine by key, as it last wrote it."""
        return {
            key: Gauge(at=datetime.fromisoformat(at), body=msgspec.json.decode(body))
            for key, at, body in self._all("SELECT key, at, body FROM gauges")
        }

    def post(self, name: str, args: dict[str, str], who: str) -> int:
        """Leave a request for the engine, running or not; returns its id.

        Raises:
            JournalError: the file cannot be written.
        """
        with plainly(self._path):
            connection = connect(self._path, mode="rw")
            try:
                put = "INSERT INTO requests (who, name, args) VALUES (?, ?, ?)"
                return int(connection.execute(put, (who, name, _json(args))).lastrowid or 0)
            finally:
                connection.close()

    def answer(self, request: int) -> Answered | None:
        """The engine's answer to a request; None while there is none."""
        found = self._all("SELECT ok, answer FROM requests WHERE id = ? AND answer IS NOT NULL", (request,))
        return Answered(ok=bool(found[0][0]), text=found[0][1]) if found else None

    def hash(self) -> str:
        """A sha256 over all events but those that differ from run to run: equal sessions have equal hashes."""
        total = sha256()
        for at, trace, kind, body in self._told():
            if kind not in RUN_KINDS:
                total.update(f"{at}\x1f{trace}\x1f{kind}\x1f{body}\n".encode())
        return total.hexdigest()

    def _told(self) -> Iterator[tuple[str, str, str, str]]:
        after = 0
        while found := self._all(
            "SELECT seq, at, trace, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (after, CHUNK)
        ):
            after = found[-1][0]
            yield from (row[1:] for row in found)

    def _candidates(self, text: str) -> Iterator[str | None]:
        yield trace_in(text)
        yield self._alias(text)
        for (source,) in self._all("SELECT name FROM sources"):
            yield trace_of(source, text)

    def _leading(self, trace: str) -> str | None:
        """The trace itself when it leads a signal or no other does; None when nobody ever heard of it."""
        kinds = {kind for (kind,) in self._all("SELECT kind FROM journal WHERE trace = ? AND trace <> ''", (trace,))}
        if SignalScored.__name__ in kinds:
            return trace
        return self._alias(trace) or (trace if kinds else None)

    def _alias(self, name: str) -> str | None:
        found = self._all("SELECT trace FROM aliases WHERE alias = ?", (name,))
        return str(found[0][0]) if found else None

    def _all(self, query: str, words: Sequence[object] | dict[str, object] = ()) -> list[Any]:
        with plainly(self._path):
            return self._db.execute(query, words).fetchall()


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
