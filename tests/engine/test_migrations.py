"""A journal of an older shape is brought up to date, and the file as it was is kept."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State
from tidegate.core.errors import JournalError
from tidegate.core.journaling.chain import GENESIS, link
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader
from tidegate.core.journaling.schema import VERSION
from tidegate.verification.verify import verify

DB = "tidegate.db"


@pytest.fixture
def older(tmp_path: Path, story: list[e.Recorded]) -> Path:
    """A journal as version 1 wrote it."""
    journal = Journal.open(tmp_path)
    journal.append(story)
    journal.close()
    with closing(sqlite3.connect(tmp_path / DB, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE journal DROP COLUMN hash")
        connection.execute("DROP TABLE head")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("PRAGMA journal_mode = DELETE")
    return tmp_path


def schema(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_every_row_gets_its_hash_and_the_old_file_stays_beside_it(older: Path, story: list[e.Recorded]) -> None:
    before = dump(older / DB)
    journal = Journal.open(older)
    assert journal.load() == fold_all(State(), story)
    journal.append([e.Recorded(len(story) + 1, story[-1].at, "", e.Tick())])
    journal.close()
    assert verify(older / DB, again=False).findings == ()
    assert (schema(older / DB), schema(older / "tidegate-v1.db")) == (VERSION, 1)
    assert dump(older / "tidegate-v1.db") == before
    assert stat.S_IMODE((older / "tidegate-v1.db").stat().st_mode) == 0o600


def test_an_older_journal_can_be_read_and_verified_as_it_is(older: Path, story: list[e.Recorded]) -> None:
    with closing(Reader.open(older)) as reader:
        assert reader.state() == fold_all(State(), story)
    report = verify(older / DB)
    assert report.sound
    assert report.head == ""
    assert "no hashes yet" in report.notes[0]
    assert schema(older / DB) == 1


def test_a_missing_row_of_an_older_journal_is_found(older: Path) -> None:
    with closing(sqlite3.connect(older / DB, isolation_level=None)) as connection:
        connection.execute("DELETE FROM journal WHERE seq = 7")
    assert verify(older / DB).findings == ((7, "event 7 is missing"),)


def test_a_migration_that_cannot_be_finished_changes_nothing(older: Path) -> None:
    with closing(sqlite3.connect(older / DB, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE head (mine TEXT)")
    before = dump(older / DB)
    with pytest.raises(JournalError, match="head already exists"):
        Journal.open(older)
    assert schema(older / DB) == 1
    with closing(sqlite3.connect(older / DB)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(journal)")]
    assert columns == ["seq", "at", "trace", "kind", "body"]
    assert dump(older / "tidegate-v1.db") == before


def test_a_backup_that_is_there_already_is_never_overwritten(older: Path) -> None:
    (older / "tidegate-v1.db").write_text("precious")
    Journal.open(older).close()
    assert (older / "tidegate-v1.db").read_text() == "precious"
    assert schema(older / "tidegate-v1.1.db") == 1


def test_a_restart_and_a_failed_commit_go_on_with_the_same_chain(tmp_path: Path, story: list[e.Recorded]) -> None:
    for first in range(0, len(story), 10):
        journal = Journal.open(tmp_path)
        journal.append(story[first : first + 10])
        journal._db.execute("PRAGMA query_only = 1")
        with pytest.raises(JournalError):
            journal.commit()
        journal._db.execute("PRAGMA query_only = 0")
        journal.close()
    assert verify(tmp_path / DB, again=False).findings == ()


def test_a_hash_covers_the_one_before_it_the_number_the_time_the_trace_the_kind_and_the_body() -> None:
    whole = {"at": b"at", "trace": b"trace", "kind": b"kind", "body": b"body"}
    told = [link(GENESIS, 1, *whole.values()), link(b"1" * 64, 1, *whole.values()), link(GENESIS, 2, *whole.values())]
    told += [link(GENESIS, 1, *{**whole, name: b"other"}.values()) for name in whole]
    assert len(set(told)) == 7
