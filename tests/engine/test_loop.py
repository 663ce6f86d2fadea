"""The loop with sources that misbehave and requests that wait, over real journals."""

import asyncio
from datetime import UTC, datetime, timedelta
from math import inf, nan
from pathlib import Path
from typing import ClassVar

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Quote
from tidegate.core.inbox import LiveInbox, SessionInbox
from tidegate.core.journaling.journal import Journal, Reader
from tidegate.core.loop import Loop
from tidegate.core.plugins.bases import Feed, Source
from tidegate.plugins.executors.paper.plugin import Paper

OPEN = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)


class Watch:
    """Rules without plugins; nothing to toggle or show."""

    def rules(self) -> Rules:
        return Rules()

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        raise AssertionError(plugin)

    def seal(self, wanted: e.TakeSeal) -> None:
        raise AssertionError(wanted)

    def gauges(self, state: State) -> dict[str, object]:
        return {}

    def alarm(self, text: str) -> None:
        raise AssertionError(text)


class Broken(Source, frozen=True, kw_only=True):
    """Raises before it says anything."""

    name: ClassVar[str] = "broken"
    recorded: ClassVar[bool] = True

    async def stream(self, feed: Feed) -> None:
        raise ValueError("no such feed")


class Quotes(Source, frozen=True, kw_only=True):
    """Says a hundred quotes, a second apart, and ends."""

    name: ClassVar[str] = "quotes"
    recorded: ClassVar[bool] = True

    async def stream(self, feed: Feed) -> None:
        for number in range(feed.cursor, 100):
            at = OPEN + timedelta(seconds=number)
            quote = Quote(symbol="SPY", at=at, last=100.0 + number, bid=100.0)
            await feed.publish((at, e.QuoteSeen(source=self.name, cursor=number + 1, quote=quote)))


class Careless(Source, frozen=True, kw_only=True):
    """Says prices that cannot be between two that can."""

    name: ClassVar[str] = "careless"
    recorded: ClassVar[bool] = True

    async def stream(self, feed: Feed) -> None:
        for number, last in enumerate((100.0, 0.0, nan, inf, -1.0, 101.0), start=1):
            at = OPEN + timedelta(seconds=number)
            quote = Quote(symbol="SPY", at=at, last=last, bid=last, ask=last)
            await feed.publish((at, e.QuoteSeen(source=self.name, cursor=number, quote=quote)))


def loop_over(folder: Path, inbox: SessionInbox | LiveInbox, *sources: Source) -> tuple[Loop, Journal, State]:
    journal = Journal.open(folder)
    state = journal.load()
    loop = Loop(
        journal=journal,
        state=state,
        inbox=inbox,
        executor=Paper(),
        sources=tuple((source.key(), source) for source in sources),
        sinks=(),
        watcher=Watch(),
        group=64,
        checkpoint_every=1000,
    )
    return loop, journal, state


def play(folder: Path, *sources: Source) -> State:
    loop, journal, state = loop_over(folder, SessionInbox(tick_s=10.0, speed=None), *sources)
    asyncio.run(loop.run(e.EngineStarted(mode="test", version="0")))
    journal.close()
    return state


def test_a_source_that_raises_before_its_first_word_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    state = play(tmp_path, Broken(), Quotes())
    assert state.symbols["SPY"].quote is not None
    failed = [each.event for each in Reader.open(tmp_path).events(kinds=("SourceFailed",))]
    assert [(event.source, event.reason) for event in failed if isinstance(event, e.SourceFailed)] == [
        ("sources.broken", "ValueError: no such feed")
    ]


def test_a_source_that_is_alone_and_broken_ends_the_run_instead_of_hanging_it(tmp_path: Path) -> None:
    assert play(tmp_path, Broken()).stop_reason == "session complete"


def test_a_recording_that_was_played_to_its_end_has_nothing_more_to_say(tmp_path: Path) -> None:
    first = play(tmp_path, Quotes())
    again = play(tmp_path, Quotes())
    assert again.symbols == first.symbols
    assert Reader.open(tmp_path).count("QuoteSeen") == 100


@pytest.mark.parametrize("level", ["entries", "flatten"])
def test_a_halt_asked_for_while_no_engine_runs_holds_before_the_first_fact(tmp_path: Path, level: str) -> None:
    Journal.open(tmp_path).close()
    Reader.open(tmp_path).post("halt", {"level": level, "reason": "test"}, "me")
    state = play(tmp_path, Quotes())
    assert state.halt is not None
    kinds = [type(each.event).__name__ for each in Reader.open(tmp_path).events()]
    assert kinds.index("HaltLatched") < kinds.index("QuoteSeen")


def test_a_stop_asked_for_before_the_start_stops_nothing_and_is_answered(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    reader = Reader.open(tmp_path)
    request = reader.post("stop", {}, "me")
    assert play(tmp_path, Quotes()).stop_reason == "session complete"
    answer = reader.answer(request)
    assert answer is not None
    assert not answer.ok


def ask_to_stop(folder: Path) -> None:
    """Another process's part: wait for three accounts, then ask."""
    reader = Reader.open(folder)
    while reader.count("AccountSeen") < 3:
        pass
    reader.post("stop", {}, "me")


def test_a_live_engine_ticks_reads_the_account_and_stops_when_asked(tmp_path: Path) -> None:
    loop, journal, state = loop_over(tmp_path, LiveInbox(tick_s=0.01))

    async def run() -> None:
        await asyncio.gather(
            loop.run(e.EngineStarted(mode="paper", version="0")), asyncio.to_thread(ask_to_stop, tmp_path)
        )

    asyncio.run(run())
    journal.close()
    assert state.stop_reason == "asked by me"
    assert Reader.open(tmp_path).count("Tick") >= 3


def test_prices_that_cannot_be_are_rejected_and_the_others_pass(tmp_path: Path) -> None:
    state = play(tmp_path, Careless())
    assert state.price("SPY") == 101.0
    said = [each.event for each in Reader.open(tmp_path).events(kinds=("InputRejected",))]
    assert [event.reason.partition(",")[0] for event in said if isinstance(event, e.InputRejected)] == [
        "no price: last 0.0",
        "no price: last nan",
        "no price: last inf",
        "no price: last -1.0",
    ]
