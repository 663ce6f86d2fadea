"""One demo for the whole run: whichever worker needs it first plays it, and the others read what it left."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from scripts.soundness import unsound
from tests.waiting import PATIENCE_S

Summary = dict[str, Any]


class Demo(NamedTuple):
    """An uninterrupted demo: its summary and its state folder, both to be read only."""

    summary: Summary
    folder: Path


def of_the_run(folders: pytest.TempPathFactory) -> Demo:
    """The demo, played once in a process of its own and found sound."""
    base = folders.getbasetemp()
    home = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    told, folder = home / "demo.json", home / "demo" / "state"
    with (home / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_text(_played(folder))
    return Demo(json.loads(told.read_text()), folder)


def _played(folder: Path) -> str:
    words = ["demo", "--headless", "--speed", "max", "--json", "--state-dir", str(folder)]
    command = [sys.executable, "-m", "tidegate", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert unsound(folder) == []
    return done.stdout
