"""A day of the demo moved so that the exchange closes in its middle, and the next morning after it."""

import gzip
import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tidegate import boot, is_open
from tidegate.core.domain import events as e
from tidegate.core.journaling.reader import Reader

SESSION = Path(__file__).parents[2] / "tidegate" / "sessions" / "demo.jsonl.gz"
LINES = 4000
LATER = timedelta(hours=5, minutes=45)  # 10:15 in New York becomes the close
MORNING = 1_760_621_405_000  # 2025-10-16, five seconds after the open, in milliseconds


def moved(line: str) -> str:
    """A line of the demo's 15th of October, so much later."""
    milliseconds = int(LATER.total_seconds() * 1000)
    line = re.sub(r"\b17605[34]\d{7}\b", lambda found: str(int(found[0]) + milliseconds), line)
    return re.sub(r"2025-10-15T(\d\d):(\d\d)", _clock, line)


def _clock(found: re.Match[str]) -> str:
    minutes = int(found[1]) * 60 + int(found[2]) + int(LATER.total_seconds()) // 60
    return f"2025-10-{15 + minutes // 1440}T{minutes // 60 % 24:02}:{minutes % 60:02}"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Until well after the close, and one quote of every symbol at the next open."""
    lines = [moved(line) for line in gzip.decompress(SESSION.read_bytes()).decode().splitlines()[:LINES]]
    last = {row[1]["symbol"]: row[1] for row in map(json.loads, lines) if row[0] == "quotes"}
    lines += [json.dumps(["quotes", {**quote, "time": MORNING}]) for quote in last.values()]
    path = tmp_path / "evening.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_recorded_evening_sends_no_exit_and_the_morning_after_does_and_both_are_decided_again_by_verify(
    recording: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    boot.run(boot.configure(state_dir=folder, files=[recording]), speed=None)
    with closing(Reader.open(folder)) as reader:
        records = reader.events(limit=-1)
    decided = [record.at for record in records if isinstance(record.event, e.ExitDecided)]
    sent = [r.at for r in records if isinstance(r.event, e.OrderPlaced) and r.event.order.exit is not None]
    assert [at for at in decided + sent if not is_open(at)] == []
    assert {at.day for at in decided} == {15, 16}
    assert min(at for at in sent if at.day == 16) == datetime.fromtimestamp(MORNING / 1000, UTC)
