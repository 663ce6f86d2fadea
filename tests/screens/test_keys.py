"""The one table of commands, and what each key does."""

from datetime import timedelta
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList

from tests.screens.conftest import MakeDesk
from tests.screens.piloted import piloted
from tests.screens.story import good_day
from tidegate.core.domain import events as e
from tidegate.core.domain.values import Quote
from tidegate.core.journaling.journal import Journal, Reader, Request
from tidegate.tui.app import Desk
from tidegate.tui.keys import COMMANDS, EVERYWHERE, commands
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.dialog import Dialog
from tidegate.tui.screens.help import HelpPage
from tidegate.tui.screens.trace import TraceScreen
from tidegate.tui.viewmodel.footer import footer_line
from tidegate.tui.viewmodel.help import help_lines
from tidegate.tui.viewmodel.text import length, plain
from tidegate.tui.widgets.live_grid import LiveGrid

SWALLOWED = {f"ctrl+{letter}" for letter in "basqzimjh"}
SCREENS = {"desk": "1", "traces": "2", "learner": "4", "plugins": "5", "health": "6"}


def asked(folder: Path) -> list[Request]:
    """What the desk left for the engine."""
    journal = Journal.open(folder)
    try:
        return journal.requests(0)
    finally:
        journal.close()


def shown(app: Desk, selector: str) -> str:
    """The text of a drawn widget."""
    widget = app.screen.query_one(selector)
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


def test_no_key_is_one_that_terminals_swallow() -> None:
    assert not SWALLOWED & {key for command in COMMANDS for key in command.keys.split(",")}


def test_every_action_has_a_plain_key() -> None:
    for command in COMMANDS:
        assert any("+" not in key for key in command.keys.split(",")), command.title


def test_no_key_means_two_things_on_one_screen() -> None:
    for where in SCREENS:
        keys = [key for command in commands(where) for key in command.keys.split(",")]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("where", [*SCREENS, "trace", "moves", "heat"])
def test_every_command_of_a_screen_is_in_its_help(where: str) -> None:
    text = "\n".join(plain(each) for each in help_lines(where))
    for command in commands(where):
        assert command.title in text
        assert command.shown_keys in text
    assert all(length(each) <= 76 for each in help_lines(where))


def test_the_footer_names_only_what_exists() -> None:
    text = plain(footer_line("desk", "", 200, problem=False))
    words = "1 Desk 2 Traces 4 Learner 5 Plugins 6 Health d heat / filter ? help H halt q detach"
    assert " ".join(text.split()) == words


