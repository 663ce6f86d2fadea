"""Pictures of every screen at two sizes in three states: an unwanted change of the drawing shows here."""

from collections.abc import Callable

import pytest
from textual.app import App

from tests.screens.conftest import MakeDesk

Compare = Callable[..., bool]
DAYS = ("empty", "normal", "disaster")
SIZES = ((80, 24), (120, 40))


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("screen", ["1", "2", "4", "5", "6"], ids=["desk", "traces", "learner", "plugins", "health"])
def test_screens(snap_compare: Compare, make_desk: MakeDesk, screen: str, day: str, size: tuple[int, int]) -> None:
    app: App[None] = make_desk(day)
    assert snap_compare(app, press=[screen], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("day", ["normal", "disaster"])
@pytest.mark.parametrize(
    "keys",
    [["2", "G", "enter"], ["2", "j", "enter"], ["d"], ["4", "j", "j", "enter"]],
    ids=["trace-first", "trace-blocked", "heat", "moves"],
)
def test_details(snap_compare: Compare, make_desk: MakeDesk, keys: list[str], day: str, size: tuple[int, int]) -> None:
    assert snap_compare(make_desk(day), press=keys, terminal_size=size)


@pytest.mark.parametrize("keys", [["question_mark"], ["H"]], ids=["help", "halt"])
def test_dialogs(snap_compare: Compare, make_desk: MakeDesk, keys: list[str]) -> None:
    assert snap_compare(make_desk("normal"), press=keys)


@pytest.mark.parametrize("name", ["light", "contrast", "colour-blind", "ansi"])
def test_themes(snap_compare: Compare, make_desk: MakeDesk, name: str) -> None:
    app = make_desk("normal")
    app.theme = f"tidegate-{name}"
    assert snap_compare(app)


def test_a_tiny_terminal(snap_compare: Compare, make_desk: MakeDesk) -> None:
    assert snap_compare(make_desk("normal"), terminal_size=(50, 8))
