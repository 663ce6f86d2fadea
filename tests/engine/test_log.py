"""engine.log stays small."""

import os
import stat
import subprocess
import sys
from pathlib import Path

from tidegate.running.log import KEPT, LIMIT_BYTES, rotate

WRITER = """
import sys
from pathlib import Path
from tidegate.running.log import go_on
for number in range(30):
    print(f"{number:02}" * 50_000, flush=True)
    print("to stderr", file=sys.stderr)
    go_on(Path(sys.argv[1]))
"""


def test_a_full_log_moves_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    for number in range(KEPT + 3):
        log.write_text(f"{number}" * LIMIT_BYTES)
        log.chmod(0o644)
        assert rotate(log)
    names = [f"engine.log.{number}" for number in range(1, KEPT + 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [(tmp_path / name).read_text()[0] for name in names] == ["5", "4", "3"]
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names} == {0o600}


def test_a_small_log_and_none_stay_as_they_are(tmp_path: Path) -> None:
    assert not rotate(tmp_path / "engine.log")
    (tmp_path / "engine.log").write_text("short")
    assert not rotate(tmp_path / "engine.log")
    assert [path.name for path in tmp_path.iterdir()] == ["engine.log"]


def test_a_running_engine_goes_on_in_a_fresh_log_and_loses_no_line(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    subprocess.run([sys.executable, "-c", WRITER, log], stdout=descriptor, stderr=descriptor, check=True)
    os.close(descriptor)
    kept = [tmp_path / f"engine.log.{number}" for number in range(KEPT, 0, -1)] + [log]
    lines = [line for path in kept for line in path.read_text().splitlines() if line != "to stderr"]
    assert [line[:2] for line in lines] == [f"{number:02}" for number in range(30)]
    assert all(path.stat().st_size < 2 * LIMIT_BYTES for path in kept)
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}


def test_the_output_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "engine.log").write_text("x" * LIMIT_BYTES)
    subprocess.run([sys.executable, "-c", WRITER, tmp_path / "engine.log"], capture_output=True, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["engine.log"]
