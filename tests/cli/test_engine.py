"""A background engine in a process of its own, asked through its journal."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.errors import InputError
from tidegate.core.journaling.lock import holder
from tidegate.running import detached as process

Cli = Callable[..., Any]

pytestmark = pytest.mark.slow


@pytest.fixture
def running(cli: Cli, tmp_path: Path) -> Iterator[Path]:
    """The folder of a paper engine that runs without any source."""
    folder = tmp_path / "engine"
    process.start(folder, [])
    yield folder
    cli("stop", "--force", "--state-dir", folder)


def test_an_engine_runs_answers_and_stops(cli: Cli, running: Path) -> None:
    held = holder(running)
    assert held is not None
    found = cli("status", "--state-dir", running, "--json").object()
    assert (found["state"], found["pid"], found["mode"]) == ("running", held.pid, "paper")
    answer = cli("halt", "entries", "--yes", "--reason", "test", "--state-dir", running, "--json").object()
    assert (answer["answered"], answer["ok"]) == (True, True)
    assert cli("status", "--state-dir", running, "--json").json()["halt"]["reason"] == "test"
    assert cli("release", "--yes", "--state-dir", running).code == 0
    assert cli("halt", "reduce", "--yes", "--state-dir", running).code == 0
    answer = cli("release", "--from-here", "--yes", "--state-dir", running, "--json").object()
    assert answer["text"] == "halt released; the drawdown counts from 10,000.00 USD"
    assert cli("stop", "--state-dir", running).code == 0
    assert cli("status", "--state-dir", running, "--json").object()["state"] == "stopped"


def test_a_second_engine_is_refused_and_told_who_holds_the_folder(cli: Cli, running: Path) -> None:
    held = holder(running)
    assert held is not None
    ran = cli("engine", "--state-dir", running)
    assert ran.code == 3
    assert str(held.pid) in ran.err


def test_a_plugin_is_switched_off_in_the_running_engine(cli: Cli, running: Path) -> None:
    answer = cli("plugins", "disable", "pace", "--state-dir", running, "--json").object()
    assert (answer["answered"], answer["ok"]) == (True, True)
    assert "pace" in (running / "overlay.toml").read_text()


def test_the_background_log_is_private(running: Path) -> None:
    assert (running / "engine.log").stat().st_mode & 0o777 == 0o600


def test_an_engine_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cluster_size"):
        process.start(tmp_path, ["--set", "alerts.cluster_size=0"])
