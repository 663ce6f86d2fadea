"""The durable queue through real HTTP: 429 in PANIC, a kill, and the drain once the venue answers again."""

from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from subprocess import Popen

import pytest

from tests import waiting
from tidegate.core.domain import events as e
from tidegate.core.domain.values import Regime
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from scripts.rehearsal.stage import Rehearsal
from tidegate.sandbox.alpaca import Plan, RateLimit

PANIC_MIN = 244.0  # minutes after the open; the demo's market has fallen, and two signals come within seven minutes
PATIENT = "[gates.ignition]\nenabled = false\n[prices]\nmax_age_s = 3600.0\n"  # what waits may still enter
ORDERS_LIMITED = Plan(faults=[RateLimit(method="POST", path="/v2/orders", reset_s=1.0)])


def until(show: Rehearsal, child: "Popen[bytes]", true: Callable[[Reader], bool]) -> None:
    """Wait until the journal says so; fails when the engine ends before."""

    def said() -> bool:
        with suppress(JournalError), closing(Reader.open(show.state_dir)) as journal:
            return true(journal)
        return False

    waiting.until(said, child=child, told=lambda: (show.folder / "engine.log").read_text()[-2000:])


@pytest.mark.long
def test_in_panic_signals_that_meet_429_queue_survive_a_kill_and_drain_best_score_first(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, start=PANIC_MIN, minutes=15.0, speed=80.0, settings=PATIENT) as show:
        show.box.call(lambda box: box.faults.set(ORDERS_LIMITED))
        first = show.engine()
        until(show, first, lambda journal: len(journal.state().queue) >= 2)
        first.kill()
        first.wait()
        queued = show.state().queue
        second = show.engine()
        until(show, second, lambda journal: journal.count("EngineStarted") == 2)
        assert {trace: item.queued_at for trace, item in show.state().queue.items() if trace in queued} == {
            trace: item.queued_at for trace, item in queued.items()
        }
        show.box.call(lambda box: box.faults.clear())
        assert second.wait() == 0
        events = show.events()
        tally = show.state().tally
        assert show.disagreements() == []
    assert tally.queued == tally.drained + tally.dropped + tally.expired
    assert tally.drained > 0
    regimes = {r.event.signal.regime for r in events if isinstance(r.event, e.SignalQueued)}
    assert regimes == {Regime.PANIC}
    assert_best_first(events)


def assert_best_first(events: list[e.Recorded]) -> None:
    """Among the signals taken together, scores never rise."""
    scores = {r.trace: r.event.signal.score for r in events if isinstance(r.event, e.SignalQueued)}
    taken: dict[object, list[float]] = {}
    for record in events:
        if isinstance(record.event, e.QueueTaken):
            taken.setdefault(record.at, []).append(scores[record.trace])
    assert taken
    assert all(group == sorted(group, reverse=True) for group in taken.values())


@pytest.mark.long
def test_outside_panic_a_rate_limited_entry_is_tried_again_and_never_queued(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, start=1.0, minutes=4.0, speed=40.0) as show:
        show.box.call(lambda box: box.faults.set(ORDERS_LIMITED))
        child = show.engine()
        until(show, child, lambda journal: journal.count("OrderRetried") >= 2)
        show.box.call(lambda box: box.faults.clear())
        assert child.wait() == 0
        tally = show.state().tally
        assert show.disagreements() == []
    assert tally.rate_limits > 0
    assert tally.queued == 0
