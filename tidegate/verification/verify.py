"""Whether a journal is what was written, and whether its decisions follow from its facts."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from stat import S_IMODE

from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.values import Value
from tidegate.core.errors import InputError, JournalError
from tidegate.core.journaling.backup import Progress
from tidegate.core.journaling.chain import Chain, ChainedRow, Finding, missing
from tidegate.core.journaling.chained import Chained, Ends
from tidegate.core.journaling.database import connect, plainly
from tidegate.core.journaling.schema import version
from tidegate.core.plugins.roster import told
from tidegate.core.redaction import hide
from tidegate.verification.rerun import Difference, Rerun

HASHED = 2  # the schema that brought hashes
SURROUNDINGS = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_READONLY", "SQLITE_NOMEM")  # no fault of the file
FINDINGS = 20  # told one by one; the rest are counted


class Report(Value, frozen=True, kw_only=True):
    """What was found between the events `first` and `last`.

    `head` is the last event's hash: noted elsewhere, it proves later that nothing before it was written anew.
    `compared` events followed again, `skipped` could not be decided again, `notes` say why.
    """

    first: int
    last: int
    head: str = ""
    findings: tuple[Finding, ...] = ()
    difference: Difference | None = None
    compared: int = 0
    skipped: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and self.difference is None


def verify(path: Path, *, start: int = 1, again: bool = True, progress: Progress | None = None) -> Report:
    """Check a journal's file, its chain, and (`again`) its decisions, from the event `start` on; an engine may run.

    Raises:
        InputError: There is no event `start`.
        JournalError: The file is no journal, is newer than this program, or cannot be read at all.
    """
    with plainly(path), closing(connect(path, mode="ro")) as connection:
        check = _Check(connection, start, progress)
        try:
            check.run(path, again=again)
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(SURROUNDINGS):
                raise
            check.findings.append(Finding(None, f"the file is damaged: {error}"))
        return check.report()


class _Check:
    """One look at one journal, in the order of its events."""

    def __init__(self, connection: sqlite3.Connection, start: int, progress: Progress | None) -> None:
        self._db, self._progress = connection, progress
        self._journal = Chained(connection, hashed=True)
        self._first, self._ends = start, Ends(0, None, {})
        self._chain = Chain()
        self._rerun: Rerun | None = None
        self._difference: Difference | None = None
        self.findings: list[Finding] = []
        self.notes: list[str] = []

    def run(self, path: Path, *, again: bool) -> None:
        """Everything. Raises InputError, JournalError, and what SQLite raises over a damaged file."""
        self.notes += _modes(path)
        schema = version(self._db, path)
        if not schema:
            raise JournalError(f"{path} holds no journal: the file is empty")
        self._journal.hashed = schema >= HASHED
        self.findings += self._journal.damage()
        self._ends = self._journal.ends()
        if self._first > max(self._ends.last, 1):
            raise InputError(f"There is no event {self._first}: the journal ends with event {self._ends.last}.")
        if not self._journal.hashed:
            self.notes.append("This journal has no hashes yet (older versions wrote none): the next start adds them.")
        self._first = self._journal.fact_before(self._first)
        self._chain = self._journal.chain(self._first)
        if again and not self.findings:
            self._prepare()
        self._rows()
        self._end()

    def report(self) -> Report:
        """What was found so far."""
        more, found = len(self.findings) - FINDINGS, self.findings[:FINDINGS]
        if more > 0:
            found.append(Finding(None, f"and {more:,} more"))
        return Report(
            first=self._first,
            last=self._ends.last,
            head=self._chain.hash.decode(errors="replace") if self._journal.hashed and self._chain.seq else "",
            findings=tuple(found),
            difference=self._difference,
            compared=0 if self._rerun is None else self._rerun.compared,
            skipped=0 if self._rerun is None else self._rerun.skipped,
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _prepare(self) -> None:
        """The state before the first event, and the rules of the run that it belongs to."""
        try:
            rerun = Rerun(self._journal.state(self._first), self.notes.append)
            if (started := self._journal.start(self._first)) is not None:
                rerun.resume(started)
        except (sqlite3.Error, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - facts that were tampered with break a fold anyhow
            self.findings.append(Finding(None, f"the events before {self._first} make no state: {told(error)}"))
        else:
            self._rerun = rerun

    def _rows(self) -> None:
        before, last = self._chain.seq, self._ends.last
        for rows in self._journal.rows(before, last):
            for row in rows:
                if self._rerun is not None and not self._rerun.stopped:
                    self._again(self._rerun, row)
                self.findings += self._chain.take(row, hashed=self._journal.hashed)
            if self._progress is not None:
                self._progress(self._chain.seq - before, last - before)

    def _again(self, rerun: Rerun, row: ChainedRow) -> None:
        if row.seq != self._chain.seq + 1:
            rerun.stopped = True
            self.notes.append(f"Nothing can be decided again after the gap before event {row.seq}.")
            return
        try:
            self._difference = rerun.take(row)
        except Exception as error:  # noqa: BLE001 - facts that were tampered with break a fold anyhow
            rerun.stopped = True
            self.findings.append(Finding(row.seq, f"event {row.seq} cannot be read or followed: {told(error)}"))
            return
        kept = self._ends.checkpoints.get(row.seq)
        if kept is not None and rerun.whole and not rerun.stopped and not _same(kept, rerun.state):
            self.findings.append(Finding(row.seq, f"the checkpoint at event {row.seq} is not what the events make"))

    def _end(self) -> None:
        """What should be there after the last row."""
        seq, head = self._chain.seq, self._ends.head
        if head is not None and seq < head[0]:
            self.findings.append(Finding(seq + 1, missing(seq + 1, head[0])))
        elif self._journal.hashed and seq and head != (seq, self._chain.hash):
            self.findings.append(Finding(seq, f"event {seq} is not the last one that was committed"))
        elif self._rerun is not None and not self._rerun.stopped:
            self._difference = self._rerun.end()


def _modes(path: Path) -> list[str]:
    """Notes about a file that is not ours alone."""
    found, notes = path.stat(), []
    if found.st_uid != os.geteuid():
        notes.append(f"{path} belongs to another user (uid {found.st_uid}).")
    if found.st_mode & 0o077:
        notes.append(f"{path} is open to others (mode {S_IMODE(found.st_mode):04o}): chmod 600 {path}")
    return notes


def _same(kept: bytes, state: State) -> bool:
    """Whether a checkpoint that a start would trust is the state that the events make."""
    body = hide(encode_state(state).decode()).encode()
    return kept == body or decode_state(kept) == decode_state(body)
