"""The desk in a real terminal of 80x24: bytes, processor and keys while 200 cells a second change, and at rest."""

import os
import pty
import random
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter

from tidegate import boot
from tidegate.core.domain.state import State
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader

WATCHED_S = 20.0
KEYS = 60
CURSOR = b">"  # moves with every arrow key, and with nothing else
ARROWS = (b"\x1b[B", b"\x1b[A")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
DESK = "import sys; from pathlib import Path; from tidegate.tui.app import run; run(Path(sys.argv[1]))"
# Each quote changes four cells of its row: last, both profits and the distance of the next exit.
WRITER = """
import sys, time
from datetime import timedelta
from pathlib import Path
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Quote
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.core.journaling.reader import Reader

folder = Path(sys.argv[1])
held = Lock.take(folder)
state, reader = State(), Reader.open(folder)
while reader.catch_up(state):
    pass
journal, symbols = Journal.open(folder), sorted(state.positions)
seq, at = state.seq, state.at
prices = {symbol: state.last_price(symbol) for symbol in symbols}
for turn in range(sys.maxsize):
    symbol = symbols[turn % len(symbols)]
    seq, at = seq + 1, at + timedelta(milliseconds=20)
    last = round(prices[symbol] * (1.0 + 0.001 * ((turn * 7) % 11 - 5)), 2)
    quote = Quote(symbol=symbol, at=at, last=last)
    journal.append([e.Recorded(seq, at, "", e.QuoteSeen(source="sources.recording", quote=quote))])
    journal.commit()
    time.sleep(0.02)
"""
Row = tuple[str, str, float]


def held_at_most(folder: Path, play: Path) -> Path:
    """A journal of the demo up to the moment at which it holds the most positions."""
    boot.run(boot.configure(session="demo", state_dir=play), speed=None)
    state, best = State(), (0, 0)
    with closing(Reader.open(play)) as reader:
        while reader.catch_up(state, 50):
            best = max(best, (len(state.positions), state.seq))
        events = reader.events(limit=best[1])
    journal = Journal.open(folder)
    journal.append(events)
    journal.commit()
    journal.close()
    return folder


class Desk:
    """A desk in a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
            os.execv(sys.executable, [sys.executable, "-c", DESK, str(folder)])  # noqa: S606 - our own program
        self.read_until(b"TAPE", 30.0)
        self.read_for(2.0)

    def read(self, wait_s: float) -> bytes:
        """What comes within a while, b"" when nothing does."""
        ready, _, _ = select.select([self.terminal], [], [], wait_s)
        return os.read(self.terminal, 65536) if ready else b""

    def read_for(self, seconds: float) -> int:
        """How many bytes come."""
        ends, count = perf_counter() + seconds, 0
        while (left := ends - perf_counter()) > 0:
            count += len(self.read(left))
        return count

    def read_until(self, word: bytes, seconds: float) -> float:
        """Milliseconds until a word is shown."""
        begun, seen = perf_counter(), b""
        while word not in seen:
            assert perf_counter() - begun < seconds, f"{word!r} was not shown; so far {seen[-300:]!r}"
            seen = seen[-len(word) :] + self.read(0.1)
        return (perf_counter() - begun) * 1000

    def processor_s(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def watched(self, seconds: float) -> tuple[float, float]:
        """Kilobytes and per cent of a processor, a second."""
        used, begun = self.processor_s(), perf_counter()
        count = self.read_for(seconds)
        took = perf_counter() - begun
        return count / took / 1000, (self.processor_s() - used) / took * 100

    def keys(self) -> list[float]:
        """Milliseconds from each arrow key to its paint, sorted."""
        pause = random.Random(7)
        took = []
        for turn in range(KEYS):
            self.read_for(pause.uniform(0.05, 0.3))
            os.write(self.terminal, ARROWS[turn % 2])
            took.append(self.read_until(CURSOR, 5.0))
        return sorted(took)

    def close(self) -> None:
        """End it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def main() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = held_at_most(Path(name) / "held", Path(name) / "demo")
        desk = Desk(folder)
        _, idle = desk.watched(WATCHED_S)
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)])
        desk.read_for(2.0)
        sent, used = desk.watched(WATCHED_S)
        took = desk.keys()
        assert writer.poll() is None, "the writer has ended before its time"
        writer.kill()
        writer.wait()
        desk.close()
    return [
        ("at rest (aim 1)", "% of a core", idle),
        ("200 cells a second change: processor", "% of a core", used),
        ("200 cells a second change: sent (aim 20)", "kB/s", sent),
        ("key to its paint meanwhile, p50", "ms", took[len(took) // 2]),
        ("key to its paint meanwhile, p95 (aim 60)", "ms", took[int(len(took) * 0.95)]),
    ]
