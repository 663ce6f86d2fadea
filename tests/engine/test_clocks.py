import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import time

import pytest

from tidegate import boot
from tidegate.core.clock import Pace, RehearsalClock, elapsed, present_time
from tidegate.core.errors import ConfigError
from tidegate.core.rehearsal_loop import hurried

AT = datetime(2025, 10, 15, 13, 25, tzinfo=UTC)
SANDBOX = (
    "executors.paper.enabled=false",
    "executors.alpaca.enabled=true",
    "executors.alpaca.base_url=http://127.0.0.1:1",
    "executors.alpaca.stream_url=ws://127.0.0.1:1",
)


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", "PKTEST")
    monkeypatch.setenv("APCA_API_SECRET_KEY", "planted")


def said(tmp_path: Path, clock: str, *sets: str) -> str:
    """What a configuration with this clock is told; nothing when it is fine."""
    (tmp_path / "none.jsonl").touch()
    try:
        boot.configure(state_dir=tmp_path, sets=[f'engine.clock="{clock}"', *sets], config=tmp_path / "none.toml")
    except ConfigError as error:
        return str(error)
    return ""


def test_two_clocks_of_one_rehearsal_agree_whenever_they_were_made() -> None:
    anchor = time() - 10.0
    early, late = (RehearsalClock.parse(f"2025-10-15T09:25:00-04:00 60 {anchor}") for _ in range(2))
    assert abs(early.now() - late.now()) < timedelta(seconds=5)
    assert AT + timedelta(minutes=10) <= early.now() < AT + timedelta(minutes=11)


@pytest.mark.parametrize("text", ["now", "2025-10-15T09:25:00 60 0", "2025-10-15T09:25:00Z 0 0", "soon 60 0"])
def test_a_clock_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "none.toml").touch()
    assert "engine.clock" in said(tmp_path, text)


@pytest.mark.usefixtures("keyed")
def test_only_this_machine_may_be_rehearsed_with(tmp_path: Path) -> None:
    (tmp_path / "none.toml").touch()
    clock = "2025-10-15T09:25:00-04:00 60 0"
    assert said(tmp_path, clock, *SANDBOX) == ""
    away = said(tmp_path, clock, *SANDBOX, "executors.alpaca.base_url=https://paper-api.alpaca.markets")
    assert "executors.alpaca.base_url is https://paper-api.alpaca.markets" in away


@pytest.mark.usefixtures("keyed")
def test_live_trading_has_no_other_clock(tmp_path: Path) -> None:
    (tmp_path / "none.toml").write_text('mode = "live"\n')
    assert "never for live" in said(tmp_path, "2025-10-15T09:25:00-04:00 60 0", *SANDBOX)


def test_in_a_hurried_loop_pauses_timeouts_and_elapsed_seconds_pass_faster() -> None:
    async def an_hour() -> float:
        begun = elapsed()
        await asyncio.sleep(1800)
        with suppress(TimeoutError):
            async with asyncio.timeout(1800):
                await asyncio.Event().wait()
        return elapsed() - begun

    before = Pace.speed, Pace.clock
    clock = RehearsalClock(AT, speed=36_000.0, anchor=time())
    try:
        with asyncio.Runner(loop_factory=partial(hurried, clock)) as runner:
            assert runner.run(an_hour()) >= 3600
            assert present_time() >= AT + timedelta(hours=1)
    finally:
        Pace.speed, Pace.clock = before
