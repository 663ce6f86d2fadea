"""`tidegate verify`: events per second over a busy day of alerts, over the demo, and of file and chain alone."""

import gzip
import json
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.engine import wire
from tidegate.children import command, environment
from tidegate.folders import JOURNAL
from tidegate.verification.verify import verify

ALERTS = 100_000
Row = tuple[str, str, float]


def busy(folder: Path) -> Path:
    """The journal of the busy day that the benchmark of the engine replays."""
    with gzip.open(folder / "alerts.jsonl.gz", "wt", compresslevel=1) as file:
        file.writelines(json.dumps(row) + "\n" for row in wire(ALERTS))
    return played(folder / "busy", "replay", str(folder / "alerts.jsonl.gz"))


def played(folder: Path, *words: str) -> Path:
    """The journal that a command leaves behind."""
    words = (*words, "--state-dir", str(folder), "--json")
    subprocess.run(command(*words), env=environment(), capture_output=True, check=True)
    return folder / JOURNAL


def rate(path: Path, *, again: bool = True) -> float:
    """Events per second, the imports of the first call left out."""
    verify(path, start=1, again=again)
    begun = perf_counter()
    report = verify(path, again=again)
    took = perf_counter() - begun
    assert report.sound
    assert not again or report.compared == report.last
    return report.last / took


def main() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        day, demo = busy(Path(name)), played(Path(name) / "demo", "demo", "--headless", "--speed", "max")
        return [
            ("bare: file and chain only, busy day", "events/s", rate(day, again=False)),
            ("verify, busy day (95 % alerts)", "events/s", rate(day)),
            ("verify, demo (exits asked at every price)", "events/s", rate(demo)),
        ]


if __name__ == "__main__":
    for title, unit, value in main():
        print(f"{title:<50} {value:>14,.1f} {unit}")
