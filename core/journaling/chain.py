"""The chain over the journal: each row's hash covers the row and the hash before it.

Whoever changes, removes or swaps a row has to write every later hash anew, and then the last one differs from the one
that was noted elsewhere (a backup's, or what `tidegate verify` printed).
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

GENESIS = b"0" * 64  # what the first row follows
SEPARATOR = b"\x1f"  # never part of a time, trace, kind or JSON


class ChainedRow(NamedTuple):
    """A row of the journal as it is stored."""

    seq: int
    at: bytes
    trace: bytes
    kind: bytes
    body: bytes
    hash: bytes


class Finding(NamedTuple):
    """What is wrong with the file, and at which event; None where it has no place among the events."""

    seq: int | None
    what: str


def link(previous: bytes, seq: int, *texts: bytes) -> bytes:
    """The hash (64 hex digits) of a row with these texts (at, trace, kind, body) after a row with hash `previous`."""
    return sha256(SEPARATOR.join((previous, b"%d" % seq, *texts))).hexdigest().encode()


def linked(
    previous: bytes, rows: Iterable[tuple[int, str, str, str, str]]
) -> list[tuple[int, str, str, str, str, str]]:
    """Rows (seq, at, trace, kind, body) that follow one another, each with its hash."""
    done = []
    for row in rows:
        seq, *texts = row
        previous = link(previous, seq, *(text.encode() for text in texts))
        done.append((*row, previous.decode()))
    return done


class Chain:
    """Follows the rows of a journal, oldest first. `hash` and `seq` are those of the last row."""

    def __init__(self, seq: int = 0, previous: bytes = GENESIS) -> None:
        self.seq, self.hash, self.time = seq, previous, b""

    def take(self, row: ChainedRow, *, hashed: bool = True) -> list[Finding]:
        """What is wrong with the next row, held against the hash stored before it, so that each is found by itself.

        `hashed`: the journal has hashes; one of an older version has none.
        """
        seq, at, trace, kind, body, stored = row
        found = []
        if seq != self.seq + 1:
            found.append(Finding(self.seq + 1, missing(self.seq + 1, seq - 1)))
        elif hashed and stored != link(self.hash, seq, at, trace, kind, body):
            found.append(Finding(seq, f"event {seq} is not what was written: its hash does not fit"))
        if at < self.time:
            found.append(Finding(seq, f"event {seq} is of {at.decode(errors='replace')}, before the event before it"))
        self.seq, self.hash, self.time = seq, stored, max(at, self.time)
        return found


def missing(first: int, last: int) -> str:
    """The sentence about events that should be there."""
    return f"event {first} is missing" if first == last else f"events {first} to {last} are missing"
