import json
import random
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.demo import Demo
from tests.waiting import until
from tidegate.core.domain.state import State, encode_state
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader

Run = Callable[..., "subprocess.CompletedProcess[str]"]
KILLS = 10
EVENTS = 5_000  # the day has more


def engine(folder: Path) -> "subprocess.Popen[bytes]":
    words = ["engine", "--session", "demo", "--speed", "6000", "--set", "engine.checkpoint_events=700"]
    return subprocess.Popen(
        [sys.executable, "-m", "tidegate", *words, "--state-dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def last_seq(folder: Path) -> int:
    """The journal's last number; 0 before it is whole."""
    with suppress(JournalError), closing(Reader.open(folder)) as journal:
        return journal.last_seq()
    return 0


def kill_after(child: "subprocess.Popen[bytes]", folder: Path, seq: int) -> None:
    """Kill -9 the engine as soon as its journal has reached `seq` (or it ended first)."""
    until(lambda: child.poll() is not None or last_seq(folder) >= seq)
    child.kill()
    child.wait()


@pytest.mark.long
def test_ten_kills_at_random_moments_end_like_an_uninterrupted_run(demo: Demo, tidegate: Run, tmp_path: Path) -> None:
    whole, folder = dict(demo[0]), tmp_path / "state"
    chance = random.Random(20251015)  # noqa: S311 - a seeded choice of moments
    for seq in sorted(chance.sample(range(1, EVENTS), KILLS)):
        kill_after(engine(folder), folder, seq)
    done = tidegate("demo", "--headless", "--speed", "max", "--state-dir", folder, "--json")
    assert done.returncode == 0, done.stderr
    ended = json.loads(done.stdout)
    for volatile in ("alerts_per_second", "folder"):
        del ended[volatile], whole[volatile]
    assert ended == whole
    assert Reader.open(folder).state().tally == Reader.open(demo[1]).state().tally


@pytest.mark.slow
def test_a_checkpoint_and_its_tail_equal_the_whole_journal_after_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    kill_after(engine(folder), folder, EVENTS // 2)
    with closing(Reader.open(folder)) as journal:
        from_checkpoint, whole = journal.state(), State()
        while journal.catch_up(whole):
            pass
    assert from_checkpoint.positions
    assert encode_state(from_checkpoint) == encode_state(whole)
