"""What is looked at beside the loop: the clock, the disk, and whether what runs is what is installed."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.waiting import PATIENCE_S
from tidegate import boot
from tidegate.core.clock import ManualClock
from tidegate.core.configuration.config import write_overlay
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.domain.values.halts import Halt, HaltLevel
from tidegate.core.domain.values.lockdown import Lockdown, Seal
from tidegate.folders import OVERLAY
from tidegate.running.sentry import Sentry

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
SEALING = e.TakeSeal(request=3, reason="audit", who="me", until=None)


class Desk:
    """A sentry over a real configuration, and what it says."""

    def __init__(self, folder: Path, *sets: str, clock: ManualClock | None = None) -> None:
        self.said: list[e.Fact] = []
        self.folder, self._heard = folder, asyncio.Event()
        self.setup = boot.configure(state_dir=folder, sets=("engine.check_s=0.01", *sets))
        self.sentry = Sentry(self.setup, self._hear, clock=clock)

    def _hear(self, fact: e.Fact) -> None:
        self.said.append(fact)
        self._heard.set()

    def next(self, state: State, *wanted: e.TakeSeal) -> e.Fact:
        """The first thing it says."""

        async def listen() -> None:
            for each in wanted:
                self.sentry.want(each)
            running = asyncio.create_task(self.sentry.run(state))
            async with asyncio.timeout(PATIENCE_S):
                await self._heard.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(listen())
        return self.said[0]


@pytest.mark.parametrize(("ahead_s", "told"), [(4.0, False), (86_400.0, True)])
def test_a_journal_that_ends_in_the_future_is_told_at_the_start(tmp_path: Path, ahead_s: float, *, told: bool) -> None:
    found = Desk(tmp_path, clock=ManualClock(NOW)).sentry.begin(State(at=NOW + timedelta(seconds=ahead_s)))
    skewed = [fact for fact in found if isinstance(fact, e.ClockSkewed)]
    assert skewed == [e.ClockSkewed(skew_s=-ahead_s, limit_s=5.0, against="the journal's last event")] * told


def test_a_recording_keeps_its_own_time_and_is_never_held_against_the_machines(tmp_path: Path) -> None:
    assert Desk(tmp_path).sentry.begin(State(at=NOW + timedelta(days=9000))) == [e.DriftSeen(changes=())]


def test_a_clock_that_is_set_while_the_engine_runs_is_told_with_how_far(tmp_path: Path) -> None:
    desk = Desk(tmp_path, clock=ManualClock(NOW))
    desk.sentry._offset += 3600.0
    said = desk.next(State(at=NOW))
    assert isinstance(said, e.ClockSkewed)
    assert said.skew_s == pytest.approx(-3600.0, abs=60.0)


def test_too_little_room_is_told_until_entries_are_halted(tmp_path: Path) -> None:
    state = State(at=NOW, lockdown=Lockdown(Seal(), "audit", "me", NOW))
    for halt, kinds in ((None, [e.DriftSeen, e.DiskLow]), (Halt(HaltLevel.ENTRIES, "r", "me", NOW), [e.DriftSeen])):
        state.halt = halt
        desk = Desk(tmp_path, "halts.disk_free_mb=1e12", clock=ManualClock(NOW))
        desk.next(state)
        assert [type(fact) for fact in desk.said] == kinds


def test_what_runs_is_sealed_with_the_toggles_since_the_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sentry.begin(State())
    write_overlay(tmp_path / OVERLAY, "gates.pace.enabled", value=False)
    desk.sentry.toggled("gates.pace", enabled=False)
    said = desk.next(State(), SEALING)
    assert isinstance(said, e.LockdownSealed)
    assert (said.request, said.reason, said.who) == (3, "audit", "me")
    assert said.seal.toggles["gates.pace"] is False


def test_what_was_changed_since_the_start_is_not_sealed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.sentry.begin(State())
    write_overlay(tmp_path / OVERLAY, "gates.pace.enabled", value=False)
    said = desk.next(State(), SEALING)
    assert isinstance(said, e.LockdownRefused)
    assert "gates.pace was on, is off" in said.reason


def test_drift_is_found_at_the_start_before_anything_else_is_known(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    (found,) = desk.sentry.begin(State(at=NOW, lockdown=Lockdown(Seal(), "audit", "me", NOW)))
    assert isinstance(found, e.DriftSeen)
    assert "tidegate/core/loop.py is new" in found.changes
