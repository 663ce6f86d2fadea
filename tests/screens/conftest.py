"""Prepared journals, a clock that stands still, and an environment that leaves rendering alone."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

for _name in [name for name in os.environ if name.startswith("TEXTUAL") and "SNAPSHOT" not in name]:
    del os.environ[_name]
for _name in ("NO_COLOR", "SSH_CONNECTION"):
    os.environ.pop(_name, None)

from tests.screens.examined import health_report  # noqa: E402 - as above
from tests.screens.gauges import health_gauges, learner_gauge  # noqa: E402 - Textual reads the environment when it is imported
from tests.screens.story import bad_day, good_day, plugin_gauge  # noqa: E402 - as above
from tidegate.tui.app import Desk  # noqa: E402 - as above
from tidegate.tui.viewmodel.view import Report  # noqa: E402 - as above

MakeDesk = Callable[[str], Desk]
EMPTY_AT = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def make_desk(tmp_path: Path) -> MakeDesk:
    """A desk on the journal of a day: "empty", "normal" or "disaster". It draws only when asked."""

    def make(day: str) -> Desk:
        if day == "empty":
            return Desk(tmp_path / "nothing", clock=lambda: EMPTY_AT, rate_hz=0)
        story = good_day() if day == "normal" else bad_day()
        well = day == "normal"
        story.write(tmp_path, {**plugin_gauge(), **health_gauges(story.at, well=well), **learner_gauge(story.told)})
        wall = story.at + timedelta(seconds=0.4 if day == "normal" else 90)

        async def ask(_: Path) -> Report:
            return Report(shape=health_report(wall, well=well))

        return Desk(tmp_path, clock=lambda: wall, rate_hz=0, ask=ask)

    return make
