"""The desk in a real terminal: from the start of the process to its first content, over the finished demo."""

import os
import pty
import select
import signal
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tidegate import boot

ROUNDS = 5
SHOWN = b"POSITIONS"
DESK = "import sys; from pathlib import Path; from tidegate.tui.app import run; run(Path(sys.argv[1]))"
BARE = "import sys; sys.stdout.write('POSITIONS'); sys.stdout.flush(); sys.stdin.read()"
Row = tuple[str, str, float]


def first_content(script: str, folder: Path) -> float:
    """Milliseconds until the terminal shows a word."""
    begun = perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"}
        os.execv(sys.executable, [sys.executable, "-c", script, str(folder)])  # noqa: S606 - our own program
    seen = b""
    while SHOWN not in seen:
        ready, _, _ = select.select([terminal], [], [], 30)
        seen += os.read(terminal, 65536) if ready else SHOWN
    took = (perf_counter() - begun) * 1000
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return took


def main() -> list[Row]:
    """The median of a few warm starts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        boot.run(boot.configure(session="demo", state_dir=folder), speed=None)
        took = {
            title: sorted(first_content(script, folder) for _ in range(ROUNDS + 1))[ROUNDS // 2]
            for title, script in (("bare interpreter in the same terminal", BARE), ("desk, first content", DESK))
        }
    return [(title, "ms", value) for title, value in took.items()]
