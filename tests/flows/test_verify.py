"""What `verify` says of journals that are as they were written, and of those that are not."""

import gzip
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.needs import needs_root
from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader
from tidegate.core.journaling.restore import checkpoint_digest
from tidegate.folders import JOURNAL
from tidegate.verification.verify import Report, verify

SESSION = Path(__file__).parents[2] / "tidegate" / "sessions" / "demo.jsonl.gz"
LINES = 1500
PLAYED = ["engine.checkpoint_events=300"]


@pytest.fixture(autouse=True)
def _sound_journals() -> None:
    """These tests leave behind what is not sound."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first minutes of the demo, in which a person switches a plugin off and one on that was never loaded."""
    lines = gzip.decompress(SESSION.read_bytes()).decode().splitlines()[:LINES]
    at = [json.loads(line)[1].get("time") for line in lines if line.startswith('["quotes"')][len(lines) // 6]
    for name, enabled in (("exits.stale", "false"), ("gates.pace", "true")):
        lines.append(
            json.dumps(["operator", {"time": at, "name": "plugin", "args": {"name": name, "enabled": enabled}}])
        )
    path = tmp_path_factory.mktemp("recording") / "morning.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def played(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of real decisions. Read only."""
    folder = tmp_path_factory.mktemp("played")
    boot.run(boot.configure(state_dir=folder, files=[recording], sets=PLAYED, without=["no:pace"]), speed=None)
    return folder / JOURNAL


@pytest.fixture
def journal(played: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(played, tmp_path / JOURNAL))


@contextmanager
def tampered(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def tell(path: Path, statement: str, *words: object) -> None:
    with tampered(path) as connection:
        connection.execute(statement, words)


def seq_of(path: Path, kind: str, nth: int = 0) -> int:
    with closing(Reader.open(path.parent)) as reader:
        return reader.events(kinds=(kind,), limit=nth + 1)[nth].seq


def first(path: Path) -> int | None:
    return verify(path).findings[0].seq


def test_a_real_journal_is_sound_and_every_event_follows_again(played: Path) -> None:
    report = verify(played)
    assert report == Report(first=1, last=report.last, head=report.head, compared=report.last)
    assert report.last > 1000
    with closing(Reader.open(played.parent)) as reader:
        assert reader.count("PositionClosed") > 0
        assert reader.count("PluginToggled") == 2


@pytest.mark.parametrize("part", [3, 2])
def test_from_an_event_in_the_middle_everything_later_is_checked(played: Path, part: int) -> None:
    whole = verify(played)
    report = verify(played, start=whole.last - whole.last // part)
    assert report.sound
    assert 0 <= whole.last - whole.last // part - report.first < 20
    assert (report.head, report.compared) == (whole.head, whole.last - report.first + 1)


# ---- the file


def byte_in_a_body(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET body = replace(body, '\"kind\"', '\"kinD\"') WHERE seq = ?", seq)


def byte_that_is_no_text(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET body = CAST(CAST(substr(body, 1, 9) AS BLOB) || x'ff' AS TEXT) WHERE seq = ?", seq)


def one_digit(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET body = replace(body, '\"cursor\":', '\"cursor\":1') WHERE seq = ?", seq)


def another_trace(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET trace = 'uw_0000000000000000' WHERE seq = ?", seq)


def another_time(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET at = replace(at, '2025', '2026') WHERE seq = ?", seq)


def another_kind(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET kind = 'Tick' WHERE seq = ?", seq)


def another_hash(path: Path, seq: int) -> None:
    tell(path, "UPDATE journal SET hash = 'x' WHERE seq = ?", seq)


def deleted(path: Path, seq: int) -> None:
    tell(path, "DELETE FROM journal WHERE seq = ?", seq)


def swapped(path: Path, seq: int) -> None:
    with tampered(path) as connection:
        for before, after in ((seq, -1), (seq + 1, seq), (-1, seq + 1)):
            connection.execute("UPDATE journal SET seq = ? WHERE seq = ?", (after, before))


def swapped_contents(path: Path, seq: int) -> None:
    with tampered(path) as connection:
        query = "SELECT at, trace, kind, body FROM journal WHERE seq IN (?, ?) ORDER BY seq DESC"
        for number, row in enumerate(connection.execute(query, (seq, seq + 1)).fetchall()):
            put = "UPDATE journal SET at = ?, trace = ?, kind = ?, body = ? WHERE seq = ?"
            connection.execute(put, (*row, seq + number))


@pytest.mark.parametrize(
    "harm",
    [
        byte_in_a_body,
        byte_that_is_no_text,
        one_digit,
        another_trace,
        another_time,
        another_kind,
        another_hash,
        deleted,
        swapped,
        swapped_contents,
    ],
)
def test_a_row_that_is_not_what_was_written_is_found_with_its_number(
    journal: Path, harm: Callable[[Path, int], None]
) -> None:
    seq = seq_of(journal, "AlertReceived", 40)
    harm(journal, seq)
    report = verify(journal)
    assert not report.sound
    assert report.findings[0].seq == seq
    assert f"event {seq}" in report.findings[0].what


@pytest.mark.parametrize("where", ["first", "last"])
def test_a_missing_row_at_either_end_is_found(journal: Path, where: str) -> None:
    seq = 1 if where == "first" else verify(journal).last
    deleted(journal, seq)
    assert [(each.seq, each.what) for each in verify(journal).findings] == [(seq, f"event {seq} is missing")]


def test_rows_in_a_gap_are_named_together(journal: Path) -> None:
    tell(journal, "DELETE FROM journal WHERE seq BETWEEN 50 AND 60")
    report = verify(journal)
    assert report.findings[0] == (50, "events 50 to 60 are missing")
    assert (report.compared, len(report.findings)) == (49, 1)
    assert "after the gap before event 61" in report.notes[0]


def test_a_last_row_that_was_written_anew_with_its_hash_differs_from_the_head(journal: Path) -> None:
    last = verify(journal).last
    tell(journal, "UPDATE journal SET hash = ? WHERE seq = ?", "0" * 64, last)
    assert [each.seq for each in verify(journal).findings] == [last, last]
    tell(journal, "DELETE FROM head")
    assert first(journal) == last


def test_a_row_of_nonsense_is_named_and_ends_what_can_be_compared(journal: Path) -> None:
    seq = seq_of(journal, "AlertReceived", 40)
    tell(journal, "UPDATE journal SET body = ? WHERE seq = ?", '{"kind":"Sneeze"}', seq)
    report = verify(journal)
    assert [each.seq for each in report.findings] == [seq, seq]
    assert "Sneeze" in report.findings[0].what
    assert report.compared == seq - 1


def test_a_long_list_of_findings_is_cut_and_counted(journal: Path) -> None:
    tell(journal, "UPDATE journal SET hash = ''")
    report = verify(journal, again=False)
    assert len(report.findings) == 21
    assert report.findings[-1].what.startswith("and ")


def test_a_checkpoint_that_a_start_would_trust_but_the_events_do_not_make_is_found(journal: Path) -> None:
    with tampered(journal) as connection:
        seq, body = connection.execute("SELECT seq, body FROM checkpoints ORDER BY seq").fetchone()
        richer = body.replace(b'"cash":"', b'"cash":"9')
        put = "UPDATE checkpoints SET body = ?, digest = ? WHERE seq = ?"
        connection.execute(put, (richer, checkpoint_digest(richer), seq))
        assert richer != body
    assert verify(journal).findings[0] == (seq, f"the checkpoint at event {seq} is not what the events make")


@pytest.mark.parametrize("keep", [0.3, 0.8])
def test_a_truncated_file_is_damaged_in_plain_words(journal: Path, keep: float) -> None:
    os.truncate(journal, int(journal.stat().st_size * keep))
    report = verify(journal)
    assert not report.sound
    assert "the file is damaged" in report.findings[0].what


def test_a_file_that_others_may_read_is_noted(journal: Path) -> None:
    journal.chmod(0o644)
    report = verify(journal)
    assert report.sound
    assert report.notes == (f"{journal} is open to others (mode 0644): chmod 600 {journal}",)


@needs_root
def test_another_users_file_is_noted(journal: Path) -> None:
    os.chown(journal, 65534, 65534)
    assert "another user (uid 65534)" in verify(journal).notes[0]


# ---- the decisions


def rechain(path: Path) -> None:
    """Write every hash anew, as somebody with time and this program would."""
    tell(path, "ALTER TABLE journal DROP COLUMN hash")
    tell(path, "DROP TABLE head")
    tell(path, "PRAGMA user_version = 1")
    Journal.open(path.parent).close()
    tell(path, "DELETE FROM checkpoints")


@pytest.mark.parametrize("kind", ["SignalJudged", "SignalScored", "OrderPlaced", "PositionClosed", "ExitDecided"])
def test_a_decision_that_was_written_by_hand_with_all_its_hashes_does_not_follow(journal: Path, kind: str) -> None:
    seq = seq_of(journal, kind)
    tell(journal, 'UPDATE journal SET body = replace(body, \'"symbol":"\', \'"symbol":"X\') WHERE seq = ?', seq)
    rechain(journal)
    report = verify(journal)
    assert report.findings == ()
    assert report.difference is not None
    assert report.difference.seq == seq
    assert report.difference.trace.startswith("uw_")
    assert report.difference.journal.startswith(kind)
    assert report.difference.again.startswith(kind)
    assert report.compared == seq - 1
    assert report.head != verify(journal.parent / "tidegate-v1.db").head


def test_a_fact_that_was_written_by_hand_is_found_where_its_consequences_begin_to_differ(journal: Path) -> None:
    seq = seq_of(journal, "OrderFilled")
    tell(journal, "UPDATE journal SET body = json_set(body, '$.price', '0.01') WHERE seq = ?", seq)
    rechain(journal)
    report = verify(journal)
    assert report.difference is not None
    assert report.difference.seq > seq


def test_a_decision_from_nowhere_and_one_that_is_missing_are_differences(journal: Path) -> None:
    last = verify(journal).last
    with tampered(journal) as connection:
        put = "INSERT INTO journal (seq, at, trace, kind, body) SELECT ?, at, '', ?, ? FROM journal WHERE seq = ?"
        released = e.encode(e.HaltReleased(who="nobody")).decode()
        connection.execute(put, (last + 1, "HaltReleased", released, last))
    rechain(journal)
    report = verify(journal)
    assert report.difference is not None
    assert (report.difference.seq, report.difference.again) == (last + 1, "nothing")


def test_a_journal_that_ends_before_what_must_follow_differs_there(journal: Path) -> None:
    seq = seq_of(journal, "SignalJudged")
    tell(journal, "DELETE FROM journal WHERE seq >= ?", seq)
    rechain(journal)
    report = verify(journal)
    assert report.findings == ()
    assert report.difference is not None
    assert (report.difference.seq, report.difference.journal) == (seq, "nothing")
    assert report.difference.again.startswith("SignalJudged")


def started_as(path: Path, **changes: object) -> Report:
    """The report after the first event was changed."""
    with tampered(path) as connection:
        told = json.loads(connection.execute("SELECT body FROM journal WHERE seq = 1").fetchone()[0])
        connection.execute("UPDATE journal SET body = ? WHERE seq = 1", (json.dumps({**told, **changes}),))
    rechain(path)
    return verify(path)


def test_a_run_that_does_not_say_its_configuration_is_not_decided_again_and_says_so(journal: Path) -> None:
    report = started_as(journal, config="")
    assert report.sound
    assert (report.compared, report.skipped) == (0, report.last)
    assert "began at event 1 cannot be made again" in report.notes[0]


def test_a_run_with_a_plugin_that_is_not_here_is_not_decided_again_and_says_so(journal: Path) -> None:
    with closing(Reader.open(journal.parent)) as reader:
        (begun,) = reader.events(limit=1)
    assert isinstance(begun.event, e.EngineStarted)
    config = json.loads(begun.event.config)
    config["gates"]["moonphase"] = {"enabled": True}
    report = started_as(journal, config=json.dumps(config))
    assert (report.sound, report.compared) == (True, 0)
    assert "moonphase: no such plugin is installed" in report.notes[0]


def test_a_run_of_other_code_is_decided_again_and_said_to_be(journal: Path) -> None:
    report = started_as(journal, code="another", version="0.0.1")
    assert report.sound
    assert report.compared == report.last
    assert "other code than this (version 0.0.1)" in report.notes[0]


def test_another_configuration_than_the_runs_own_makes_a_difference(journal: Path) -> None:
    with closing(Reader.open(journal.parent)) as reader:
        (begun,) = reader.events(limit=1)
    assert isinstance(begun.event, e.EngineStarted)
    config = json.loads(begun.event.config)
    config["score"]["scale"] = 9.0
    report = started_as(journal, config=json.dumps(config))
    assert report.difference is not None
    assert report.difference.journal.startswith("SignalScored")
