"""Deciding again: a journal's facts go through `advance` with the rules of their run, and every event is compared.

Facts are inputs, whatever the loop made of them at its door (`AlertRepeated`, `OrderMoveRefused`, `StorageFailed`);
everything else must follow from them.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from tidegate.core.configuration.config import from_tables
from tidegate.core.domain.events import EngineStarted, Event, Fact, Recorded, SourceFailed, decode, encode
from tidegate.core.domain.events.effects import ApplyToggle, Effect
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Value
from tidegate.core.errors import TidegateError
from tidegate.core.journaling.chain import ChainedRow
from tidegate.core.plugins.host import Host

DECIDING = ("scorers", "gates", "exits", "learners")
VENUE = {"paper": {"enabled": True}}  # a host needs one; none is asked anything here
NOTHING = "nothing"


class Difference(Value, frozen=True, kw_only=True):
    """An event that does not follow again: what the journal says and what was decided now, each a kind and its JSON."""

    seq: int
    trace: str
    journal: str
    again: str


class Run:
    """The rules of one run, as its start describes them; plugins are switched as they were in it."""

    def __init__(self, started: EngineStarted) -> None:
        """Raises TidegateError, in a sentence, when these rules cannot be had here."""
        if not started.config:
            raise TidegateError("it does not say with which configuration it ran (older versions did not)")
        self._host = Host(from_tables(_tables(started)))
        self._host.load()
        loaded = {card.key for card in self._host.cards() if card.loaded and card.kind in DECIDING}
        wanted = {key for key in started.plugins if key.partition(".")[0] in DECIDING}
        if loaded != wanted:
            raise TidegateError(f"{', '.join(sorted(loaded ^ wanted))} cannot be had as it was then")
        self.other_code = started.code != self._host.code()
        self.rules: Rules = self._host.rules()

    def switch(self, plugin: str, *, enabled: bool) -> None:
        """Switch a plugin as the run did. Raises TidegateError."""
        self._host.enable(plugin, enabled=enabled)
        self.rules = self._host.rules()


def _tables(started: EngineStarted) -> dict[str, Any]:
    """The run's configuration, plugins in the order in which they were asked then; sources and venues stay out."""
    said = msgspec.json.decode(started.config, type=dict[str, Any])
    places = {key: number for number, key in enumerate(started.available)}
    for kind in DECIDING:
        tables = said.get(kind, {})
        said[kind] = {name: tables[name] for _, name in sorted((places.get(f"{kind}.{n}", -1), n) for n in tables)}
    return {**said, "sources": {}, "sinks": {}, "executors": VENUE}


class Rerun:
    """Takes rows in order. `compared` counts events that followed again, `skipped` those whose run cannot be re-run."""

    def __init__(self, state: State, note: Callable[[str], None]) -> None:
        self.state, self._note = state, note
        self.compared = self.skipped = 0
        self.stopped = False
        self._run: Run | None = None
        self._at = b""
        self._expected: deque[Recorded] = deque()
        self._unloaded: dict[str, str] = {}  # switched on in the run, and not to be had here

    def resume(self, started: Recorded) -> None:
        """Take up a run after its start, in the middle; what it had switched is in the state."""
        self._begin(started.seq, started.event)
        for plugin, enabled in self.state.toggled.items():
            self._switch(plugin, enabled=enabled)

    @property
    def whole(self) -> bool:
        """Whether everything that follows from the last fact has been seen."""
        return not self._expected

    def take(self, row: ChainedRow) -> Difference | None:
        """Compare the next row with what follows; after a difference, nothing more can be compared.

        Raises:
            ValueError: The row holds no event that this program knows.
        """
        if self._expected:
            again = self._expected.popleft()
            if row.body != encode(again.event) and decode(row.body) != again.event:
                return self._differs(row, _told(again.event))
            return self._compare(row, again)
        at, event = datetime.fromisoformat(row.at.decode()), decode(row.body)
        if isinstance(event, EngineStarted):
            self._begin(row.seq, event)
        elif self._unloaded and not (isinstance(event, SourceFailed) and self._unloaded.pop(event.source, "")):
            self._give_up(next(iter(self._unloaded.values())))
        if self._run is None:
            fold(self.state, Recorded(row.seq, at, row.trace.decode(), event))
            self.skipped += 1
            return None
        if not isinstance(event, Fact):
            return self._differs(row, NOTHING)
        self._at = row.at
        records, effects = advance(self.state, event, at, self._run.rules)
        self._expected.extend(records[1:])
        if effects or isinstance(event, SourceFailed):
            self._follow(event, effects)
        return self._compare(row, records[0])

    def end(self) -> Difference | None:
        """What should still have followed after the last row."""
        if not self._expected:
            return None
        missing = self._expected[0]
        return Difference(seq=missing.seq, trace=missing.trace, journal=NOTHING, again=_told(missing.event))

    def _compare(self, row: ChainedRow, again: Recorded) -> Difference | None:
        kind = type(again.event).__name__
        if (row.at, row.trace, row.kind) != (self._at, again.trace.encode(), kind.encode()):
            return self._differs(row, f"{kind} at {self._at.decode()} with trace {again.trace!r}")
        self.compared += 1
        return None

    def _differs(self, row: ChainedRow, again: str) -> Difference:
        self.stopped = True
        said = f"{row.kind.decode(errors='replace')} {row.body.decode(errors='replace')}"
        return Difference(seq=row.seq, trace=row.trace.decode(errors="replace"), journal=said, again=again)

    def _begin(self, seq: int, event: Event) -> None:
        assert isinstance(event, EngineStarted)
        self._unloaded = {}
        try:
            self._run = Run(event)
        except TidegateError as error:
            self._give_up(f"The decisions of the run that began at event {seq} cannot be made again: {error}.")
            return
        if self._run.other_code:
            words = f"was decided by other code than this (version {event.version}): a difference may be the code's."
            self._note(f"The run that began at event {seq} {words}")

    def _follow(self, fact: Fact, effects: list[Effect]) -> None:
        """Switch what the run switched; a plugin that could not be loaded then (`SourceFailed` says so) stays off."""
        for effect in effects:
            if isinstance(effect, ApplyToggle):
                self._switch(effect.plugin, enabled=effect.enabled)
        if isinstance(fact, SourceFailed) and self.state.toggled.get(fact.source):
            self._switch(fact.source, enabled=False)

    def _switch(self, plugin: str, *, enabled: bool) -> None:
        if self._run is None:
            return
        try:
            self._run.switch(plugin, enabled=enabled)
        except TidegateError as error:
            self._unloaded[plugin] = f"{plugin} cannot be switched on as it was: {error}."

    def _give_up(self, sentence: str) -> None:
        self._run, self._unloaded = None, {}
        self._note(sentence)


def _told(event: Event) -> str:
    return f"{type(event).__name__} {encode(event).decode()}"
