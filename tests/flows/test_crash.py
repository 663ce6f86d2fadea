import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_an_engine_killed_at_named_steps_loses_doubles_and_forgets_nothing() -> None:
    words = ["--kills", "5", "--minutes", "9", "--speed", "120", "--seed", "2"]
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "crash.py", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=300,
    )
    assert "5 kills, 0 duplicates, 0 lost, 0 field differences" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
