"""`tidegate verify` and `tidegate backup` on the command line."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.journaling.journal import Journal
from tidegate.verification.verify import verify

Cli = Callable[..., Any]


def harmed(journal: Path) -> None:
    with closing(sqlite3.connect(journal / "tidegate.db", isolation_level=None)) as connection:
        connection.execute("UPDATE journal SET body = replace(body, 'NVDA', 'NVDB') WHERE seq = 9")


def test_a_sound_journal_is_said_to_be_sound_and_what_cannot_be_decided_again_is_named(cli: Cli, journal: Path) -> None:
    ran = cli("verify", "--state-dir", journal)
    assert ran.code == 0
    assert ran.out.endswith("Sound: nothing is missing, changed or different.\n")
    assert "could not be decided again" in ran.out
    assert "does not say with which configuration it ran" in ran.out


def test_a_changed_row_is_exit_code_1_with_its_number(cli: Cli, journal: Path) -> None:
    harmed(journal)
    ran = cli("verify", "--state-dir", journal)
    assert ran.code == 1
    assert "event 9 is not what was written: its hash does not fit" in ran.out
    shape = cli("verify", "--state-dir", journal, "--json").object()
    assert (shape["sound"], shape["findings"][0]["seq"]) == (False, 9)


@pytest.mark.parametrize("words", [["--from", "0"], ["--from", "999999"], ["nowhere.db"], ["--state-dir", "nowhere"]])
def test_what_is_not_there_is_the_users_mistake(cli: Cli, journal: Path, words: list[str]) -> None:
    given = words if "--state-dir" in words or "nowhere.db" in words else [*words, "--state-dir", str(journal)]
    assert cli("verify", *given).code == 2


def test_a_newer_journal_is_refused_in_a_sentence(cli: Cli, journal: Path) -> None:
    with closing(sqlite3.connect(journal / "tidegate.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    ran = cli("verify", "--state-dir", journal)
    assert ran.code == 1
    assert "newer than this program's 2: update tidegate" in ran.err


def test_an_empty_file_and_another_programs_database_are_no_journal(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert "holds no journal" in cli("verify", tmp_path / "empty.db").err
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE mood (text)")
    assert "another program's database" in cli("verify", tmp_path / "other.db").err


def test_a_file_that_is_no_database_is_damaged(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "torn.db").write_bytes(b"x" * 5000)
    ran = cli("verify", tmp_path / "torn.db")
    assert ran.code == 1
    assert "the file is damaged: file is not a database" in ran.out


# ---- backup


def test_a_backup_is_made_while_the_engine_writes_and_is_whole_and_private(cli: Cli, journal: Path) -> None:
    writer = Journal.open(journal)
    umask = os.umask(0)
    try:
        made = cli("backup", "--state-dir", journal, "--json").object()
    finally:
        os.umask(umask)
    path = Path(made["file"])
    assert path.parent == journal / "backups"
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert made["head"] == verify(journal / "tidegate.db").head == verify(path).head
    assert cli("verify", path).code == 0
    writer.close()


def test_a_backup_in_an_empty_folder_is_a_journal_to_start_from(cli: Cli, journal: Path, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert cli("backup", tmp_path / "new" / "tidegate.db", "--state-dir", journal).code == 0
    before, after = Journal.open(journal), Journal.open(tmp_path / "new")
    assert after.load() == before.load()
    before.close()
    after.close()


def test_a_backup_overwrites_nothing_and_needs_a_folder(cli: Cli, journal: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    ran = cli("backup", tmp_path / "mine", "--state-dir", journal)
    assert (ran.code, (tmp_path / "mine").read_text()) == (2, "precious")
    assert "is there already" in ran.err
    assert cli("backup", tmp_path / "no" / "where.db", "--state-dir", journal).code == 2
    assert cli("backup", "--state-dir", tmp_path / "no").code == 2


def test_a_backup_of_a_journal_that_is_not_sound_is_not_kept(cli: Cli, journal: Path, tmp_path: Path) -> None:
    harmed(journal)
    (tmp_path / "to").mkdir()
    ran = cli("backup", tmp_path / "to", "--state-dir", journal)
    assert ran.code == 1
    assert "event 9 is not what was written" in ran.err
    assert list((tmp_path / "to").iterdir()) == []
