"""Exit codes and what is said when something is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.demo import Demo
from tidegate import cli as command_line
from tidegate.core.errors import ConfigError, InputError, JournalError, RefusedError

Cli = Callable[..., Any]


@pytest.mark.parametrize(
    "words", [["bogus"], ["status", "--bogus"], ["trace"], ["halt", "sideways"], ["why", "--last", "0"]]
)
def test_a_wrong_command_line_exits_2_and_points_to_help(words: list[str], cli: Cli) -> None:
    ran = cli(*words)
    assert ran.code == 2
    assert "--help" in ran.err
    assert ran.out == ""


def test_with_json_an_error_is_one_document_on_stdout(cli: Cli) -> None:
    ran = cli("status", "--bogus", "--json")
    assert ran.err == ""
    error = ran.json()["error"]
    assert (error["kind"], error["exit_code"]) == ("UsageError", 2)
    assert "--bogus" in error["messages"][0]


@pytest.mark.parametrize("speed", ["fast", "0", "-3", "nan", "inf"])
def test_a_speed_must_be_above_zero_or_max(speed: str, cli: Cli) -> None:
    ran = cli("demo", "--headless", "--speed", speed)
    assert ran.code == 2
    assert "--speed" in ran.err


def test_a_recording_never_outruns_a_venue_that_answers_in_its_own_time(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("alpaca", reason="the executor needs it")
    chosen = {
        "executors.paper.enabled": "false",
        "executors.alpaca.enabled": "true",
        "sources.recording.enabled": "true",
        "sources.recording.files": '["session:demo.jsonl.gz"]',
    }
    sets = [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
    ran = cli("engine", "--state-dir", tmp_path / "state", *sets)
    assert (ran.code, ran.out) == (2, "")
    assert "executors.alpaca answers in its own time" in ran.err
    assert "--speed 40" in ran.err
    assert not (tmp_path / "state").exists()


def test_the_list_of_commands_cuts_no_sentence_at_80_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    listed = [cli(*group, "--help").out for group in ([], ["sandbox"], ["config"], ["plugins"])]
    assert "doctor" in listed[0]
    assert [line for text in listed for line in text.splitlines()[1:] if line.endswith("...")] == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("a", "b"), 2),
        (InputError("a"), 2),
        (RefusedError("a"), 3),
        (JournalError("a"), 1),
        (KeyError(1), 1),
    ],
)
def test_each_fault_has_its_exit_code_and_no_traceback(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(command_line, "app", fail)
    monkeypatch.delenv("TIDEGATE_DEBUG", raising=False)
    assert command_line.run([]) == code
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv("TIDEGATE_DEBUG", "1")
    command_line.run([])
    assert ("Traceback" in capsys.readouterr().err) == isinstance(error, KeyError)


@pytest.mark.parametrize("command", ["demo", "run", "desk"])
def test_a_desk_without_a_terminal_names_the_command_to_use_instead(command: str, cli: Cli) -> None:
    ran = cli(command)
    assert ran.code == 2
    assert "needs a terminal" in ran.err


def test_a_halt_needs_a_person_or_yes(cli: Cli, journal: Path) -> None:
    ran = cli("halt", "flatten", "--state-dir", journal)
    assert ran.code == 2
    assert "--yes" in ran.err


def test_a_halt_without_an_engine_waits_in_the_journal(cli: Cli, journal: Path) -> None:
    answer = cli("halt", "entries", "--yes", "--reason", "test", "--state-dir", journal, "--json").json()
    assert answer["answered"] is False
    assert answer["request"] == 1
    assert "next start" in answer["text"]


def test_stopping_where_nothing_runs_is_no_error(cli: Cli, journal: Path) -> None:
    ran = cli("stop", "--state-dir", journal, "--json")
    assert ran.code == 0
    assert ran.json()["answered"] is False


def test_a_demo_never_touches_another_modes_journal(cli: Cli, other_journal: Path) -> None:
    ran = cli("demo", "--headless", "--state-dir", other_journal)
    assert ran.code == 2
    assert "paper" in ran.err


def test_a_replay_does_not_mix_into_a_journal(cli: Cli, journal: Path, tmp_path: Path) -> None:
    ran = cli("replay", tmp_path / "a.jsonl", "--state-dir", journal)
    assert ran.code == 2
    assert "already" in ran.err


def test_a_mistake_in_the_configuration_costs_a_finished_demo_nothing(cli: Cli, demo: Demo, tmp_path: Path) -> None:
    folder = shutil.copytree(demo.folder, tmp_path / "demo")
    before = (folder / "tidegate.db").read_bytes()
    refused = cli("demo", "--headless", "--set", "size.base_usd=many", "--state-dir", folder)
    assert refused.code == 2
    assert (folder / "tidegate.db").read_bytes() == before
