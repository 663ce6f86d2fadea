import os
import signal
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.needs import needs_root
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State, encode_state
from tidegate.core.domain.values import Quote
from tidegate.core.errors import JournalError
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader

AT = datetime(2026, 10, 8, 14, 30, tzinfo=UTC)
DB = "tidegate.db"


def ticks(first: int, last: int) -> list[e.Recorded]:
    return [e.Recorded(seq, AT, "", e.Tick()) for seq in range(first, last + 1)]


def journal_with(folder: Path, told: list[e.Recorded]) -> Journal:
    journal = Journal.open(folder)
    journal.append(told)
    journal.commit()
    return journal


def test_a_restart_restores_every_field_of_the_state(tmp_path: Path, story: list[e.Recorded]) -> None:
    lived = fold_all(State(), story)
    journal_with(tmp_path, story).close()
    restarted = Journal.open(tmp_path)
    assert restarted.load() == lived
    assert lived.positions["BBB"].targets_hit == [0]
    assert lived.queue
    assert lived.beliefs
    assert lived.halt
    restarted.close()


@pytest.mark.parametrize("cut", [1, 10, 20, 30])
def test_a_checkpoint_and_the_tail_equal_the_whole_story(tmp_path: Path, story: list[e.Recorded], cut: int) -> None:
    journal = journal_with(tmp_path, story[:cut])
    journal.checkpoint(fold_all(State(), story[:cut]))
    journal.append(story[cut:])
    journal.commit()
    assert journal.load() == fold_all(State(), story)
    assert encode_state(journal.load()) == encode_state(fold_all(State(), story))
    journal.close()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE checkpoints SET body = substr(body, 1, length(body) / 2) WHERE seq = :newest",
        "UPDATE checkpoints SET body = CAST(replace(CAST(body AS TEXT), 'AAA', 'AAB') AS BLOB)",
        "UPDATE checkpoints SET digest = 'written by other code'",
        "UPDATE checkpoints SET body = 'text'",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET seq = seq + 1000",
    ],
)
def test_a_checkpoint_that_cannot_be_trusted_is_passed_over(tmp_path: Path, story: list[e.Recorded], harm: str) -> None:
    journal = Journal.open(tmp_path)
    state = State()
    for each in story:
        journal.append([each])
        fold_all(state, [each])
        if each.seq in (10, 20, 30):
            journal.checkpoint(state)
    journal.close()
    with sqlite3.connect(tmp_path / DB) as connection:
        connection.execute(harm, {"newest": 30} if ":newest" in harm else {})
    connection.close()
    reopened = Journal.open(tmp_path)
    assert reopened.load() == state
    reopened.close()


def test_a_checkpoint_that_holds_what_json_cannot_is_passed_over(tmp_path: Path, story: list[e.Recorded]) -> None:
    journal = journal_with(tmp_path, story)
    spoiled = fold_all(State(), story)
    spoiled.regime.confidence = float("nan")
    journal.checkpoint(spoiled)
    assert journal.load() == fold_all(State(), story)
    journal.close()


def test_the_newest_three_checkpoints_are_kept(tmp_path: Path) -> None:
    journal, state = Journal.open(tmp_path), State()
    for seq in range(1, 8):
        journal.append(fold_and_return(state, ticks(seq, seq)))
        journal.checkpoint(state)
    journal.close()
    with sqlite3.connect(tmp_path / DB) as connection:
        kept = connection.execute("SELECT seq FROM checkpoints ORDER BY seq").fetchall()
    connection.close()
    assert kept == [(5,), (6,), (7,)]


def fold_and_return(state: State, told: list[e.Recorded]) -> list[e.Recorded]:
    fold_all(state, told)
    return told


def test_the_folder_and_every_file_belong_to_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "state"
    umask = os.umask(0)
    try:
        journal = journal_with(folder, ticks(1, 3))
    finally:
        os.umask(umask)
    names = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert names == {DB: 0o600, f"{DB}-wal": 0o600, f"{DB}-shm": 0o600}
    journal.close()
    assert [file.name for file in folder.iterdir()] == [DB]


