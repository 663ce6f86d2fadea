"""Real runs of the real program in processes of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.soundness import unsound
from tests.waiting import PATIENCE_S

Summary = dict[str, Any]


@pytest.fixture(scope="session")
def tidegate() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the command line and wait for it."""

    def call(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tidegate", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=PATIENCE_S)

    return call


@pytest.fixture(scope="session")
def demo(
    tidegate: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Summary, Path]:
    """An uninterrupted demo: its summary and its state folder. Read only."""
    folder = tmp_path_factory.mktemp("demo") / "state"
    done = tidegate("demo", "--headless", "--speed", "max", "--state-dir", folder, "--json")
    assert done.returncode == 0, done.stderr
    assert unsound(folder) == []
    return json.loads(done.stdout), folder


@pytest.fixture(autouse=True)
def _sound_journals(tmp_path: Path) -> Iterator[None]:
    """Every journal that a test leaves behind is what was written, and decides the same again."""
    yield
    assert unsound(tmp_path) == []
