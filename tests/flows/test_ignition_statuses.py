"""Every ignition status is reached by a real run and kept with the position."""

from contextlib import closing
from pathlib import Path

import pytest

from scripts.rehearsal.stage import session
from tests.demo import Demo
from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.journaling.reader import Reader

DEMO = Path(__file__).parents[2] / "tidegate" / "sessions" / "demo.toml"


def statuses(recording: Path, folder: Path, *sets: str, without: tuple[str, ...] = ()) -> set[str]:
    """The ignition statuses of the positions that a morning opens."""
    boot.run(boot.configure(config=DEMO, files=[recording], state_dir=folder, sets=sets, without=without), speed=None)
    return opened_with(folder)


def opened_with(folder: Path) -> set[str]:
    with closing(Reader.open(folder)) as journal:
        events = journal.events(kinds=("PositionOpened",), limit=1_000)
    return {str(each.event.entry.ignition_status) for each in events if isinstance(each.event, e.PositionOpened)}


@pytest.mark.long
def test_all_four_statuses_are_reached_and_a_pass_by_policy_is_never_called_passed(demo: Demo, tmp_path: Path) -> None:
    assert opened_with(demo.folder) == {"passed"}
    morning = session(tmp_path, start=0.0, minutes=100.0)
    assert statuses(morning, tmp_path / "off", without=("no:ignition",)) == {"not_checked"}
    assert {"passed", "blocked"} <= statuses(morning, tmp_path / "observed", "gates.ignition.enforce=false")
    lax = ("gates.ignition.on_error=open", "gates.ignition.max_age_s=30")
    assert "unknown" in statuses(morning, tmp_path / "lax", *lax)
