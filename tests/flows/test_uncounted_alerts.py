"""Small recordings of options flow that must not count, each with its one reason."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.core.domain import events as e
from tidegate.core.journaling.reader import Reader

CASES = Path(__file__).parents[1] / "data" / "cases"
Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("c15dividend", ["no_time_value"] * 3),
        ("c15adjusted", ["adjusted"] * 3),
        ("c15expired", ["expired"] * 3),
        ("c15vix", ["index"] * 3),
        ("c15overlap", ["repeat"] * 2),
        ("c15samestart", ["repeat"] * 2),
        ("c15multileg", ["multileg"] * 3),
    ],
)
def test_flow_that_does_not_count_has_its_one_reason_and_makes_no_signal(
    tidegate: Call, tmp_path: Path, name: str, reasons: list[str]
) -> None:
    done = tidegate("replay", CASES / f"{name}.jsonl", "--state-dir", tmp_path / "state", "--json")
    assert done.returncode == 0, done.stderr
    reader = Reader.open(tmp_path / "state")
    events: list[e.Event] = [each.event for each in reader.events(limit=-1)]
    tally = reader.state().tally
    reader.close()
    assert [event.reason for event in events if isinstance(event, e.AlertUncounted)] == reasons
    assert sum(tally.uncounted.values()) == len(reasons)
    assert not any(isinstance(event, e.SignalScored) for event in events)
