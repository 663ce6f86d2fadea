"""The crash matrix: a small run of it, and what its audit says of journals that are not as they should be."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from tidegate.core.domain import events as e
from tidegate.core.domain.values import Regime
from tidegate.testing import NOW, a_signal

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from scripts.crash.audit import queueing

ROOT = Path(__file__).parents[2]
PANIC = e.RegimeChanged(regime=Regime.PANIC, before=Regime.MIXED, confidence=1.0, inputs={}, reason="test")
TAKEN, DRAINED, DROPPED = e.QueueTaken(), e.QueueDrained(), e.QueueDropped(reason="test")


def queued(attempts: int = 1, minutes: float = 15.0) -> e.SignalQueued:
    until = NOW + timedelta(minutes=minutes)
    return e.SignalQueued(signal=a_signal(), queued_at=NOW, expires_at=until, attempts=attempts, reason="429")


def said(*events: e.AnyEvent, still: tuple[str, ...] = ()) -> list[str]:
    return list(queueing([e.Recorded(seq, NOW, "uw_1", event) for seq, event in enumerate(events)], still))


@pytest.mark.long
def test_an_engine_killed_at_named_steps_loses_doubles_and_forgets_nothing() -> None:
    words = ["--kills", "8", "--minutes", "10", "--speed", "80", "--seed", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.crash.matrix", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=8 * PATIENCE_S,
    )
    assert done.stdout.endswith("8 kills, 0 duplicates, 0 lost, 0 field differences\n"), done.stdout + done.stderr
    assert done.returncode == 0
    steps = re.findall(r"^ +(\d+) +(\d+) {3}\w", done.stdout, re.MULTILINE)
    assert sum(int(at) + int(elsewhere) for at, elsewhere in steps) == 8
    assert any(int(at) for at, _ in steps)


def test_a_signal_that_waits_is_taken_waits_again_and_is_drained_is_as_it_should_be() -> None:
    assert said(PANIC, queued(), TAKEN, queued(attempts=2), TAKEN, DRAINED) == []
    assert said(PANIC, queued(), TAKEN, queued(attempts=2), still=("uw_1",)) == []


@pytest.mark.parametrize(
    ("events", "still"),
    [
        pytest.param((PANIC, queued()), (), id="forgotten"),
        pytest.param((PANIC, queued(), queued(attempts=2)), (), id="queued twice"),
        pytest.param((PANIC, queued(), TAKEN, TAKEN), (), id="taken twice"),
        pytest.param((PANIC, queued(), DROPPED, DROPPED), (), id="ended twice"),
        pytest.param((PANIC, queued(), DROPPED, queued()), (), id="queued after its end"),
        pytest.param((PANIC, queued(), TAKEN, queued(attempts=2, minutes=30.0)), ("uw_1",), id="grown younger"),
        pytest.param((PANIC, TAKEN), (), id="taken without having waited"),
        pytest.param((queued(),), ("uw_1",), id="not in panic"),
    ],
)
def test_what_must_not_happen_in_the_queue_is_found(events: tuple[e.AnyEvent, ...], still: tuple[str, ...]) -> None:
    assert len(said(*events, still=still)) == 1
