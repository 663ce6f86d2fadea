"""A copy of a database that is whole, made while others write to it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

STEP = 1024  # pages between two words about how far it is

Progress = Callable[[int, int], None]  # how much is done, of how much


def copy(source: sqlite3.Connection, target: Path, progress: Progress | None = None) -> None:
    """Write the source as of now to a new file, mode 0600, on disk when this returns; nothing is left of a failure.

    Raises:
        FileExistsError: The target is there already; it is never overwritten.
        sqlite3.Error, OSError: It cannot be written.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        _fill(source, target, progress)
        _sync(target)
        _sync(target.parent)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _fill(source: sqlite3.Connection, target: Path, progress: Progress | None) -> None:
    def move(_: int, left: int, pages: int) -> None:
        if progress is not None:
            progress(pages - left, pages)

    with closing(sqlite3.connect(target, isolation_level=None)) as copied:
        source.execute("BEGIN")  # one moment is copied: without it, every commit of the engine would begin it anew
        try:
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            source.backup(copied, pages=STEP, progress=move, sleep=0.0)
        finally:
            source.execute("ROLLBACK")
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read from anywhere


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
