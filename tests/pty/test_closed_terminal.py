"""A real terminal: the desk draws in it, and is gone when it closes, while the writer of the journal goes on."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.waiting import read_until, until
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader

ROOT = Path(__file__).parents[2]
WRITER = """
import sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tidegate.core.domain import events as e
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock

held = Lock.take(Path(sys.argv[1]))
journal, at = Journal.open(Path(sys.argv[1])), datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
first = e.EngineStarted(mode="demo", version="0", session="demo synthetic day")
for seq in range(1, 100_000):
    at += timedelta(seconds=1)
    journal.append([e.Recorded(seq, at, "", first if seq == 1 else e.Tick())])
    journal.commit()
    time.sleep(0.01)
"""
pytestmark = pytest.mark.slow


def last_seq(folder: Path) -> int:
    """The journal's last number; 0 before the writer has made it."""
    with suppress(JournalError), closing(Reader.open(folder)) as journal:
        return journal.last_seq()
    return 0


def wait_for_seq(folder: Path, seq: int, writer: "subprocess.Popen[bytes]") -> int:
    """The journal's last number, once it has passed `seq`."""
    until(lambda: last_seq(folder) > seq, child=writer)
    return last_seq(folder)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that writes a journal, and has begun."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT)
    wait_for_seq(tmp_path, 1, process)
    yield process
    process.kill()
    process.wait()


def start_desk(folder: Path, *command: str) -> tuple[int, int]:
    """A desk in a terminal of its own: its pid and our end of the terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        words = [*(command or ("desk",)), "--state-dir", str(folder)]
        os.execv(sys.executable, [sys.executable, "-m", "tidegate", *words])  # noqa: S606 - our own program
    return pid, terminal


def test_a_hangup_ends_the_desk_and_not_the_writer(tmp_path: Path, writer: "subprocess.Popen[bytes]") -> None:
    pid, terminal = start_desk(tmp_path)
    read_until(terminal, b"POSITIONS")
    os.kill(pid, signal.SIGHUP)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 129
    last = last_seq(tmp_path)
    assert wait_for_seq(tmp_path, last + 5, writer) > last


@pytest.mark.usefixtures("writer")
def test_a_closed_terminal_ends_the_desk(tmp_path: Path) -> None:
    pid, terminal = start_desk(tmp_path)
    read_until(terminal, b"POSITIONS")
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 129


@pytest.mark.usefixtures("writer")
def test_q_detaches_and_says_that_the_engine_goes_on(tmp_path: Path) -> None:
    pid, terminal = start_desk(tmp_path)
    read_until(terminal, b"POSITIONS")
    os.write(terminal, b"q")
    read_until(terminal, b"goes on: `tidegate desk --state-dir")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.usefixtures("writer")
def test_a_run_beside_a_running_engine_says_that_its_settings_did_not_reach_it(tmp_path: Path) -> None:
    pid, terminal = start_desk(tmp_path, "run", "--set", "gates.pace.enabled=false")
    read_until(terminal, b"keeps the settings that it was started with")
    read_until(terminal, b"POSITIONS")
    os.write(terminal, b"q")
    read_until(terminal, b"goes on: `tidegate desk --state-dir")
    os.waitpid(pid, 0)
    os.close(terminal)


def test_q_says_so_when_the_engine_died(writer: "subprocess.Popen[bytes]", tmp_path: Path) -> None:
    pid, terminal = start_desk(tmp_path)
    read_until(terminal, b"POSITIONS")
    writer.kill()
    writer.wait()
    os.write(terminal, b"q")
    read_until(terminal, b"No engine runs: `tidegate status --state-dir")
    os.waitpid(pid, 0)
    os.close(terminal)
