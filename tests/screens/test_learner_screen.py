"""What the Learner screen says, as values: each belief, what its multiplier waits for, and what moved it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import replace

from tests.screens.conftest import MakeDesk
from tests.screens.gauges import learner_gauge
from tests.screens.piloted import piloted
from tests.screens.story import LEARNER, bad_day, good_day
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.state import State
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Gauge
from tidegate.tui.app import Desk
from tidegate.tui.viewmodel.learner import beliefs as learners
from tidegate.tui.viewmodel.learner.strips import axis, strip
from tidegate.tui.viewmodel.text import length, plain
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.live_grid import LiveGrid

GOOD, BAD = good_day().told, bad_day().told
OPEN = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


def viewed(
    told: list[e.Recorded], changes: dict[str, object] | None = None, *, gauges: dict[str, object] | None = None
) -> View:
    state = replace(fold_all(State(), told), **(changes or {}))
    said = learner_gauge(told) if gauges is None else gauges
    known = {key: Gauge(at=OPEN, body=json.decode(json.encode(body))) for key, body in said.items()}
    return View(state=state, wall=OPEN, gauges=known)


def rows(view: View) -> dict[str, list[str]]:
    return {row.id: [plain(cell) for cell in row.cells] for row in learners.cell_rows(view)}


def title(view: View, width: int = 80) -> str:
    return "\n".join(plain(each) for each in learners.learner_lines(view, width))


def panel(view: View, cell: str, width: int = 80) -> str:
    each = next(each for each in learners.believed(view) if f"{each.regime}/{each.component}" == cell)
    return "\n".join(plain(line) for line in learners.belief_lines(each, view, width))


def shown(app: Desk, selector: str) -> str:
    """The text of a drawn widget."""
    widget = app.screen.query_one(selector)
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


# ---- cells


def test_a_cell_has_its_mean_interval_evidence_and_the_multiplier_in_force() -> None:
    told = rows(viewed(GOOD))["RISK_ON/options_flow"]
    assert told[:2] == ["RISK_ON", "options_flow"]
    assert told[3:] == ["0.633", "0.52-0.74", "45.6/15", "x 1.40", "-", "regime_beta"]


def test_cells_stand_by_regime_from_the_best_to_the_worst() -> None:
    assert list(rows(viewed(GOOD))) == [
        "RISK_ON/options_flow",
        "RISK_ON/temporal_motif",
        "MIXED/options_flow",
        "MIXED/whale_persistence",
    ]


def test_too_little_evidence_is_told_with_what_is_needed() -> None:
    view = viewed(GOOD)
    assert rows(view)["MIXED/whale_persistence"][5:7] == ["4.5/15", "x 1.00"]
    assert "evidence 4.5/15: not enough" in panel(view, "MIXED/whale_persistence")
    assert "evidence 45.6/15: enough" in panel(view, "RISK_ON/options_flow")


def test_in_shadow_mode_the_newest_multiplier_stands_beside_the_one_in_force() -> None:
    view = viewed(BAD)
    assert rows(view)["MIXED/options_flow"][6:8] == ["x 1.00", "x 0.43"]
    assert "x 0.43 once promoted" in panel(view, "MIXED/options_flow")


def test_without_an_engines_word_a_multiplier_is_unknown() -> None:
    view = viewed(GOOD, gauges={})
    assert rows(view)["MIXED/options_flow"][5:8] == ["22.7", "unknown", "-"]
    assert "multiplier unknown" in panel(view, "MIXED/options_flow")


@pytest.mark.parametrize("body", [None, 1, "x", [], {LEARNER: 1}, {LEARNER: {"applied": [1], "needed": "x"}}])
def test_no_gauge_of_another_shape_breaks_the_screen(body: object) -> None:
    view = viewed(GOOD, gauges={"learners": body})
    assert {told[6] for told in rows(view).values()} == {"unknown"}
    assert title(view).startswith(" LEARNER")


def test_every_row_has_a_cell_for_every_column() -> None:
    assert {len(row.cells) for row in learners.cell_rows(viewed(BAD))} == {len(learners.CELLS)}


# ---- learners in words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "regime_beta  learning, used in every score"),
        ({"frozen": [LEARNER]}, "FROZEN, learns nothing; what it knows stays in use"),
        ({"shadows": (LEARNER,)}, "learning; SHADOW: the newest is not applied"),
        ({"frozen": [LEARNER], "shadows": (LEARNER,)}, "FROZEN, learns nothing; SHADOW: the newest is not applied"),
        ({"toggled": {LEARNER: False}}, "off: multiplies and learns nothing"),
        ({"plugins": ()}, "off: multiplies and learns nothing"),
        ({"plugins": (), "toggled": {LEARNER: True}}, "learning, used in every score"),
        ({"quarantined": [LEARNER]}, "QUARANTINED: multiplies and learns nothing"),
    ],
)
def test_what_a_learner_does_is_told_in_words(changes: dict[str, object], words: str) -> None:
    assert words in title(viewed(GOOD, changes))


def test_a_learner_that_is_off_multiplies_nothing() -> None:
    view = viewed(GOOD, {"toggled": {LEARNER: False}})
    assert rows(view)["RISK_ON/options_flow"][6] == "x 1.00"
    assert "x 1.00 in force: the learner is off" in panel(view, "RISK_ON/options_flow")


def test_what_the_engine_said_a_while_ago_is_dated() -> None:
    late = replace(viewed(GOOD), wall=OPEN + timedelta(seconds=75))
    assert "as of 1m ago" in title(late)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"beliefs": {}}, "cells appear when the first position closes"),
        ({"beliefs": {}, "plugins": ()}, "No learner is on"),
        ({"beliefs": {}, "seq": 0, "plugins": ()}, "tidegate demo"),
    ],
)
def test_without_beliefs_the_screen_says_what_will_come_and_when(changes: dict[str, object], words: str) -> None:
    view = viewed(GOOD, changes)
    assert learners.cell_rows(view) == []
    assert words in learners.no_cells(view)
    assert all(length(each) <= 80 for each in learners.belief_lines(None, view, 80))


# ---- strips


def test_the_strip_of_the_prior_is_a_hill_and_that_of_a_certainty_a_needle() -> None:
    assert plain(strip(Cell(), 10)) == "▂▅▆▇██▇▆▅▂"
    assert plain(strip(Cell(alpha=905.0, beta=95.0), 10)) == "▁▁▁▁▁▁▁▁▄█"


@given(st.floats(0.5, 500.0), st.floats(0.5, 500.0), st.integers(1, 200))
def test_strip_and_axis_have_exactly_their_width(alpha: float, beta: float, width: int) -> None:
    cell = Cell(alpha=alpha, beta=beta)
    assert length(strip(cell, width)) == width
    assert length(axis(cell, width)) == width
    assert "█" in plain(strip(cell, width))


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_a_belief_fits_into_every_width(width: int) -> None:
    view = viewed(GOOD)
    for each in learners.believed(view):
        assert all(length(line) <= width for line in learners.belief_lines(each, view, width))


# ---- the screen


@piloted
async def test_enter_lists_the_moves_of_a_cell_and_enter_again_opens_the_outcome(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("4", "j", "j")
        await pilot.pause()
        assert "MIXED options_flow" in shown(app, "#belief-title")
        await pilot.press("enter")
        await pilot.pause()
        assert app.top is not None
        assert app.top.where == "moves"
        listed = shown(app, "#moves").splitlines()
        assert "0.547  0.528 ▼ -0.0184 TSLA  ▼   -10.08" in listed[1]
        assert "0.530  0.547 ▲ +0.0164 MSFT  ▲   +12.40" in listed[2]
        await pilot.press("enter")
        await pilot.pause()
        assert app.top.where == "trace"
        assert "TSLA" in shown(app, "#title")
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert app.screen.query_one("#list", LiveGrid).cursor == 2


@piloted
async def test_a_move_that_comes_while_one_looks_is_added(make_desk: MakeDesk, tmp_path: Path) -> None:
    app = make_desk("normal")
    async with app.run_test() as pilot:
        await pilot.press("4", "enter")
        await pilot.pause()
        assert "RISK_ON/options_flow  regime_beta  1" in shown(app, "#title")
        reset = e.BeliefReset(learner=LEARNER, cells=("RISK_ON/options_flow",), who="kim")
        journal = Journal.open(tmp_path)
        journal.append([e.Recorded(len(GOOD) + 1, GOOD[-1].at + timedelta(seconds=1), "", reset)])
        journal.commit()
        journal.close()
        app.tick()
        await pilot.pause()
        assert "0.633  0.500 ▼ -0.1331 -              - reset by kim" in shown(app, "#moves").splitlines()[1]
        assert shown(app, "#moves").count("09:50:00") == 1


@piloted
async def test_the_screen_is_calm_without_a_journal(make_desk: MakeDesk) -> None:
    app = make_desk("empty")
    async with app.run_test() as pilot:
        await pilot.press("4", "enter")
        await pilot.pause()
        assert "tidegate demo" in shown(app, "#list")
        assert "HOW IT LEARNS" in shown(app, "#belief-title")
