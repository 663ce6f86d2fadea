"""A third party's plugin that misbehaves in the middle of a real run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.demo import Demo
from tests.waiting import PATIENCE_S

TIRED = '''
from typing import ClassVar

from tests.waiting import PATIENCE_S
from tidegate import Exit, ExitDecision, Position, State, hookimpl

CALLS = []


class Tired(Exit, frozen=True, kw_only=True):
    """Raises from its 100th call on."""

    name: ClassVar[str] = "tired"

    def check(self, position: Position, state: State) -> ExitDecision | None:
        CALLS.append(position.symbol)
        if len(CALLS) >= 100:
            raise RuntimeError("too tired")
        return None


@hookimpl
def tidegate_exits():
    return [Tired]
'''
FAILURES = 5  # `guard.max_failures`; one tick asks the exit about every position before it counts
POSITIONS = 16
VOLATILE = ("alerts_per_second", "folder", "errors", "notes", "events_hash")


def day_with(code: str, name: str, folder: Path) -> dict[str, Any]:
    """The demo's summary with an exit of a third party, installed from its code and switched on."""
    (folder / f"{name}.py").write_text(code)
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[tidegate.plugins]\n{name} = {name}\n")
    (folder / "config.toml").write_text(f"[exits.{name}]\nenabled = true\n")
    words = ["demo", "--headless", "--speed", "max", "--json", "--config", str(folder / "config.toml")]
    command = [sys.executable, "-m", "tidegate", *words, "--state-dir", str(folder / "state")]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    day: dict[str, Any] = json.loads(done.stdout)
    return day


def test_an_exit_that_raises_at_its_100th_call_is_quarantined_and_named_and_every_trade_goes_on(
    demo: Demo, tmp_path: Path
) -> None:
    day, whole = day_with(TIRED, "tired", tmp_path), demo[0]
    assert "exits.tired was quarantined." in day["notes"]
    assert FAILURES <= day["errors"] < FAILURES + POSITIONS
    assert {name: day[name] for name in day if name not in VOLATILE} == {
        name: whole[name] for name in whole if name not in VOLATILE
    }


def test_a_plugin_that_raises_at_import_is_named_in_the_summary_and_the_rest_runs(tmp_path: Path) -> None:
    day = day_with("raise RuntimeError('nothing here')\n", "hollow", tmp_path)
    assert any("hollow" in note and "nothing here" in note for note in day["notes"])
    assert day["trades_closed"] > 20
