"""The desk as a program: sizes, imports, crashes."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.conftest import MakeDesk
from tests.screens.piloted import piloted
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "numpy", "scipy", "alpaca", "tidegate.plugins", "tidegate.core.loop", "tidegate.core.plugins")
CRASH = """
import sys
from pathlib import Path
from tidegate.tui.app import Desk

class Broken(Desk):
    def on_mount(self):
        password = "hunter2"
        raise ValueError("api_key=hunter3 was refused")

app = Broken(Path(sys.argv[1]))
app.run(headless=True)
sys.exit(app.return_code)
"""


@pytest.mark.long
@pytest.mark.parametrize("day", ["empty", "disaster"])
@piloted
async def test_any_size_is_survived(make_desk: MakeDesk, day: str) -> None:
    app = make_desk(day)
    async with app.run_test(size=(80, 24)) as pilot:
        for width, height in [(1, 1), (2, 3), (10, 5), (59, 15), (60, 14), (60, 15), (300, 80), (80, 1), (1, 80)]:
            await pilot.resize_terminal(width, height)
            await pilot.press("2", "5", "6", "1", "d")
            app.tick()
            await pilot.pause()


def test_the_desk_starts_without_heavy_libraries_or_the_engine() -> None:
    code = f"import sys, tidegate.tui.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_crash_prints_no_values_and_logs_no_secrets(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CRASH, str(tmp_path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    log = (tmp_path / "desk.log").read_text()
    assert ended.returncode == 1
    assert "The desk stopped: ValueError" in ended.stderr
    assert "on_mount" in log
    for said in (ended.stdout, ended.stderr, log):
        assert "hunter3" not in said
    assert "hunter2" not in ended.stdout + ended.stderr
    assert (tmp_path / "desk.log").stat().st_mode & 0o777 == 0o600
