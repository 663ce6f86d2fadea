"""What an engine tells of itself: its feeds, its loop, its disk, and the venues it speaks to."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests import waiting
from tidegate import Budget, Priority
from tidegate.core.calls.circuit import Circuit
from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Quote
from tidegate.core.feeds import FeedGauge, feed_gauges
from tidegate.core.inbox import LiveInbox, SessionInbox
from tidegate.core.journaling.journal import Journal, Reader
from tidegate.core.loop import Loop
from tidegate.core.plugins.bases import Feed, Source
from tidegate.core.pulse import DiskGauge, Pulse, disk_gauge
from tidegate.plugins.executors.paper.plugin import Paper

OPEN = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
QUOTE = e.QuoteSeen(source="test", quote=Quote(symbol="SPY", at=OPEN, last=100.0))


class Bare:
    """Rules without plugins; nothing to toggle or tell."""

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


class Once(Source, frozen=True, kw_only=True):
    """Says one quote and ends."""

    name: ClassVar[str] = "once"
    recorded: ClassVar[bool] = True

    async def stream(self, feed: Feed) -> None:
        await feed.publish((OPEN, QUOTE))

    def gauges(self) -> dict[str, object]:
        return {"limit_s": 30.0}


class Shy(Source, frozen=True, kw_only=True):
    """Raises when it is asked for its gauges, and when it should stream."""

    name: ClassVar[str] = "shy"

    async def stream(self, feed: Feed) -> None:
        raise ValueError("no such feed")

    def gauges(self) -> dict[str, object]:
        raise ValueError("not now")


def told(folder: Path, inbox: SessionInbox | LiveInbox, source: Source, *, until: str) -> dict[str, Any]:
    """The gauges of a run that ends by itself, or once its feed is in the state `until`."""
    journal = Journal.open(folder)
    loop = Loop(
        journal=journal,
        state=journal.load(),
        inbox=inbox,
        executor=Paper(),
        sources=((source.key(), source),),
        sinks=(),
        watcher=Bare(),
        group=64,
        checkpoint_every=1000,
    )

    def watch() -> None:
        reader = Reader.open(folder)
        try:
            waiting.until(lambda: until in str(reader.gauges().get("feeds")))
        finally:
            loop.stop("seen")

    async def run() -> None:
        await asyncio.gather(loop.run(e.EngineStarted(mode="test", version="0")), asyncio.to_thread(watch))

    asyncio.run(run())
    journal.close()
    return {key: gauge.body for key, gauge in Reader.open(folder).gauges().items()}


def test_a_run_tells_of_each_source_what_it_said_and_what_it_may_take(tmp_path: Path) -> None:
    gauges = told(tmp_path, SessionInbox(tick_s=10.0, speed=None), Once(), until="ended")
    assert gauges["feeds"] == {
        "sources.once": {
            "recorded": True,
            "state": "ended",
            "at": "2025-10-15T13:30:00Z",
            "facts": 1,
            "failures": 0,
            "trouble": "",
            "next_try": None,
            "limit_s": 30.0,
        }
    }


def test_a_run_tells_when_it_committed_and_how_much_memory_it_took(tmp_path: Path) -> None:
    engine = told(tmp_path, SessionInbox(tick_s=10.0, speed=None), Once(), until="ended")["engine"]
    assert engine["pending"] == 0
    assert engine["peak_bytes"] > 1_000_000
    assert datetime.fromisoformat(engine["committed_at"]) <= datetime.now(UTC)


def test_a_source_that_fails_is_told_with_its_next_try_also_when_it_cannot_be_asked(tmp_path: Path) -> None:
    feed = told(tmp_path, LiveInbox(tick_s=0.01), Shy(), until="failed")["feeds"]["sources.shy"]
    assert (feed["state"], feed["failures"], feed["trouble"]) == ("failed", 1, "ValueError: no such feed")
    assert datetime.fromisoformat(feed["next_try"]) > datetime.now(UTC) - timedelta(seconds=60)


def test_a_trouble_lasts_until_the_source_says_something_again() -> None:
    gauge = FeedGauge(recorded=False)
    gauge.heard([(OPEN, QUOTE), (OPEN, e.SourceFailed(source="sources.x", reason="quotes: no answer"))])
    assert (gauge.trouble, gauge.facts, gauge.failures) == ("quotes: no answer", 1, 1)
    gauge.heard([(OPEN, e.InputRejected(source="x", where="row 1", reason="no number"))])
    assert (gauge.trouble, gauge.facts) == ("quotes: no answer", 1)
    gauge.heard([(OPEN, QUOTE)])
    assert (gauge.trouble, gauge.facts) == ("", 2)


def test_a_source_without_gauges_has_no_limit() -> None:
    gauges = feed_gauges((("sources.shy", Shy()),), {"sources.shy": FeedGauge(recorded=False)})
    assert "limit_s" not in gauges["sources.shy"]


def test_the_loops_delay_is_the_longest_of_the_last_minute_and_of_the_run() -> None:
    pulse = Pulse()
    assert pulse.gauge(pending=0).lag_ms is None
    pulse.beat(2.0)
    for _ in range(300):
        pulse.beat(0.003)
    pulse.beat(-0.001)
    shown = pulse.gauge(pending=3)
    assert (shown.lag_ms, shown.worst_ms, shown.pending) == (3.0, 2000.0, 3)


def test_the_journals_size_counts_its_log_too(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    (tmp_path / "tidegate.db-wal").write_bytes(b"x" * 1000)
    shown = disk_gauge(tmp_path)
    assert shown.bytes == (tmp_path / "tidegate.db").stat().st_size + 1000
    assert shown.free_bytes is not None
    assert disk_gauge(tmp_path / "nothing") == DiskGauge()


def test_a_circuit_counts_all_its_errors_and_dates_its_last_answer() -> None:
    circuit = Circuit("venue", now=lambda: OPEN)
    assert circuit.gauge().answered_at is None
    circuit.failed("503")
    circuit.succeeded()
    circuit.failed("503")
    shown = circuit.gauge()
    assert (shown.errors, shown.failures, shown.answered_at) == (2, 1, OPEN)


@pytest.mark.parametrize(("later_s", "used"), [(0.0, 5), (59.9, 5), (60.0, 0)])
def test_a_budget_counts_the_requests_of_the_last_minute_and_the_limits_it_met(later_s: float, used: int) -> None:
    now = 1000.0
    budget = Budget(60, burst=10, clock=lambda: now)

    async def take() -> None:
        for _ in range(5):
            await budget.take(Priority.EXIT)

    asyncio.run(take())
    assert budget.gauge().full_s == 5.0
    budget.hold(3.0)
    now += later_s
    shown = budget.gauge()
    assert (shown.used, shown.limits) == (used, 1)
