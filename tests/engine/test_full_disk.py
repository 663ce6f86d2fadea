"""A disk that is full for a while, as SQLite itself reports it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.inbox import SessionInbox
from tidegate.core.journaling.journal import Journal, Reader
from tidegate.core.journaling.lock import Lock, holder
from tidegate.core.loop import Loop
from tidegate.core.plugins.host import Host
from tidegate.folders import JOURNAL
from tidegate.verification.verify import verify

FULL_FROM, FULL_UNTIL = 4_000, 9_000  # events; the demo has more


class Cramped(Journal):
    """A journal on a disk without room between two moments."""

    def append(self, recorded: Sequence[e.Recorded]) -> None:
        super().append(recorded)
        seq = recorded[-1].seq if recorded else 0
        if FULL_FROM <= seq < FULL_UNTIL:
            self._db.execute("PRAGMA max_page_count = 1")  # SQLite keeps the pages there are and allows no more
        elif seq >= FULL_UNTIL:
            self._db.execute("PRAGMA max_page_count = 1073741823")


class Watch:
    """The loop's surroundings; alarms go to the lock file, as in the engine."""

    def __init__(self, host: Host, lock: Lock) -> None:
        self._host, self._lock = host, lock
        self.alarms: list[str] = []
        self.shown: list[str] = []
        self.folder = Path()

    def rules(self) -> Rules:
        return self._host.rules()

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        raise AssertionError(plugin)

    def seal(self, wanted: e.TakeSeal) -> None:
        raise AssertionError(wanted)

    def gauges(self, state: State) -> dict[str, object]:
        return {}

    def alarm(self, text: str) -> None:
        self._lock.alarm(text)
        held = holder(self.folder)
        assert held is not None
        self.shown.append(held.alarm)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watch, list[e.Recorded]]:
    """The demo on a disk that is full in its middle: what was said, and the journal afterwards."""
    folder = tmp_path_factory.mktemp("full")
    host = boot.configure(session="demo", state_dir=folder).host
    with Lock.take(folder) as lock:
        watch, journal, state = Watch(host, lock), Cramped.open(folder), State()
        watch.folder = folder
        loop = Loop(
            journal=journal,
            state=state,
            inbox=SessionInbox(tick_s=10.0, speed=None),
            executor=host.executor(),
            sources=host.sources(),
            sinks=(),
            watcher=watch,
            group=64,
            checkpoint_every=20_000,
        )
        loaded = tuple(card.key for card in host.cards() if card.loaded)
        started = e.EngineStarted(
            mode="demo", version="0", plugins=loaded, available=loaded, config=host.canonical(), code=host.code()
        )
        asyncio.run(loop.run(started))
        journal.close()
    reader, found = Reader.open(folder), list[e.Recorded]()
    while page := reader.events(after=found[-1].seq if found else 0):
        found += page
    return watch, found


def span(events: list[e.Recorded]) -> list[e.Recorded]:
    """What happened while the disk was full."""
    first = next(i for i, each in enumerate(events) if isinstance(each.event, e.StorageFailed))
    last = next(i for i, each in enumerate(events) if isinstance(each.event, e.StorageRecovered))
    return events[first:last]


def test_nothing_is_lost_once_there_is_room_again(run: tuple[Watch, list[e.Recorded]]) -> None:
    assert [each.seq for each in run[1]] == list(range(1, len(run[1]) + 1))
    assert isinstance(run[1][-1].event, e.EngineStopped)


def test_the_journal_is_sound_and_every_event_follows_again(run: tuple[Watch, list[e.Recorded]]) -> None:
    report = verify(run[0].folder / JOURNAL)
    assert report.sound
    assert report.compared == len(run[1])


def test_while_the_disk_is_full_no_entry_is_placed_and_every_signal_says_why(
    run: tuple[Watch, list[e.Recorded]],
) -> None:
    during = [each.event for each in span(run[1])]
    assert not any(isinstance(event, e.OrderPlaced) and event.order.entry is not None for event in during)
    judged = [event.judgement for event in during if isinstance(event, e.SignalJudged)]
    assert judged
    assert all(any(v.gate == "storage" and v.blocks for v in judgement.verdicts) for judgement in judged)


def test_while_the_disk_is_full_exits_go_on(run: tuple[Watch, list[e.Recorded]]) -> None:
    during = [each.event for each in span(run[1])]
    assert any(isinstance(event, e.PositionClosed) for event in during)


def test_whoever_looks_at_the_lock_is_told_and_then_no_longer(run: tuple[Watch, list[e.Recorded]]) -> None:
    said = run[0].shown
    assert "full" in said[0]
    assert said[-1] == ""
