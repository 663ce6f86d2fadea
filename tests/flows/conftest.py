"""Real runs of the real program in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.soundness import unsound
from tests.waiting import PATIENCE_S


@pytest.fixture(scope="session")
def tidegate() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the command line and wait for it."""

    def call(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "tidegate", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ, timeout=PATIENCE_S)

    return call


@pytest.fixture(autouse=True)
def _sound_journals(tmp_path: Path) -> Iterator[None]:
    """Every journal that a test leaves behind is what was written, and decides the same again."""
    yield
    assert unsound(tmp_path) == []
