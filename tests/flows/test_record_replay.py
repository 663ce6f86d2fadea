"""A recording of a run, made from its journal, tells the same day again; the recorder may be killed at any moment."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.demo import Demo
from tests.waiting import PATIENCE_S, until
from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader

ROOT = Path(__file__).parents[2]

DEMO = ROOT / "tidegate" / "sessions" / "demo.toml"
HALF = 9_000  # events; the day has twice as many
NOT_TOLD = (e.EngineStarted, e.InputRejected, e.InputIgnored)  # of a run, and of rows that were no use
LIVE = """
[prices]
wait_s = 0
[sources.unusual_whales]
enabled = true
base_url = "http://{address}"
poll_s = 0.05
closed_poll_s = 0.05
requests_per_minute = 60000
calls_per_day = 100000000
"""

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Tale = list[tuple[datetime, str, dict[str, Any]]]


def tale(folder: Path, *kinds: type[e.Event]) -> Tale:
    """What happened (of some kinds: all), with when and on which trace, but not which source said it in which place."""
    with closing(Reader.open(folder)) as journal:
        events = journal.events(limit=-1, kinds=[kind.__name__ for kind in kinds])
    told: Tale = []
    for each in events:
        if not isinstance(each.event, NOT_TOLD):
            fields = msgspec.to_builtins(each.event)
            told.append((each.at, each.trace, {k: v for k, v in fields.items() if k not in ("source", "cursor")}))
    return told


def rows(folder: Path) -> list[dict[str, Any]]:
    """Every row of the recording in a folder."""
    text = b"".join(gzip.decompress(path.read_bytes()) for path in sorted(folder.iterdir()))
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.slow
def test_the_recording_of_a_run_tells_everything_again_the_answers_of_the_paper_venue_too(
    demo: Demo, tidegate: Run, tmp_path: Path
) -> None:
    done = tidegate("record", "--out", tmp_path / "rec" / "day", "--state-dir", demo[1], "--json")
    assert done.returncode == 0, done.stderr
    (file,) = json.loads(done.stdout)["files"]
    boot.run(boot.configure(config=DEMO, state_dir=tmp_path / "again", files=[Path(file)]), speed=None)
    first, again = tale(demo[1]), tale(tmp_path / "again")
    assert {"SignalScored", "SignalJudged", "OrderFilled", "PositionClosed"} <= {each["kind"] for _, _, each in first}
    assert again == first


@pytest.mark.long
def test_a_replay_of_a_recording_that_is_killed_ends_like_one_that_was_not(
    demo: Demo, tidegate: Run, tmp_path: Path
) -> None:
    assert tidegate("record", "--out", tmp_path / "rec" / "day", "--state-dir", demo[1]).returncode == 0
    (file,), again = (tmp_path / "rec").iterdir(), tmp_path / "again"
    replay: list[str | Path] = ["engine", "--config", DEMO, "--set", f'sources.recording.files=["{file}"]']
    with started(*replay, "--speed", "6000", "--state-dir", again) as running:
        until(lambda: last_seq(again) >= HALF, child=running)
        running.kill()
    assert HALF <= last_seq(again) < last_seq(demo[1])
    done = tidegate(*replay, "--state-dir", again)
    assert done.returncode == 0, done.stderr
    assert tale(again) == tale(demo[1])


@pytest.mark.long
def test_a_recorder_that_is_killed_again_and_again_while_the_engine_runs_has_every_row_once(
    demo: Demo, tidegate: Run, tmp_path: Path
) -> None:
    state, out = tmp_path / "state", tmp_path / "rec"
    engine: list[str | Path] = ["engine", "--session", "demo", "--speed", "6000", "--state-dir", state]
    recorder: list[str | Path] = ["record", "--out", out / "day", "--state-dir", state]
    with started(*engine) as running:
        while running.poll() is None:
            until(lambda: last_seq(state), child=running)
            with started(*recorder) as recording:
                grown(out, recording)
                recording.kill()
    done = tidegate(*recorder, "--json")
    assert done.returncode == 0, done.stderr
    assert tidegate("record", "--out", tmp_path / "whole" / "day", "--state-dir", demo[1]).returncode == 0
    assert rows(out) == rows(tmp_path / "whole")


def started(*words: str | Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tidegate", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def last_seq(state: Path) -> int:
    try:
        with closing(Reader.open(state)) as journal:
            return journal.last_seq()
    except JournalError:  # not yet a whole journal
        return 0


def grown(folder: Path, recording: "subprocess.Popen[bytes]") -> None:
    """Wait until a file has grown, or the recorder has ended by itself."""
    before = size(folder)
    until(lambda: size(folder) > before or recording.poll() is not None)


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.exists() else 0


@pytest.mark.slow
def test_a_live_run_is_decided_again_as_it_was(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="the server of the tests needs it")
    state = tmp_path / "state"
    asyncio.run(lived(tmp_path, state))
    own, changed = tmp_path / "own.toml", ["sources.unusual_whales.enabled=false"]
    files = sorted((tmp_path / "rec").iterdir())
    setup = boot.configure(
        config=own, state_dir=tmp_path / "again", files=files, sets=changed, without=["no:session", "no:ignition"]
    )
    boot.run(setup, speed=None)
    kinds = (e.SignalScored, e.SignalJudged)
    first = tale(state, *kinds)
    assert len(first) >= 40
    assert tale(tmp_path / "again", *kinds) == first


async def lived(home: Path, state: Path) -> None:
    """An engine at a server of alerts, recorded while it runs: some alerts are old, some come during the run."""
    from tests.plugins.sources.unusual_whales.server import TOKEN, WhaleServer, row  # noqa: PLC0415 - needs aiohttp

    def alert(number: int) -> object:
        symbol, at = f"SYM{chr(65 + number % 20)}", datetime.now(UTC) - timedelta(seconds=60 - number / 10)
        expiry = (at + timedelta(days=5)).date()
        chain = f"{symbol}{expiry:%y%m%d}C00185000"
        return row(f"a{number}", at, ticker=symbol, option_chain=chain, expiry=str(expiry))

    environment = {**os.environ, "UW_API_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    run = ("engine", "--config", home / "own.toml", "--state-dir", state, "-p", "no:session", "-p", "no:ignition")
    async with WhaleServer() as server:
        (home / "own.toml").write_text(LIVE.format(address=server.address))
        server.rows = [alert(number) for number in range(30)]
        process = await spawned(environment, home, run)
        await counted(state, 30)
        recorder = await spawned(environment, home, ("record", "--out", home / "rec" / "day", "--state-dir", state))
        for number in range(30, 200, 10):
            server.rows += [alert(each) for each in range(number, number + 10)]
            await counted(state, number + 10)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert await recorder.wait() == 0


async def spawned(environment: dict[str, str], home: Path, words: tuple[str | Path, ...]) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tidegate", *map(str, words))
    return await asyncio.create_subprocess_exec(*command, env=environment, cwd=home, stdout=subprocess.DEVNULL)


async def counted(state: Path, alerts: int) -> None:
    """Wait until the journal holds as many alerts."""
    async with asyncio.timeout(PATIENCE_S):
        while heard(state) < alerts:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


def heard(state: Path) -> int:
    try:
        with closing(Reader.open(state)) as journal:
            return journal.count("AlertReceived")
    except JournalError:  # not yet a whole journal
        return 0
