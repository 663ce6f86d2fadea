"""Between rows and values, and from rows to the state. Engine and desk start alike."""

import sqlite3
from contextlib import suppress
from datetime import datetime
from hashlib import sha256

import msgspec

from tidegate.core.domain.events import Recorded, decode, encode
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.state import State, decode_state
from tidegate.core.errors import JournalError
from tidegate.core.installed_code import digest_of, places
from tidegate.core.journaling.database import stamp
from tidegate.core.redaction import hide

DOMAIN = "tidegate.core.domain"
CHUNK = 5000  # events per read transaction
Row = tuple[int, str, str, str]  # seq, at, trace, body


def checkpoint_digest(body: bytes) -> str:
    """What a checkpoint's row must say to be trusted: a cache of the fold, it is void when torn or of other code."""
    return sha256(digest_of(*places(DOMAIN)) + body).hexdigest()


def newest_checkpoint(connection: sqlite3.Connection, *, before: int | None = None) -> State:
    """The state of the newest valid checkpoint (of those before an event, if wanted), or the empty state."""
    known = "SELECT seq FROM checkpoints WHERE seq <= (SELECT max(seq) FROM journal) AND seq < ? ORDER BY seq DESC"
    for (seq,) in connection.execute(known, (2**63 - 1 if before is None else before,)).fetchall():
        found = connection.execute("SELECT digest, body FROM checkpoints WHERE seq = ?", (seq,)).fetchall()
        for digest, body in found:
            if isinstance(body, bytes) and checkpoint_digest(body) == digest:
                with suppress(msgspec.DecodeError):  # a number that JSON cannot hold
                    return decode_state(body)
    return State()


def fold_tail(connection: sqlite3.Connection, state: State, limit: int) -> int:
    """Fold up to `limit` events that follow the state into it; returns how many there were.

    Raises:
        JournalError: an event cannot be read; those before it are folded.
    """
    found = connection.execute(
        "SELECT seq, at, trace, body FROM journal WHERE seq > ? ORDER BY seq LIMIT ?", (state.seq, limit)
    ).fetchall()
    for row in found:
        fold(state, recorded_of(row))
    return len(found)


def load_state(connection: sqlite3.Connection) -> State:
    """The newest valid checkpoint and the whole tail."""
    state = newest_checkpoint(connection)
    while fold_tail(connection, state, CHUNK) == CHUNK:
        pass
    return state


def row_of(recorded: Recorded) -> tuple[int, str, str, str, str]:
    """An event as its row: seq, at, trace, kind, body.

    Raises:
        JournalError: it could not be read back, because it holds a number that JSON does not (NaN, infinity).
    """
    event, kind = recorded.event, type(recorded.event).__name__
    body = encode(event)
    if b"null" in body:  # what such numbers are written as; None is written only where it is not the default
        try:
            decode(body)
        except ValueError as error:
            raise JournalError(f"event {recorded.seq} ({kind}) holds what JSON cannot: {error}") from error
    return recorded.seq, stamp(recorded.at), recorded.trace, kind, hide(body.decode())


def recorded_of(row: Row) -> Recorded:
    """An event from its row.

    Raises:
        JournalError: the row holds no event that this program knows.
    """
    seq, at, trace, body = row
    try:
        return Recorded(seq, datetime.fromisoformat(at), trace, decode(body))
    except (ValueError, TypeError) as error:  # msgspec's errors are ValueErrors
        raise JournalError(f"event {seq} of the journal cannot be read: {error}") from error
