"""The whole engine at an Unusual Whales of the tests: killed, away, back, and every alert in its journal once."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.plugins.sources.unusual_whales.server import TOKEN, WhaleServer, row
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[4]
CONFIG = """
[sources.unusual_whales]
enabled = true
base_url = "http://{address}"
poll_s = 0.05
closed_poll_s = 0.05
requests_per_minute = 60000
calls_per_day = 100000000
"""


def listed(names: range, begin: datetime) -> list[object]:
    """Rows a tenth of a second apart."""
    return [row(f"a{number}", begin + timedelta(seconds=number / 10.0)) for number in names]


def journaled(state: Path) -> list[str]:
    """The ids of the alerts in the journal, in its order."""
    if not (state / "tidegate.db").exists():
        return []
    with closing(sqlite3.connect(f"file:{state / 'tidegate.db'}?mode=ro", uri=True)) as db:
        try:
            query = "SELECT body ->> '$.alert.id' FROM journal WHERE kind = 'AlertReceived' ORDER BY seq"
            return [name for (name,) in db.execute(query)]
        except sqlite3.OperationalError:
            return []  # it is being made


@contextmanager
def killed_at_the_end(process: asyncio.subprocess.Process) -> Iterator[None]:
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()


async def started(home: Path) -> asyncio.subprocess.Process:
    environment = {**os.environ, "UW_API_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), "TIDEGATE_DEBUG": "1"}
    words = ("engine", "--config", str(home / "own.toml"), "--state-dir", str(home / "state"))
    with (home / "said.txt").open("ab") as said:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tidegate", *words, env=environment, stdout=said, stderr=said, cwd=home
        )


async def until(state: Path, count: int) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(journaled(state)) < count:  # noqa: ASYNC110 - another process writes it, and sets no event of ours
            await asyncio.sleep(0.02)


@pytest.mark.slow
def test_no_alert_is_lost_or_doubled_by_kills_and_the_token_is_nowhere(tmp_path: Path) -> None:
    state, begin = tmp_path / "state", datetime.now(UTC) - timedelta(seconds=600)

    async def story() -> None:
        async with WhaleServer() as server:
            (tmp_path / "own.toml").write_text(CONFIG.format(address=server.address))
            server.rows = listed(range(1500), begin)
            first = await started(tmp_path)
            with killed_at_the_end(first):
                await until(state, 1)
            await first.wait()
            server.rows += listed(range(1500, 2000), begin)
            second = await started(tmp_path)
            with killed_at_the_end(second):
                await until(state, 2000)
                second.send_signal(signal.SIGTERM)
                await second.wait()

    asyncio.run(story())
    assert journaled(state) == [f"a{number}" for number in range(2000)]
    left = [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    assert left == []
