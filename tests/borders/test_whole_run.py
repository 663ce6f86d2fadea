"""The rules of a whole run of the tests: what is left out is told, and who begins with what."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import dealt
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
PLANTED = """
import pytest

from tests.needs import NEEDS, Need

NEEDS["moon"] = Need("the moon", there=False)


def test_silent():
    pytest.skip("just so")


@pytest.mark.needs("moon")
def test_of_the_moon():
    raise AssertionError
"""


@pytest.mark.slow
def test_a_skip_without_a_need_is_a_failure_and_one_with_a_need_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "test_planted.py").write_text(PLANTED)
    words = ["-q", "-p", "tests.conftest", "-c", "pyproject.toml", "--rootdir", str(tmp_path), str(tmp_path)]
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == 1
    assert "only what a need leaves out may be: just so" in done.stdout
    assert "1 test needs the moon, left out of: test_planted.py" in done.stdout
    assert "1 failed, 1 skipped" in done.stdout


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_every_worker_begins_with_its_share_of_the_long_tests_and_none_is_lost(workers: int) -> None:
    long, short = list(range(7)), list(range(100, 203))
    found = dealt(long, short, workers)
    assert sorted(found) == [*long, *short]
    for worker in range(workers):  # as xdist deals: to each an equal part of what is left
        hand = [found.pop(0) for _ in range(len(found) // (workers - worker))]
        share = long[worker::workers]
        assert hand[: len(share)] == share
