"""The health report on the desk: as values, while it is asked for, and made by the real command."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.screens.conftest import MakeDesk
from tests.screens.examined import EVIDENCE, health_report
from tests.screens.piloted import piloted
from tests.screens.story import good_day
from tests.screens.test_keys import shown
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State
from tidegate.core.journaling.journal import Journal
from tidegate.output.presenting import to_json
from tidegate.output.shapes import ErrorShape
from tidegate.tui import examining
from tidegate.tui.app import Desk
from tidegate.tui.examining import examine, read
from tidegate.tui.viewmodel.health.report import (
    EVIDENCE_LINES,
    REPORT,
    evidence_lines,
    no_report,
    report_rows,
    report_title,
)
from tidegate.tui.viewmodel.text import length, plain
from tidegate.tui.viewmodel.view import Report, View
from tidegate.tui.widgets.live_grid import LiveGrid

OPEN = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
GOOD = fold_all(State(), good_day().told)
READY, NOT = (Report(shape=health_report(OPEN, well=well)) for well in (True, False))


def viewed(report: Report, *, wall: datetime = OPEN, state: State = GOOD) -> View:
    return View(state=state, wall=wall, report=report)


def title(report: Report, *, wall: datetime = OPEN) -> str:
    return " ".join(plain(report_title(viewed(report, wall=wall), 100)).split())


# ---- as values


def test_the_title_says_whether_the_week_can_be_audited_and_how_old_the_answer_is() -> None:
    assert title(READY) == "REPORT ready for the end-of-week audit: yes 12s old"
    assert title(NOT) == "REPORT ready for the end-of-week audit: NO, 4 reasons 12s old"
    assert title(READY, wall=OPEN + timedelta(minutes=5)).endswith("5m old")


def test_every_capability_stands_with_its_result_and_evidence() -> None:
    rows = {plain(row.cells[0]): [plain(cell) for cell in row.cells[1:]] for row in report_rows(viewed(READY))}
    assert rows["persistence"] == ["works", EVIDENCE["persistence"]]
    assert rows["seal"] == ["off", EVIDENCE["seal"]]
    assert set(EVIDENCE) <= set(rows)
    assert rows["note"] == ["", "3 signals wait in the queue."]


def test_what_is_in_the_way_comes_first_and_nothing_is_told_twice() -> None:
    rows = [(plain(row.cells[0]), plain(row.cells[1])) for row in report_rows(viewed(NOT))]
    assert rows[:4] == [
        ("PANIC queue", "BROKEN"),
        ("regime isolation", "unknown"),
        ("in the way", "NO"),
        ("in the way", "NO"),
    ]
    assert len(rows) == len(EVIDENCE) + 2 + 1
    assert len({row.key for row in report_rows(viewed(NOT))}) == len(rows)
    assert {len(row.cells) for row in report_rows(viewed(NOT))} == {len(REPORT)}


def test_while_it_is_asked_for_the_last_report_stays_with_its_age() -> None:
    asked = Report(shape=READY.shape, asking=True)
    assert title(asked).endswith("12s old asking ...")
    assert report_rows(viewed(asked)) == report_rows(viewed(READY))
    assert title(Report(asking=True)) == "REPORT asking ..."
    assert no_report(viewed(Report(asking=True))) == "asking ..."


def test_an_answer_that_could_not_be_had_anew_is_not_given_again() -> None:
    assert title(Report(shape=READY.shape, problem="the mode is unknown")) == "REPORT the mode is unknown 12s old"


def test_where_no_engine_ran_there_is_nothing_to_examine() -> None:
    view = viewed(Report(), state=State())
    assert (title(Report()), report_rows(view)) == ("REPORT", [])
    assert "before an engine has run" in no_report(view)


@pytest.mark.parametrize("width", [10, 60, 80, 200])
def test_title_and_evidence_fit_into_every_width(width: int) -> None:
    for report in (READY, NOT, Report(problem="x" * 300, asking=True)):
        assert length(report_title(viewed(report), width)) == width
        for row in report_rows(viewed(report)):
            assert len(evidence_lines(row, width)) <= EVIDENCE_LINES
            assert all(length(each) <= width for each in evidence_lines(row, width))


def test_three_lines_hold_the_longest_evidence() -> None:
    row = next(row for row in report_rows(viewed(READY)) if row.key == "probe back-off")
    assert " ".join(plain(each).strip() for each in evidence_lines(row, 80)) == EVIDENCE["back-off"]


# ---- what the command printed


def test_a_report_is_read_as_it_was_printed() -> None:
    assert read(0, to_json(READY.shape).encode()) == READY
    assert read(1, to_json(NOT.shape).encode()) == NOT


@pytest.mark.parametrize(
    ("code", "said", "problem"),
    [
        (
            2,
            to_json({"error": ErrorShape(kind="InputError", exit_code=2, messages=["No.", "Help."])}).encode(),
            "No.",
        ),
        (2, b'{"error": {"kind": "x", "exit_code": 2, "messages": []}}', "no report: exit code 2"),
        (-9, b"", "no report that can be read came: exit code -9"),
        (0, b'{"ready": true}', "no report that can be read came: exit code 0"),
        (1, b"\xff[]", "no report that can be read came: exit code 1"),
    ],
)
def test_a_failure_is_one_sentence(code: int, said: bytes, problem: str) -> None:
    assert read(code, said) == Report(problem=problem)


def test_a_command_that_cannot_be_started_is_a_sentence_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "gone"))
    assert asyncio.run(examine(tmp_path)).problem == "the report could not be asked for: No such file or directory"


def test_a_report_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "LIMIT_S", 0.001)
    assert "no report came within" in asyncio.run(examine(good_day().write(tmp_path))).problem


# ---- the screen


def asking(folder: Path, ask: Callable[[Path], Awaitable[Report]]) -> Desk:
    story = good_day()
    return Desk(story.write(folder), clock=lambda: story.at, rate_hz=0, ask=ask)


@piloted
async def test_the_screen_asks_when_it_opens_and_r_asks_anew_but_never_twice_at_once(tmp_path: Path) -> None:
    asked, answer = [], asyncio.Event()

    async def ask(folder: Path) -> Report:
        asked.append(folder)
        await answer.wait()
        return READY

    app = asking(tmp_path, ask)
    async with app.run_test() as pilot:
        await pilot.press("2")
        await pilot.pause()
        assert asked == []
        await pilot.press("6", "r", "1", "6")
        await pilot.pause()
        assert asked == [tmp_path]
        assert "asking ..." in shown(app, "#report-title")
        answer.set()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "audit: yes" in shown(app, "#report-title")
        await pilot.press("1", "6")
        await pilot.pause()
        assert len(asked) == 1
        await pilot.press("r")
        await pilot.pause()
        assert len(asked) == 2


@piloted
async def test_a_failure_keeps_the_rows_and_takes_back_the_answer(tmp_path: Path) -> None:
    answers = iter([READY, Report(problem="the mode is unknown")])

    async def ask(_: Path) -> Report:
        return next(answers)

    app = asking(tmp_path, ask)
    async with app.run_test() as pilot:
        await pilot.press("6")
        await app.workers.wait_for_complete()
        await pilot.press("r")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "the mode is unknown" in shown(app, "#report-title")
        assert "yes" not in shown(app, "#report-title")
        assert "persistence" in shown(app, "#report")


@piloted
async def test_without_a_journal_nothing_is_asked(tmp_path: Path) -> None:
    async def ask(_: Path) -> Report:
        raise AssertionError

    app = Desk(tmp_path / "nothing", rate_hz=0, ask=ask)
    async with app.run_test() as pilot:
        await pilot.press("6", "r")
        await pilot.pause()
        assert "before an engine has run" in shown(app, "#report")


@piloted
async def test_the_report_grows_with_the_focus_and_shows_all_of_its_evidence(make_desk: MakeDesk) -> None:
    app = make_desk("normal")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen.query_one("#report", LiveGrid).page == 2
        await pilot.press("h", "j")
        await pilot.pause()
        assert app.screen.query_one("#report", LiveGrid).page == 5
        assert " ".join(shown(app, "#evidence").split()) == EVIDENCE["back-off"]
        assert app.screen.query_one("#vitals").region.bottom == 23
        await pilot.press("y", "l")
        await pilot.pause()
        assert app.clipboard == EVIDENCE["back-off"]
        assert app.screen.query_one("#report", LiveGrid).page == 2


@pytest.mark.slow
@piloted
async def test_the_real_command_is_asked_and_what_it_says_appears(tmp_path: Path) -> None:
    started = e.Recorded(1, OPEN, "", e.EngineStarted(mode="paper", version="0"))
    journal = Journal.open(tmp_path)
    journal.append([started])
    journal.close()
    app = Desk(tmp_path, rate_hz=0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert "asking ..." in shown(app, "#report-title")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.feed.report.problem == ""
        assert "audit: NO" in shown(app, "#report-title")
        assert "did not end cleanly" in shown(app, "#report")
        assert "persistence works" in " ".join(shown(app, "#report").split())


@pytest.mark.slow
@piloted
async def test_a_desk_that_ends_does_not_wait_for_its_report(tmp_path: Path) -> None:
    app = asking(tmp_path, examine)
    async with app.run_test() as pilot:
        await pilot.press("6")
        await pilot.pause()
        assert app.feed.report.asking
        await pilot.press("q")
    assert app.feed.report.shape is None
