"""Halts while something else does not work: no engine, a desk that hangs, a clock, a disk; and a book that is flat."""

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.flows.installed import Installed
from tidegate.core.domain.events import EngineStarted, HaltLatched, Recorded, SignalJudged
from tidegate.core.journaling.journal import Journal

pytest.importorskip("aiohttp", reason="the sandbox needs it")
pytest.importorskip("alpaca", reason="the executor needs it")
from scripts.rehearsal.stage import book_of
from tests.flows.at_the_broker import SYMBOLS, at_the_broker
from tidegate.sandbox.alpaca import Sandbox, SetField

pytestmark = pytest.mark.slow


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Installed]:
    installed = Installed(tmp_path)
    yield installed
    installed.stop()


def holding(copy: Installed, *symbols: str) -> None:
    """Start an engine and have it buy."""
    copy.start()
    copy.tell(*symbols)
    copy.until(lambda: set(copy.state().positions) == set(symbols) and not copy.state().busy)


def test_a_halt_given_while_the_engine_is_down_holds_from_its_first_decision(copy: Installed) -> None:
    holding(copy, "AAA")
    copy.stop()
    asked = copy.run("halt", "entries", "--reason", "weekend", "--yes")
    assert (asked.returncode, "next start" in asked.stdout) == (0, True)
    copy.tell("BBB")
    copy.start()
    copy.until(lambda: len(copy.events("SignalJudged")) == 2)
    judged = copy.events("SignalJudged")[1]
    (halted,) = copy.events("HaltLatched")
    assert isinstance(judged.event, SignalJudged)
    assert "halted (entries) by cli: weekend" in judged.event.judgement.reason
    assert halted.seq == copy.events("EngineStarted")[1].seq + 2  # the request is between them


def test_a_flatten_given_while_the_engine_is_down_sells_as_soon_as_it_starts(copy: Installed) -> None:
    holding(copy, "AAA", "BBB")
    copy.stop()
    assert copy.run("halt", "flatten", "--yes").returncode == 0
    copy.start()
    copy.until(lambda: not copy.state().positions)
    assert copy.state().halt is not None


def test_a_halt_given_from_a_second_shell_while_the_desk_is_stopped_takes_effect_and_exits_go_on(
    copy: Installed,
) -> None:
    holding(copy, "AAA")
    desk = copy.desk()
    try:
        os.kill(desk, signal.SIGSTOP)
        assert copy.run("halt", "entries", "--reason", "the desk hangs", "--yes").returncode == 0
        (halted,) = copy.events("HaltLatched")
        assert isinstance(halted.event, HaltLatched)
        copy.tell("AAA 80.0")
        copy.until(lambda: not copy.state().positions)
    finally:
        copy.stop_desk(desk)
    assert copy.state().tally.trades_closed == 1


def test_a_clock_that_was_set_back_a_day_halts_entries_from_the_start(copy: Installed) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    journal = Journal.open(copy.state_dir)
    journal.append([Recorded(1, tomorrow, "", EngineStarted(mode="paper", version="0"))])
    journal.close()
    copy.start()
    (halted,) = copy.events("HaltLatched")
    assert isinstance(halted.event, HaltLatched)
    assert halted.event.reason.startswith("the clock is -86,")
    assert (halted.event.who, halted.at) == ("engine", tomorrow)  # the engine's time never runs backward


def test_a_disk_with_too_little_room_halts_entries(tmp_path: Path) -> None:
    copy = Installed(tmp_path, settings="[halts]\ndisk_free_mb = 1e12\n")
    copy.start()
    try:
        copy.until(lambda: copy.events("HaltLatched"))
    finally:
        copy.stop()
    (halted,) = copy.events("HaltLatched")
    assert isinstance(halted.event, HaltLatched)
    assert "MB free on the journal's disk" in halted.event.reason


def test_a_release_takes_typed_confirmation_and_is_journaled(copy: Installed) -> None:
    copy.start()
    assert copy.run("halt", "entries", "--yes").returncode == 0
    refused = copy.run("release")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert copy.state().halt is not None
    assert copy.run("release", "--yes").returncode == 0
    assert len(copy.events("HaltReleased")) == 1


def elsewhen(box: Sandbox) -> None:
    box.faults.add(SetField(method="GET", path="/v2/clock", field="timestamp", value="2025-10-15T14:00:00Z"))


def test_a_flattened_book_is_flat_at_the_broker(tmp_path: Path) -> None:
    with at_the_broker(tmp_path) as (copy, box):
        copy.tell(*SYMBOLS)
        copy.until(lambda: set(copy.state().positions) == set(SYMBOLS) and not copy.state().busy)
        assert set(box.call(book_of)[1]) == set(SYMBOLS)
        assert copy.run("halt", "flatten", "--reason", "enough", "--yes").returncode == 0
        copy.until(lambda: not copy.state().positions and not copy.state().orders)
        cash, shares, working = box.call(book_of)
    assert (shares, working) == ({}, [])
    assert cash == Decimal(10_000) + copy.state().cash_flow


def test_a_clock_that_is_not_the_brokers_halts_entries(tmp_path: Path) -> None:
    with at_the_broker(tmp_path, reconcile_s=0.2) as (copy, box):
        assert copy.state().halt is None
        box.call(elsewhen)
        copy.until(lambda: copy.events("HaltLatched"))
    (halted,) = copy.events("HaltLatched")
    assert isinstance(halted.event, HaltLatched)
    assert "s from executors.alpaca's, limit 5" in halted.event.reason
