"""From the journal to the files: what is there, and on for as long as somebody wants."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

import msgspec

from tidegate.core.errors import InputError
from tidegate.core.journaling.reader import Reader
from tidegate.recorder.members import Mark
from tidegate.recorder.rows import KINDS, Row, row_of
from tidegate.recorder.tape import Tape

CHUNK = 5000  # rows of one gzip member, at most


class Told(msgspec.Struct, kw_only=True):
    """How far a recording is: rows of this run by channel, and the times of the first and the last."""

    channels: Counter[str] = msgspec.field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    def count(self, rows: list[Row]) -> None:
        """Add rows."""
        self.channels.update(row.channel for row in rows)
        if rows:
            self.first, self.last = self.first or rows[0].recv, rows[-1].recv


class Follower:
    """Copies the facts of a journal that arrived from `since` to before `until` to a tape, behind its last row.

    Raises:
        InputError: The tape was recorded from another journal.
    """

    def __init__(self, journal: Reader, tape: Tape, *, since: datetime | None, until: datetime | None) -> None:
        self.told, self.passed = Told(), False
        self._journal, self._tape = journal, tape
        self._since, self._until = since, until
        self._after = _place(journal, tape.mark)

    def copy(self, tell: Callable[[Told], None]) -> None:
        """Copy what the journal holds now; `passed` is set when it goes beyond `until`."""
        full = True
        while full and not self.passed:
            found = self._journal.events(self._after, CHUNK, KINDS)
            full = len(found) == CHUNK
            wanted = [each for each in found if self._until is None or each.at < self._until]
            self.passed = len(wanted) < len(found)
            rows = [row_of(each) for each in wanted if self._since is None or each.at >= self._since]
            kept = [row for row in rows if row is not None]
            self._tape.write(kept)
            self._after = wanted[-1].seq if wanted else self._after
            self.told.count(kept)
            tell(self.told)


def _place(journal: Reader, mark: Mark | None) -> int:
    """The number of the last recorded event, which must be the journal's."""
    if mark is None:
        return 0
    found = journal.events(mark.seq - 1, 1)
    if not found or (found[0].seq, found[0].at) != (mark.seq, mark.recv):
        raise InputError("This --out was recorded from another journal: give another name.")
    return mark.seq
