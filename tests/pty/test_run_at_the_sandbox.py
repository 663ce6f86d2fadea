"""`tidegate run` in a real terminal, by what the sandbox prints: real HTTP, and the same trades as on paper."""

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from tests.waiting import read_until, until
from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.journaling.lock import holder
from tidegate.core.journaling.reader import Reader

pytest.importorskip("aiohttp", reason="the sandbox needs it")
pytest.importorskip("alpaca", reason="the executor needs it")
from scripts.rehearsal.stage import session
from scripts.soundness import unsound

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
EXACT = ("executors.paper.slippage_bps=0", "executors.paper.partial_pct=0", "executors.paper.cash=10000")
MINUTES = 10.5  # two of three trades are over by then


class Told(msgspec.Struct, frozen=True):
    """What the sandbox prints for a person: the keys for a shell, and a configuration."""

    keys: dict[str, str]
    configuration: str

    def leaks(self, data: bytes) -> list[str]:
        """The names of the keys whose values are in `data`."""
        return [name for name, value in self.keys.items() if value.encode() in data]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """A sandbox that follows the engine over tmp_path/state."""
    words = ["sandbox", "alpaca", "--port", "0", "--cash", "10000", "--follow", str(tmp_path / "state")]
    process = subprocess.Popen([sys.executable, "-m", "tidegate", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    with process.stdout:
        lines = list(iter(process.stdout.readline, 'files = ["session:demo.jsonl.gz"]\n'))
        exports = [line[7:].rstrip().partition("=")[::2] for line in lines if line.startswith("export ")]
        first = lines.index("[executors.paper]\n")
        yield Told(dict(exports), "".join(lines[first:]))
        process.terminate()
        process.wait()


def events(folder: Path) -> list[e.Recorded]:
    with closing(Reader.open(folder)) as journal:
        return journal.events(limit=-1, kinds=("PositionOpened", "PositionClosed"))


def trades(folder: Path) -> set[tuple[object, ...]]:
    """What was opened and closed, by trace: all but the cents of a price."""
    found: set[tuple[object, ...]] = set()
    for record in events(folder):
        match record.event:
            case e.PositionOpened(symbol=symbol, entry=entry):
                found.add((record.trace, symbol, entry.score, entry.regime_modifier, entry.ignition_status))
            case e.PositionClosed(outcome=outcome):
                found.add((record.trace, outcome.symbol, outcome.quantity, outcome.reasons))
            case _:
                pass
    return found


def test_what_the_sandbox_prints_is_enough_to_trade_a_session_as_on_paper(told: Told, tmp_path: Path) -> None:
    folder, own, recording = tmp_path / "state", tmp_path / "own.toml", session(tmp_path, start=0.0, minutes=MINUTES)
    own.write_text(f'{told.configuration}files = ["{recording}"]\n')
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ |= {**told.keys, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
        words = ["run", "--config", str(own), "--state-dir", str(folder), "--speed", "40"]
        os.execv(sys.executable, [sys.executable, "-m", "tidegate", *words])  # noqa: S606 - our own program
    shown = read_until(terminal, b"ENTER")
    os.write(terminal, b"q")
    shown += read_until(terminal, b"goes on: `tidegate desk --state-dir")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    until(lambda: holder(folder) is None)
    boot.run(boot.configure(state_dir=tmp_path / "paper", files=[recording], sets=EXACT), speed=None)
    assert os.waitstatus_to_exitcode(status) == 0
    assert trades(folder) == trades(tmp_path / "paper")
    assert len(trades(folder)) >= 4
    assert unsound(tmp_path, whole=True) == []
    assert told.leaks(shown) == []
    assert [path for path in folder.iterdir() if told.leaks(path.read_bytes())] == []