def test_the_journal_is_written_ahead_and_fully_synced(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.set_gauges(AT, {"heartbeat": 1})
    answers = [journal._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert answers == ["wal", 2]
    journal.close()


def test_a_full_disk_keeps_the_group_for_the_next_commit(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, ticks(1, 10))
    journal._db.execute("PRAGMA max_page_count = 1")
    journal.append(ticks(11, 5000))
    with pytest.raises(JournalError, match="full"):
        journal.commit()
    journal.append(ticks(5001, 5001))
    assert journal.pending == 4991
    reader = Reader.open(tmp_path)
    assert reader.last_seq() == 10
    journal._db.execute("PRAGMA max_page_count = 1000000")
    journal.commit()
    assert (journal.pending, reader.last_seq()) == (0, 5001)
    reader.close()
    journal.close()


def test_a_second_writer_of_the_same_event_is_an_error(tmp_path: Path) -> None:
    one, two = Journal.open(tmp_path), Journal.open(tmp_path)
    one.append(ticks(1, 1))
    one.commit()
    two.append(ticks(1, 2))
    with pytest.raises(JournalError, match="UNIQUE"):
        two.commit()
    with pytest.raises(JournalError):
        two.close()
    one.close()


def test_an_event_that_json_cannot_hold_is_refused_before_it_is_stored(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    quote = Quote(symbol="AAA", at=AT, last=float("nan"))
    with pytest.raises(JournalError, match=r"event 2 \(QuoteSeen\)"):
        journal.append([*ticks(1, 1), e.Recorded(2, AT, "", e.QuoteSeen(source="x", quote=quote))])
    assert journal.pending == 0
    journal.close()


def test_an_event_of_an_unknown_kind_is_named(tmp_path: Path) -> None:
    journal = journal_with(tmp_path, ticks(1, 3))
    journal._db.execute("""UPDATE journal SET body = '{"kind":"Sneeze"}' WHERE seq = 2""")
    with pytest.raises(JournalError, match=r"event 2 of the journal cannot be read.*Sneeze"):
        journal.load()
    journal.close()


def test_times_of_other_zones_are_stored_as_utc(tmp_path: Path) -> None:
    told = e.Recorded(1, datetime.fromisoformat("2026-10-08T10:30:00-04:00"), "", e.Tick())
    journal = journal_with(tmp_path, [told])
    assert journal._db.execute("SELECT at FROM journal").fetchone()[0] == "2026-10-08T14:30:00.000000+00:00"
    journal.close()


# ---- files that are not ours to write


@pytest.mark.parametrize("content", [b"no database at all\n", b"x" * 100_000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / DB).write_bytes(content)
    with pytest.raises(JournalError, match=f"{DB}: file is not a database"):
        Journal.open(tmp_path)
    assert (tmp_path / DB).read_bytes() == content


def test_a_journal_of_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    journal_with(tmp_path, ticks(1, 3)).close()
    with sqlite3.connect(tmp_path / DB) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (tmp_path / DB).read_bytes()
    for opened in (Journal.open, Reader.open):
        with pytest.raises(JournalError, match="schema 99, newer than this program's 2: update tidegate"):
            opened(tmp_path)
    assert (tmp_path / DB).read_bytes() == before


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DB) as connection:
        connection.execute("CREATE TABLE journal (mood TEXT)")
    connection.close()
    before = (tmp_path / DB).read_bytes()
    for opened in (Journal.open, Reader.open):
        with pytest.raises(JournalError, match="another program's database"):
            opened(tmp_path)
    assert (tmp_path / DB).read_bytes() == before


def test_a_write_protected_journal_says_how_to_allow_writing(tmp_path: Path) -> None:
    journal_with(tmp_path, ticks(1, 3)).close()
    (tmp_path / DB).chmod(0o400)
    with pytest.raises(JournalError, match="chmod u"):
        Journal.open(tmp_path)


@needs_root
def test_a_journal_of_another_user_is_refused(tmp_path: Path) -> None:
    journal_with(tmp_path, ticks(1, 3)).close()
    os.chown(tmp_path / DB, 65534, 65534)
    with pytest.raises(JournalError, match=r"another user \(uid 65534\)"):
        Journal.open(tmp_path)


def test_a_state_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(JournalError, match="state"):
        Journal.open(tmp_path / "state")


# ---- kill -9

WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tidegate.core.domain.events import Recorded, Tick
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.journaling.journal import Journal
journal = Journal.open(Path(sys.argv[1]))
state = journal.load()
at = datetime(2026, 10, 8, 14, 30, tzinfo=UTC)
for group in range(1, 1_000_000):
    told = [Recorded(state.seq + number, at, "", Tick()) for number in range(1, 8)]
    fold_all(state, told)
    journal.append(told)
    journal.commit()
    if group % 5 == 0:
        journal.checkpoint(state)
    print(state.seq, flush=True)
"""


def test_a_killed_writer_leaves_whole_groups_and_everything_it_had_committed(tmp_path: Path) -> None:
    promised = 0
    for round_ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(11 + round_):
            promised = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        reader = Reader.open(tmp_path)
        assert reader.last_seq() >= promised
        reader.close()
        journal = Journal.open(tmp_path)
        state = journal.load()
        journal.close()
        assert state.seq >= promised
        assert state.seq % 7 == 0
