"""What a journal's file holds, read in short transactions so that an engine may write meanwhile."""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from tidegate.core.domain.events import KINDS, EngineStarted, Fact, Recorded
from tidegate.core.domain.state import State
from tidegate.core.journaling.chain import GENESIS, Chain, ChainedRow, Finding
from tidegate.core.journaling.restore import CHUNK, checkpoint_digest, fold_tail, newest_checkpoint, recorded_of

FACTS = msgspec.json.encode([name for name, kind in KINDS.items() if issubclass(kind, Fact)]).decode()


class Ends(NamedTuple):
    """As of one moment: the last event, what `head` says of it, and the checkpoints that a start would trust."""

    last: int
    head: tuple[int, bytes] | None
    checkpoints: dict[int, bytes]


class Chained:
    """Reads rows with their hashes; those of an older journal (not `hashed`) have none."""

    def __init__(self, connection: sqlite3.Connection, *, hashed: bool) -> None:
        self._db, self.hashed = connection, hashed

    def damage(self) -> list[Finding]:
        """What SQLite itself finds wrong with the pages."""
        said = [line for (line,) in self._db.execute("PRAGMA quick_check(5)") if line != "ok"]
        return [Finding(None, f"the file is damaged: {line}") for line in said]

    def ends(self) -> Ends:
        """What the rows are held against."""
        self._db.execute("BEGIN")
        try:
            last = int(self._db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
            query = "SELECT CAST(seq AS INTEGER), CAST(hash AS BLOB) FROM head"
            head = self._db.execute(query).fetchone() if self.hashed else None
            kept = self._db.execute("SELECT seq, digest, body FROM checkpoints").fetchall()
        finally:
            self._db.execute("ROLLBACK")
        return Ends(last, head, {seq: body for seq, digest, body in kept if _valid(digest, body)})

    def fact_before(self, seq: int) -> int:
        """The last fact at or before an event: decisions are compared with what follows from it."""
        query = "SELECT coalesce(max(seq), 1) FROM journal WHERE seq <= ? AND +kind IN (SELECT value FROM json_each(?))"
        return int(self._db.execute(query, (seq, FACTS)).fetchone()[0])

    def chain(self, first: int) -> Chain:
        """The chain up to the event before `first`."""
        query = f"SELECT CAST({self._hash} AS BLOB) FROM journal WHERE seq = ?"  # noqa: S608 - a column or nothing
        row = self._db.execute(query, (first - 1,)).fetchone()
        return Chain(first - 1, GENESIS if row is None else row[0])

    def state(self, first: int) -> State:
        """The state before the event `first`. Raises JournalError when an event before it cannot be read."""
        state = newest_checkpoint(self._db, before=first)
        while state.seq < first - 1 and fold_tail(self._db, state, min(CHUNK, first - 1 - state.seq)):
            pass
        return state

    def start(self, first: int) -> Recorded | None:
        """The start of the run that the event before `first` belongs to."""
        query = "SELECT seq, at, trace, body FROM journal WHERE kind = ? AND seq < ? ORDER BY seq DESC LIMIT 1"
        row = self._db.execute(query, (EngineStarted.__name__, first)).fetchone()
        return None if row is None else recorded_of(row)

    def rows(self, after: int, last: int) -> Iterator[list[ChainedRow]]:
        """The events after one and up to another, in chunks; texts as bytes, since a changed one may be none."""
        query = (
            f"SELECT seq, at, trace, kind, body, {self._hash} FROM journal"  # noqa: S608 - a column or nothing
            " WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"
        )
        self._db.text_factory = bytes
        try:
            while found := self._db.execute(query, (after, last, CHUNK)).fetchall():
                after = found[-1][0]
                yield [ChainedRow(*row) for row in found]
        finally:
            self._db.text_factory = str

    @property
    def _hash(self) -> str:
        return "hash" if self.hashed else "''"


def _valid(digest: object, body: object) -> bool:
    return isinstance(body, bytes) and checkpoint_digest(body) == digest
