"""A state folder that cannot be one is the user's mistake, told in words, whatever the command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
COMMANDS = (
    "status", "positions", "queue", "why", "trace x", "score NVDA", "regime", "quota", "doctor", "health", "audit",
    "verify", "backup", "record --out x", "stop", "halt entries --yes", "release --yes", "lockdown --show", "reconcile",
    "learner show", "plugins", "plugins disable pace", "config check", "config show", "demo --headless", "engine",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("inside", [False, True])
def test_a_file_in_place_of_the_state_folder_is_told_as_such(
    cli: Cli, tmp_path: Path, command: str, *, inside: bool
) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = file / "deeper" if inside else file
    ran = cli(*command.split(), "--state-dir", folder)
    assert (ran.code, ran.out) == (2, "")
    assert f"The state folder {folder} cannot be used: Not a directory" in ran.err
    assert "our fault" not in ran.err


def test_a_replay_is_not_kept_in_a_file(cli: Cli, tmp_path: Path) -> None:
    day = tmp_path / "day.jsonl"
    day.touch()
    ran = cli("replay", day, "--state-dir", day)
    assert ran.code == 2
    assert "cannot be used: Not a directory" in ran.err


def test_a_name_of_the_environment_that_is_a_file_says_where_it_came_from(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIDEGATE_STATE", str(tmp_path / "file"))
    ran = cli("status", "--json")
    assert ran.code == 2
    assert "$TIDEGATE_STATE" in ran.json()["error"]["messages"][0]


def test_a_backup_that_cannot_be_written_names_the_place(cli: Cli, journal: Path) -> None:
    (journal / "backups").touch()
    ran = cli("backup", "--state-dir", journal)
    assert ran.code == 2
    assert f"{journal / 'backups'} cannot be written" in ran.err
    ran = cli("backup", "/proc/copy.db", "--state-dir", journal)
    assert ran.code == 2
    assert "/proc cannot be written" in ran.err
