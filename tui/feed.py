"""From the journal to a view: short reads, folded in bounded slices, so that the desk never keeps a person waiting."""

import getpass
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from tidegate.core.domain.events import Recorded
from tidegate.core.domain.state import State
from tidegate.core.domain.views.beliefs import MOVING
from tidegate.core.errors import JournalError
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Answered, Gauge, Reader
from tidegate.tui.viewmodel.view import Report, View

SLICE = 1000  # events per slice: a few milliseconds


class Feed:
    """Follows one journal. `clock` gives the wall time (aware UTC); `report` is the health report of its views."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self._reader: Reader | None = None
        self._state = State()
        self._gauges: Mapping[str, Gauge] = {}
        self._behind = 0
        self._problem = self._alarm = ""
        self._asked: dict[int, str] = {}
        self.report = Report()

    def poll(self) -> bool:
        """Fold one slice; True when more events wait. A journal that cannot be read is tried again next time."""
        try:
            reader = self._open()
            more = reader.catch_up(self._state, SLICE) == SLICE
            self._behind = max(0, reader.last_seq() - self._state.seq) if more else 0
            self._gauges = reader.gauges()
            held = holder(self._folder)
            self._alarm = held.alarm if held is not None else ""
        except (JournalError, msgspec.DecodeError) as error:
            self._problem = str(error).replace(str(self._folder), "this folder")
            return False
        self._problem = ""
        return more

    def view(self) -> View:
        """What is known now."""
        return View(
            state=self._state,
            wall=self._clock(),
            gauges=self._gauges,
            behind=self._behind,
            problem=self._problem,
            alarm=self._alarm,
            pending=len(self._asked),
            report=self.report,
        )

    def trace(self, trace: str) -> list[Recorded]:
        """All events of a trace, oldest first; none when the journal cannot be read."""
        try:
            return self._open().trace(trace)
        except JournalError:
            return []

    def moves(self, after: int) -> list[Recorded]:
        """The events after a number that moved beliefs, oldest first; none when the journal cannot be read."""
        try:
            return self._open().events(after=after, limit=-1, kinds=MOVING)
        except JournalError:
            return []

    def find_trace(self, text: str) -> str | None:
        """The trace that any id leads to."""
        try:
            return self._open().find_trace(text)
        except JournalError:
            return None

    def ask(self, name: str, args: dict[str, str]) -> str:
        """Leave a request for the engine; returns what to tell the person."""
        try:
            number = self._open().post(name, args, getpass.getuser())
        except JournalError as error:
            return f"not asked: {error}"
        self._asked[number] = name
        return f"asked the engine: {name}"

    def answers(self) -> list[tuple[str, Answered]]:
        """The answers that have come since the last call, with the names of their requests."""
        found = []
        for number, name in list(self._asked.items()):
            try:
                answer = self._open().answer(number)
            except JournalError:
                break
            if answer is not None:
                del self._asked[number]
                found.append((name, answer))
        return found

    def _open(self) -> Reader:
        if self._reader is None:
            reader = Reader.open(self._folder)
            self._state = reader.checkpoint()
            self._reader = reader
        return self._reader
