"""`tidegate demo` in a real terminal: a desk here, an engine elsewhere that outlives it."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import read_until
from tidegate.core.journaling.lock import holder

Cli = Callable[..., Any]


@pytest.mark.slow
def test_the_demo_opens_a_desk_whose_engine_goes_on(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    terminal, theirs = pty.openpty()
    desk = subprocess.Popen(
        [sys.executable, "-m", "tidegate", "demo", "--state-dir", str(folder)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(theirs)
    read_until(terminal, b"POSITIONS")
    os.write(terminal, b"q")
    read_until(terminal, b"comes back to it")
    assert desk.wait() == 0
    os.close(terminal)
    assert holder(folder) is not None
    assert cli("stop", "--force", "--state-dir", folder).code == 0
    assert holder(folder) is None
