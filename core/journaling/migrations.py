"""From one shape of tidegate.db to the next. Rows keep what they say; the file as it was is kept beside it."""

import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path

from tidegate.core.journaling.backup import copy
from tidegate.core.journaling.chain import GENESIS, linked
from tidegate.core.journaling.database import transaction

CHUNK = 5000
HEAD = """CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL)"""


def migrate(connection: sqlite3.Connection, path: Path, *, found: int, wanted: int) -> Path:
    """Bring a journal of version `found` to `wanted`, all or nothing; returns the backup that was made first."""
    names = (path.with_name(f"{path.stem}-v{found}{f'.{n}' if n else ''}{path.suffix}") for n in count())
    beside = next(name for name in names if not name.exists())
    copy(connection, beside)
    with transaction(connection):
        for version in range(found, wanted):
            STEPS[version](connection)
        connection.execute(f"PRAGMA user_version = {wanted}")
    return beside


def _chain(connection: sqlite3.Connection) -> None:
    """Version 2: a hash in every row, and the last one once more."""
    connection.execute("ALTER TABLE journal ADD COLUMN hash TEXT NOT NULL DEFAULT ''")
    connection.execute(HEAD)
    after, previous = 0, GENESIS
    query = "SELECT seq, at, trace, kind, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?"
    while rows := linked(previous, connection.execute(query, (after, CHUNK)).fetchall()):
        connection.executemany("UPDATE journal SET hash = ? WHERE seq = ?", ((row[-1], row[0]) for row in rows))
        after, previous = rows[-1][0], rows[-1][-1].encode()
    if after:
        connection.execute("INSERT INTO head (one, seq, hash) VALUES (1, ?, ?)", (after, previous.decode()))


STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _chain}
