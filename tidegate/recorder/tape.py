"""The files of a recording: gzip, one or more for each New York day, for their owner only, whole after any kill.

Rows are stored in groups, each a gzip member of its own. A kill or a full disk can tear only the last one; `Tape.open`
cuts it off, and its rows are still in the journal.
"""

import fcntl
import gzip
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from io import FileIO
from itertools import groupby
from pathlib import Path
from typing import Self

from tidegate.core.calendar import trading_day
from tidegate.core.errors import InputError, RefusedError, TidegateError
from tidegate.recorder.members import Mark, repaired
from tidegate.recorder.rows import Row

ENDS = (".gz", ".jsonl", ".json")
NEW = os.O_CREAT | os.O_EXCL


class Tape:
    """Writes NAME-DAY.jsonl.gz and, when one has grown too large, NAME-DAY-2.jsonl.gz and so on."""

    def __init__(self, out: Path, max_bytes: int | None) -> None:
        self.mark: Mark | None = None
        self.paths: list[Path] = []
        self._folder, self._stem, self._max = out.parent, _stem(out.name), max_bytes
        self._file: FileIO | None = None
        self._day, self._part = date.min, 1

    @classmethod
    def open(cls, out: Path, *, max_bytes: int | None = None) -> Self:
        """Find what was recorded under this name and stand behind its last whole row, the `mark`.

        Args:
            out: Folder and name of the recording; ".jsonl.gz" may be left out.
            max_bytes: A file that has become this large is followed by another part; None for no limit.

        Raises:
            InputError: The folder or a file cannot be used, or a file of this name is no recording of ours.
            RefusedError: Another process writes this recording.
        """
        tape = cls(out, max_bytes)
        with _plainly(out, InputError), ExitStack() as stack:
            stack.callback(tape.close)
            tape._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for day, part in sorted(tape._found(), reverse=True):
                file = tape._hold(day, part)
                tape.mark = repaired(file)
                if tape.mark is not None:
                    break
                tape._path(day, part).unlink()
                tape.close()
            stack.pop_all()
        return tape

    def write(self, rows: Sequence[Row]) -> None:
        """Store rows that follow all before; when this returns, they survive a power cut.

        Raises:
            TidegateError: They could not be stored (a full disk); open the recording anew.
            RefusedError: Another process has begun to write this recording.
        """
        for day, group in groupby(rows, key=lambda row: trading_day(row.recv)):
            batch = list(group)
            with _plainly(self._folder / self._stem, TidegateError):
                file = self._file_for(day, batch[0].recv)
                rest = memoryview(gzip.compress(b"".join(row.line() for row in batch), mtime=0))
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file)
            self.mark = Mark(batch[-1].recv, batch[-1].seq)
            if (path := self._path(self._day, self._part)) not in self.paths:
                self.paths.append(path)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _file_for(self, day: date, at: datetime) -> FileIO:
        """The open file or the next one; rows of one moment stay together, because files are merged by time."""
        if self._file is None or day != self._day:
            return self._hold(day, 1, NEW)
        full = self._max is not None and self._file.tell() >= self._max
        if full and (self.mark is None or self.mark.recv != at):
            return self._hold(day, self._part + 1, NEW)
        return self._file

    def _hold(self, day: date, part: int, how: int = 0) -> FileIO:
        """Open a file in place of the one before, and keep every other recorder away from it."""
        self.close()
        path = self._path(day, part)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | how, 0o600)
            self._file, self._day, self._part = FileIO(descriptor, "r+"), day, part
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, FileExistsError) as error:
            raise RefusedError(f"another `tidegate record` writes {path}") from error
        return self._file

    def _path(self, day: date, part: int) -> Path:
        return self._folder / f"{self._stem}-{day}{f'-{part}' if part > 1 else ''}.jsonl.gz"

    def _found(self) -> Iterator[tuple[date, int]]:
        name = re.compile(re.escape(self._stem) + r"-(\d{4}-\d\d-\d\d)(?:-([1-9]\d{0,8}))?\.jsonl\.gz")
        for path in self._folder.iterdir():
            found = name.fullmatch(path.name)
            with suppress(ValueError):  # the 31st of February is no day of ours
                if found is not None:
                    yield date.fromisoformat(found[1]), int(found[2] or 1)


def _stem(name: str) -> str:
    for end in ENDS:
        name = name.removesuffix(end)
    if not name:
        raise InputError("--out needs a name, such as recordings/uw: the days are added to it")
    return name


@contextmanager
def _plainly(path: Path, kind: type[TidegateError]) -> Iterator[None]:
    """Turn the system's errors into ours, naming the file."""
    try:
        yield
    except OSError as error:
        raise kind(f"{error.filename or path}: {error.strerror or error}") from error
