"""How tidegate.db is opened: connections, transactions, and errors in plain words."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from tidegate.core.errors import JournalError

FILE = "tidegate.db"
BUSY_MS = 5000  # how long a connection waits for another's write


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors into a JournalError that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise JournalError(f"{path}: {error}") from error
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror or error}") from error


def connect(path: Path, *, mode: Literal["ro", "rw"]) -> sqlite3.Connection:
    """Open an existing file in autocommit mode; whoever needs a transaction begins it.

    A connection may move between threads (the desk reads in a worker), but serves one at a time.
    """
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def stamp(at: datetime) -> str:
    """An aware time as text whose order is time order."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def claim(path: Path) -> None:
    """Make the file, or refuse one that is not ours to write. SQLite gives its side files the mode of the file."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise JournalError(f"{path} belongs to another user (uid {found.st_uid}): run as that user, or use --state-dir")
    if not found.st_mode & 0o200:
        raise JournalError(f"{path} is write-protected: allow writing with `chmod u+w {path}`")
    path.chmod(0o600)
