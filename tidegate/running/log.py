"""engine.log, kept small: when it has grown, it becomes engine.log.1, and the oldest goes."""

import os
import sys
from contextlib import suppress
from pathlib import Path

LIMIT_BYTES = 1_000_000
KEPT = 3  # older logs


def rotate(log: Path) -> bool:
    """Move a log that has reached its limit out of the way; returns whether it did."""
    if not log.is_file() or log.stat().st_size < LIMIT_BYTES:
        return False
    names = [log, *(log.with_name(f"{log.name}.{number}") for number in range(1, KEPT + 1))]
    for older, newer in reversed(list(zip(names[1:], names, strict=False))):
        if newer.is_file():
            newer.chmod(0o600)
            newer.replace(older)
    return True


def go_on(log: Path) -> None:
    """Rotate the log that this process writes its output to, and go on in a fresh one; nothing for other outputs."""
    with suppress(OSError):  # a disk without room, or no such file: the log stays as it is
        if not (log.is_file() and os.path.sameopenfile(1, 2) and os.path.samestat(log.stat(), os.fstat(1))):
            return
        if rotate(log):
            sys.stdout.flush()
            fresh = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            os.dup2(fresh, 1)
            os.dup2(fresh, 2)
            os.close(fresh)
