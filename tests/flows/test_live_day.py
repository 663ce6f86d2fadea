"""A stretch of a live day, unattended, at both sandboxes with faults on both sides; all of it on one hurried clock."""

from pathlib import Path

import pytest

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from scripts.live_day.day import LiveDay
from scripts.live_day.told import findings, told


@pytest.mark.long
def test_a_panic_afternoon_ends_with_every_alert_every_share_and_every_metadata_field(tmp_path: Path) -> None:
    day = LiveDay(tmp_path, start=249.5, minutes=13.5, speed=40.0, listens=True)
    with day:
        day.play()
        found = told(day)
        assert findings(day) == []
    assert any("PANIC" in change for change in found["regimes"])
    assert found["queued"] > 0
    assert found["alerts"] > 50
    assert found["faults"]["rate_limit"] > 0
    assert len(found["readings"]) > 20
