"""`tidegate learner`: a person reads what was learned, from which outcomes, and takes it in hand."""

import json
import shutil
from pathlib import Path

import pytest

from tests.demo import Demo
from tidegate import cli


@pytest.fixture(scope="module")
def day(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(demo.folder, tmp_path_factory.mktemp("learner") / "state")  # it is asked for a reset


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert cli.run(list(words)) == 0
    return capsys.readouterr().out


def test_every_cell_has_its_interval_and_the_traces_that_moved_it(
    day: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = json.loads(told(capsys, "learner", "show", "--state-dir", str(day), "--json"))
    assert {cell["regime"] for cell in cells} >= {"PANIC", "RISK_ON"}
    for cell in cells:
        assert cell["low"] < cell["mean"] < cell["high"]
        assert cell["moves"][0]["before"] == 0.5
        assert cell["moves"][-1]["after"] == pytest.approx(cell["mean"])
    trace = cells[0]["moves"][0]["trace"]
    assert trace in told(capsys, "trace", trace, "--state-dir", str(day))


def test_one_cell_lists_its_moves_for_a_person(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, "learner", "show", "RISK_ON/options_flow", "--state-dir", str(day))
    assert "90 %" in said
    assert said.count("uw_") > 3


def test_an_unknown_cell_is_the_users_mistake(day: Path) -> None:
    assert cli.run(["learner", "show", "SUNNY", "--state-dir", str(day)]) == 2


def test_a_reset_needs_a_typed_word_or_yes(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["learner", "reset", "--state-dir", str(day)]) == 2
    assert "--yes" in capsys.readouterr().err


def test_without_an_engine_the_request_waits_for_the_next_start(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "next start" in told(capsys, "learner", "reset", "PANIC", "--yes", "--state-dir", str(day))
