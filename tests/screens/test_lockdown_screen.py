"""A lockdown on the desk: in the header of every screen, and a question that says what it will do."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.screens.conftest import MakeDesk
from tests.screens.gauges import health_gauges
from tests.screens.piloted import piloted
from tests.screens.story import Story, bad_day, good_day
from tests.screens.test_keys import SCREENS, asked, shown
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State
from tidegate.core.domain.values.lockdown import Seal
from tidegate.tui.app import Desk
from tidegate.tui.viewmodel.header import status_lines, tiny_line
from tidegate.tui.viewmodel.text import length, plain
from tidegate.tui.viewmodel.view import View

DRIFT = ("core/loop.py changed", "size.base_usd was 500.0, is 900.0", "msgspec was 0.19, is 0.20", "tui/app.py is gone")


def sealed(story: Story, *drift: str) -> Story:
    story.say(e.LockdownSealed(seal=Seal(), reason="audit of week 48", who="me"), after=1)
    if drift:
        story.say(e.DriftSeen(changes=drift), after=1)
    return story


def desk_of(folder: Path, *drift: str) -> Desk:
    story = sealed(good_day(), *drift)
    story.write(folder, health_gauges(story.at, well=True))
    return Desk(folder, clock=lambda: story.at + timedelta(seconds=0.4), rate_hz=0)


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("story", [good_day, bad_day])
def test_the_header_says_lockdown_and_drift_at_every_width(story: Callable[[], Story], width: int) -> None:
    for drift, said in (((), "lockdown on"), (DRIFT, "DRIFT")):
        built = sealed(story(), *drift)
        lines = status_lines(View(state=fold_all(State(), built.told), wall=built.at), width)
        assert [length(each) for each in lines] == [width, width]
        assert said in plain(lines[1])


def test_a_wide_header_names_what_drifted_and_a_tiny_one_that_something_did() -> None:
    view = View(state=fold_all(State(), sealed(good_day(), *DRIFT).told), wall=good_day().at)
    assert "DRIFT: core/loop.py changed" in plain(status_lines(view, 160)[1])
    assert "DRIFT" in plain(tiny_line(view, 60))


@piloted
async def test_every_screen_shows_the_drift(tmp_path: Path) -> None:
    app = desk_of(tmp_path, *DRIFT)
    async with app.run_test(size=(160, 40)) as pilot:
        for key in SCREENS.values():
            await pilot.press(key)
            await pilot.pause()
            assert "DRIFT: core/loop.py changed" in shown(app, "#status")


@piloted
async def test_locking_down_takes_two_keys_and_says_what_it_does(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("L")
        await pilot.pause()
        assert "stops entries" in shown(app, "#question")
        assert asked(tmp_path) == []
        await pilot.press("y")
        await pilot.pause()
        assert [each.name for each in asked(tmp_path)] == ["lockdown"]
        assert asked(tmp_path)[0].args["reason"]


@piloted
async def test_under_a_lockdown_the_question_is_to_lift_it_and_lists_the_drift(tmp_path: Path) -> None:
    app = desk_of(tmp_path, *DRIFT)
    async with app.run_test() as pilot:
        await pilot.press("L")
        await pilot.pause()
        said = shown(app, "#question")
        assert "audit of week 48" in said
        assert all(each in said for each in DRIFT)
        await pilot.press("y")
        await pilot.pause()
        assert [(each.name, each.args) for each in asked(tmp_path)] == [("lift", {})]


@piloted
async def test_escape_locks_and_lifts_nothing(tmp_path: Path) -> None:
    app = desk_of(tmp_path)
    async with app.run_test() as pilot:
        await pilot.press("L", "x", "escape")
        await pilot.pause()
        assert asked(tmp_path) == []
