"""The Journal: the one writer of tidegate.db.

Events are appended to memory and stored by `commit`, whole groups or nothing. A commit that fails (a full disk) keeps
its events, so that exits can go on from memory and the next commit stores everything.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from tidegate.core.domain.events import AlertReceived, OrderAccepted, Recorded, SignalScored
from tidegate.core.domain.state import State, encode_state
from tidegate.core.domain.values import Value
from tidegate.core.journaling.chain import GENESIS, linked
from tidegate.core.journaling.database import BUSY_MS, FILE, claim, connect, plainly, stamp, transaction
from tidegate.core.journaling.reader import Answered, Gauge, Reader
from tidegate.core.journaling.restore import checkpoint_digest, load_state, row_of
from tidegate.core.journaling.schema import prepare
from tidegate.core.redaction import hide

__all__ = ["Answered", "Gauge", "Journal", "Reader", "Request"]

CHECKPOINTS = 3  # kept, so that a torn one costs a longer start and nothing else


class Request(Value, frozen=True, kw_only=True):
    """What a person asked of the engine, at the asker's wall-clock time."""

    id: int
    at: datetime
    who: str
    name: str
    args: dict[str, str]


class Journal:
    """Appends events and keeps checkpoints; hold the folder's `Lock` while one is open."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._db = connection
        self._rows: list[tuple[int, str, str, str, str, str]] = []
        last = connection.execute("SELECT hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        self._hash = GENESIS if last is None else last[0].encode()
        self._aliases: list[tuple[str, str]] = []
        self._sources: set[str] = set()
        self._known = {name for (name,) in connection.execute("SELECT name FROM sources")}

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the journal in a state folder, making both when missing (0700 and 0600).

        Raises:
            JournalError: the file is not a journal, newer than this program, write-protected, or another user's.
        """
        path = folder / FILE
        with plainly(path), ExitStack() as stack:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            claim(path)
            connection = connect(path, mode="rw")
            stack.callback(connection.close)
            prepare(connection, path)
            journal = cls(path, connection)
            stack.pop_all()
        return journal

    @property
    def pending(self) -> int:
        """Events appended but not yet on disk."""
        return len(self._rows)

    def load(self) -> State:
        """The newest valid checkpoint with every later event folded in.

        Raises:
            JournalError: an event cannot be read.
        """
        with plainly(self._path):
            return load_state(self._db)

    def append(self, recorded: Sequence[Recorded]) -> None:
        """Add events, in order, to the group that the next commit stores.

        Raises:
            JournalError: one of them could not be read back; none is added.
        """
        rows = linked(self._hash, [row_of(each) for each in recorded])
        if rows:
            self._hash = rows[-1][-1].encode()
        self._rows += rows
        for each in recorded:
            event = each.event
            if isinstance(event, AlertReceived):
                if event.source not in self._known:
                    self._sources.add(event.source)
            elif isinstance(event, SignalScored):
                self._aliases += [(name, each.trace) for name in event.signal.members if name != each.trace]
            elif isinstance(event, OrderAccepted) and each.trace:
                self._aliases.append((event.venue_order_id, each.trace))

    def commit(self) -> None:
        """Store the group: when this returns, it survives a power cut.

        Raises:
            JournalError: it could not be stored (disk full, I/O error, a second writer); nothing of the group is on
                disk, all of it is still pending, and the next commit tries again.
        """
        if not self._rows:
            return
        with plainly(self._path), transaction(self._db):
            put = "INSERT INTO journal (seq, at, trace, kind, body, hash) VALUES (?, ?, ?, ?, ?, ?)"
            self._db.executemany(put, self._rows)
            head = (self._rows[-1][0], self._rows[-1][-1])
            self._db.execute("INSERT OR REPLACE INTO head (one, seq, hash) VALUES (1, ?, ?)", head)
            if self._aliases:
                self._db.executemany("INSERT OR IGNORE INTO aliases (alias, trace) VALUES (?, ?)", self._aliases)
            if self._sources:
                names = ((name,) for name in sorted(self._sources))
                self._db.executemany("INSERT OR IGNORE INTO sources (name) VALUES (?)", names)
        self._known |= self._sources
        self._sources.clear()
        self._rows.clear()
        self._aliases.clear()

    def checkpoint(self, state: State) -> None:
        """Commit what is pending and store the state; the newest three checkpoints are kept.

        Raises:
            JournalError: it could not be stored; the journal is whole without it.
        """
        self.commit()
        body = hide(encode_state(state).decode()).encode()
        with plainly(self._path), transaction(self._db):
            row = (state.seq, checkpoint_digest(body), body)
            self._db.execute("INSERT OR REPLACE INTO checkpoints (seq, digest, body) VALUES (?, ?, ?)", row)
            self._db.execute(
                "DELETE FROM checkpoints WHERE seq NOT IN (SELECT seq FROM checkpoints ORDER BY seq DESC LIMIT ?)",
                (CHECKPOINTS,),
            )

    def requests(self, after: int) -> list[Request]:
        """Unanswered requests with an id above `after`, oldest first."""
        query = "SELECT id, at, who, name, args FROM requests WHERE id > ? AND answer IS NULL ORDER BY id"
        with plainly(self._path):
            found = self._db.execute(query, (after,)).fetchall()
        return [
            Request(
                id=number,
                at=datetime.fromisoformat(at),
                who=who,
                name=name,
                args=msgspec.json.decode(args, type=dict[str, str]),
            )
            for number, at, who, name, args in found
        ]

    def answer(self, request: int, *, ok: bool, text: str) -> None:
        """Answer a request; the first answer stays."""
        with plainly(self._path):
            put = "UPDATE requests SET ok = ?, answer = ? WHERE id = ? AND answer IS NULL"
            self._db.execute(put, (ok, hide(text), request))

    def set_gauges(self, at: datetime, gauges: dict[str, object]) -> bool:
        """Overwrite live telemetry (JSON values), unflushed; False when it could not be written at once and is lost."""
        rows = [(key, stamp(at), hide(msgspec.json.encode(value).decode())) for key, value in gauges.items()]
        try:
            self._db.execute("PRAGMA busy_timeout = 20")
            self._db.execute("PRAGMA synchronous = NORMAL")
            with transaction(self._db):
                self._db.executemany("INSERT OR REPLACE INTO gauges (key, at, body) VALUES (?, ?, ?)", rows)
        except sqlite3.Error:
            return False
        finally:
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        return True

    def close(self) -> None:
        """Commit what is pending, fold the write-ahead log into the file and let go of it.

        Raises:
            JournalError: what is pending could not be stored; the file is closed all the same.
        """
        try:
            self.commit()
        finally:
            with suppress(sqlite3.Error):  # the log is as good as the file; the next start folds it in
                self._db.execute("PRAGMA busy_timeout = 200")
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()