@piloted
async def test_every_binding_comes_from_the_table(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        for where, key in SCREENS.items():
            await pilot.press(key)
            assert isinstance(app.screen, DeskScreen)
            assert app.screen.where == where
            table = {key for command in commands(where) for key in command.keys.split(",")}
            assert set(app.active_bindings) == table


@piloted
async def test_every_command_is_in_the_palette(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("colon")
        await pilot.pause()
        listed = app.screen.query_one(OptionList)
        await pilot.wait_for_scheduled_animations()
        while listed.option_count < len(commands("desk")):
            await pilot.pause(0.02)
        text = "\n".join(str(listed.get_option_at_index(n).prompt) for n in range(listed.option_count))
        assert all(command.title in text for command in commands("desk"))


@piloted
async def test_the_palette_runs_a_command(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("ctrl+p", *"plugins")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.current_mode == "plugins"


@piloted
async def test_enter_opens_the_trace_of_a_position_and_escape_returns(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("j", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TraceScreen)
        assert "XOM" in shown(app, "#title")
        assert "judged" in shown(app, "#timeline")
        await pilot.press("escape")
        assert app.screen.query_one("#positions", LiveGrid).cursor == 1


@piloted
async def test_halting_takes_two_keys_and_says_what_it_does(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("H")
        await pilot.pause()
        assert "7 positions keep exits" in shown(app, "#question")
        assert asked(tmp_path) == []
        await pilot.press("e")
        await pilot.pause()
        assert [(each.name, each.args["level"]) for each in asked(tmp_path)] == [("halt", "entries")]
        assert "asked the engine: halt" in shown(app, "#footer")


@piloted
async def test_escape_and_other_keys_halt_nothing(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("H", "x", "q", "enter", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)
        assert asked(tmp_path) == []


@piloted
async def test_a_halt_is_released_after_a_question(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("disaster")
    async with app.run_test() as pilot:
        await pilot.press("R")
        await pilot.pause()
        assert "risk_limits" in shown(app, "#question")
        await pilot.press("y")
        await pilot.pause()
        assert [each.name for each in asked(tmp_path)] == ["release"]


@piloted
async def test_without_a_halt_there_is_nothing_to_release(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("R")
        await pilot.pause()
        assert "no halt" in shown(app, "#footer")
        assert asked(tmp_path) == []


@piloted
async def test_stopping_the_engine_is_confirmed(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("X", "y")
        await pilot.pause()
        assert [each.name for each in asked(tmp_path)] == ["stop"]


@piloted
async def test_a_plugin_is_switched_after_a_question(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("5", "G", "o")
        await pilot.pause()
        assert "Switch gates.pace on?" in shown(app, "#question")
        await pilot.press("y")
        await pilot.pause()
        assert [each.args for each in asked(tmp_path)] == [{"name": "gates.pace", "enabled": "true"}]


@piloted
async def test_the_answer_of_the_engine_is_shown(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("H", "e")
        await pilot.pause()
        journal = Journal.open(tmp_path)
        journal.answer(asked(tmp_path)[0].id, ok=True, text="halted: entries")
        journal.close()
        app.tick()
        await pilot.pause()
        assert "halt: halted: entries" in shown(app, "#footer")


@piloted
async def test_pausing_holds_the_picture_but_not_the_status(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("space")
        before = shown(app, "#positions")
        continue_day(tmp_path)
        app.tick()
        await pilot.pause()
        assert shown(app, "#positions") == before
        assert "DRAWING PAUSED" in shown(app, "#status")
        assert f"seq {len(good_day().told) + 2}" in shown(app, "#status")
        await pilot.press("space")
        await pilot.pause()
        assert "139.99" in shown(app, "#positions")


@piloted
async def test_a_changed_price_repaints_its_cells_and_no_others(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        grid = app.screen.query_one("#positions", LiveGrid)
        grid._repaint_regions.clear()
        continue_day(tmp_path)
        app.tick()
        changed = set(grid._repaint_regions)
        assert changed
        assert {region.height for region in changed} == {1}
        assert all(region.width < 15 for region in changed)
        await pilot.pause()
        assert "139.99" in shown(app, "#positions")


@piloted
async def test_y_copies_the_id_under_the_cursor(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("y")
        assert app.clipboard.startswith("uw_")
        await pilot.press("d", "y")
        await pilot.pause()
        assert "nothing under the cursor" in shown(app, "#footer")


@piloted
async def test_the_filter_takes_every_key_and_escape_clears_it(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("slash")
        await pilot.pause()
        await pilot.press(*"qqq H")
        await pilot.pause()
        assert app.screen.query_one(Input).value == "qqq H"
        await pilot.press("backspace", "backspace", "enter")
        await pilot.pause()
        assert shown(app, "#list").count("bearish") == 1
        await pilot.press("escape")
        await pilot.pause()
        assert shown(app, "#list").count("bearish") == 2


@piloted
async def test_any_id_typed_into_the_filter_opens_its_trace(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    name = next(iter(Reader.open(tmp_path).state().orders))
    async with app.run_test() as pilot:
        await pilot.press("slash", *name, "enter")
        await pilot.pause()
        assert isinstance(app.screen, TraceScreen)


@piloted
async def test_help_opens_and_any_key_closes_it(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpPage)
        await pilot.press("j", "q")
        assert isinstance(app.screen, DeskScreen)


@piloted
async def test_themes_take_turns_and_each_one_draws(make_desk: MakeDesk) -> None:
    app = make_desk("disaster")
    async with app.run_test() as pilot:
        seen = []
        for _ in range(5):
            await pilot.press("t")
            await pilot.pause()
            seen.append(app.theme)
        assert len(set(seen)) == 5
        assert seen[-1] == "tidegate-dark"


@piloted
async def test_panels_take_the_focus_in_turn(make_desk: MakeDesk) -> None:
    app = make_desk("disaster")
    async with app.run_test() as pilot:
        places = []
        for key in ("l", "right", "tab", "h"):
            await pilot.press(key)
            places.append(app.focused.id if app.focused is not None else None)
        assert places == ["queue", "tape", "positions", "tape"]


def continue_day(folder: Path) -> None:
    """One more price."""
    story = good_day()
    journal = Journal.open(folder)
    for number in (1, 2):  # a jump, and its witness
        at = story.at + timedelta(seconds=number)
        seen = e.QuoteSeen(source="alpaca", quote=Quote(symbol="NVDA", at=at, last=139.99, bid=139.99, ask=139.99))
        journal.append([e.Recorded(len(story.told) + number, at, "", seen)])
    journal.commit()
    journal.close()


def test_where_names_a_screen() -> None:
    assert {command.where for command in COMMANDS} <= {
        EVERYWHERE,
        "desk",
        "traces",
        "trace",
        "learner",
        "moves",
        "plugins",
        "health",
        "heat",
    }
