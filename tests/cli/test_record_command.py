"""`tidegate record`: names, days and sizes of files, going on behind the last whole row, and what is refused."""

import gzip
import json
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import pytest

from tests.waiting import PATIENCE_S, until
from tidegate.commands import record
from tidegate.core.errors import JournalError, RefusedError, TidegateError
from tidegate.core.journaling.reader import Reader
from tidegate.core.redaction import remember
from tidegate.recorder.follow import Follower
from tidegate.recorder.rows import Row
from tidegate.recorder.tape import Tape

EVENING = datetime(2025, 10, 16, 3, 59, 58, tzinfo=UTC)  # two seconds before midnight in New York
DAY = "day-2025-10-15.jsonl.gz"


class Ran(Protocol):
    code: int
    out: str
    err: str


class Cli(Protocol):
    def __call__(self, *words: str | Path) -> Ran: ...


def rows(folder: Path) -> list[dict[str, Any]]:
    text = b"".join(gzip.decompress(path.read_bytes()) for path in sorted(folder.iterdir()))
    return [json.loads(line) for line in text.splitlines()]


def ticks(*seqs: int, begin: datetime = EVENING) -> list[Row]:
    return [Row(begin + timedelta(seconds=seq), seq, ("ticks", {})) for seq in seqs]


@pytest.fixture
def recorded(cli: Cli, journal: Path, tmp_path: Path) -> Path:
    """The folder of a whole recording of the journal."""
    assert cli("record", "--out", tmp_path / "rec" / "day", "--state-dir", journal).code == 0
    return tmp_path / "rec"


def test_the_file_is_named_after_the_day_and_only_its_owner_may_read_it(recorded: Path) -> None:
    (file,) = recorded.iterdir()
    assert file.name == DAY
    assert file.stat().st_mode & 0o777 == 0o600
    assert recorded.stat().st_mode & 0o777 == 0o700
    assert {row["msg"][0] for row in rows(recorded)} == {"flow-alerts", "quotes"}


@pytest.mark.parametrize("name", ["day", "day.gz", "day.jsonl", "day.jsonl.gz", "day.json.gz"])
def test_the_end_of_the_name_does_not_matter(cli: Cli, journal: Path, tmp_path: Path, name: str) -> None:
    assert cli("record", "--out", tmp_path / "rec" / name, "--state-dir", journal).code == 0
    assert [path.name for path in (tmp_path / "rec").iterdir()] == [DAY]


def test_the_json_counts_what_this_run_added(cli: Cli, journal: Path, tmp_path: Path) -> None:
    words = ("record", "--out", tmp_path / "rec" / "day", "--state-dir", journal, "--json")
    first, second = json.loads(cli(*words).out), json.loads(cli(*words).out)
    assert first["rows"] == sum(first["channels"].values()) == len(rows(tmp_path / "rec"))
    assert first["resumed_at"] is None
    assert first["files"] == [str(tmp_path / "rec" / DAY)]
    assert (second["rows"], second["channels"], second["files"]) == (0, {}, [])
    assert (second["resumed_at"], second["seq"]) == (first["last"], first["seq"])
    assert first["ended"] == second["ended"] == "caught up"


def test_a_person_is_told_the_same_in_words(cli: Cli, journal: Path, tmp_path: Path) -> None:
    words = ("record", "--out", tmp_path / "day", "--state-dir", journal)
    first = cli(*words).out.splitlines()
    assert first[0].startswith("19 rows, 2025-10-15 09:30:")
    assert first[2].strip().endswith(DAY)
    assert cli(*words).out.startswith("Nothing new behind those until 2025-10-15 09:30:")


def test_a_recording_that_is_torn_anywhere_is_whole_again_after_the_next_run(
    cli: Cli, journal: Path, recorded: Path, tmp_path: Path
) -> None:
    whole, all_rows = (recorded / DAY).read_bytes(), rows(recorded)
    half = tmp_path / "half"
    until = all_rows[5]["recv"]
    assert cli("record", "--out", half / "day", "--to", until, "--state-dir", journal).code == 0
    first = len((half / DAY).read_bytes())
    assert cli("record", "--out", half / "day", "--state-dir", journal).code == 0
    two_members = (half / DAY).read_bytes()
    for text, cuts in ((whole, range(0, len(whole), 7)), (two_members, range(first - 9, len(two_members), 7))):
        for cut in cuts:
            (half / DAY).write_bytes(text[:cut])
            assert cli("record", "--out", half / "day", "--state-dir", journal).code == 0
            assert rows(half) == all_rows
    (half / DAY).write_bytes(two_members[: first + 3] + bytes(40))
    assert cli("record", "--out", half / "day", "--state-dir", journal).code == 0
    assert rows(half) == all_rows


def test_from_and_to_cut_what_arrived_out_of_the_day(cli: Cli, journal: Path, recorded: Path, tmp_path: Path) -> None:
    every = rows(recorded)
    span = ("--from", every[3]["recv"], "--to", every[7]["recv"])
    done = cli("record", "--out", tmp_path / "part" / "day", *span, "--state-dir", journal, "--json")
    assert json.loads(done.out)["ended"] == "reached --to"
    assert rows(tmp_path / "part") == every[3:7]
    done = cli("record", "--out", tmp_path / "none" / "day", "--from", "2025-10-15T16:00", "--state-dir", journal)
    assert (done.code, list((tmp_path / "none").iterdir())) == (0, [])
    done = cli("record", "--out", tmp_path / "all" / "day", "--from", "2025-10-15", "--state-dir", journal)
    assert rows(tmp_path / "all") == every


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "soon"), '--from is "soon"'),
        (("--to", "2025-13-01"), '--to is "2025-13-01"'),
        (("--max-mb", "0"), "--max-mb"),
        (("--max-mb", "nan"), "--max-mb"),
        (("--max-mb", "inf"), "--max-mb"),
        (("--from", "2025-10-16", "--to", "2025-10-15"), "--to must be after --from"),
    ],
)
def test_options_that_mean_nothing_are_mistakes(
    cli: Cli, journal: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = cli("record", "--out", tmp_path / "rec" / "day", *words, "--state-dir", journal)
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "rec").exists()


def test_without_a_journal_or_a_name_nothing_begins(cli: Cli, journal: Path, tmp_path: Path) -> None:
    assert cli("record", "--out", tmp_path / "rec" / "day", "--state-dir", tmp_path / "nothing").code == 2
    assert cli("record", "--out", tmp_path / "rec" / ".jsonl.gz", "--state-dir", journal).code == 2
    assert cli("record", "--state-dir", journal).code == 2
    (tmp_path / "file").touch()
    assert cli("record", "--out", tmp_path / "file" / "day", "--state-dir", journal).code == 2


def test_another_journals_recording_is_not_gone_on_with(cli: Cli, other_journal: Path, recorded: Path) -> None:
    before = (recorded / DAY).read_bytes()
    done = cli("record", "--out", recorded / "day", "--state-dir", other_journal)
    assert (done.code, "another journal" in done.err) == (2, True)
    assert (recorded / DAY).read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"my notes", gzip.compress(b"my notes\n"), gzip.compress(b'{"data":[]}\n'), gzip.compress(b"my notes" * 99)[:-9]],
    ids=["notes", "packed notes", "no header", "half a file"],  # packed bytes hold a time
)
def test_a_file_that_is_no_recording_is_left_alone(cli: Cli, journal: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / DAY).write_bytes(content)
    done = cli("record", "--out", tmp_path / "day", "--state-dir", journal)
    assert (done.code, "no recording" in done.err) == (2, True)
    assert (tmp_path / DAY).read_bytes() == content


def test_files_of_other_names_and_days_are_not_touched(cli: Cli, journal: Path, tmp_path: Path) -> None:
    names = ("day-2025-02-31.jsonl.gz", "today-2025-10-15.jsonl.gz", "day-2025-10-15-01.jsonl.gz", "day.jsonl.gz")
    for name in names:
        (tmp_path / name).write_bytes(b"mine")
    assert cli("record", "--out", tmp_path / "day", "--state-dir", journal).code == 0
    assert all((tmp_path / name).read_bytes() == b"mine" for name in names)


def test_two_recorders_of_one_name_are_one_too_many(cli: Cli, journal: Path, recorded: Path) -> None:
    with closing(Tape.open(recorded / "day")):
        done = cli("record", "--out", recorded / "day", "--state-dir", journal)
    assert (done.code, "another `tidegate record`" in done.err) == (3, True)
    assert cli("record", "--out", recorded / "day", "--state-dir", journal).code == 0


def test_a_second_recorder_that_began_as_early_is_refused_at_its_first_row(tmp_path: Path) -> None:
    with closing(Tape.open(tmp_path / "day")) as one, closing(Tape.open(tmp_path / "day")) as two:
        one.write(ticks(1))
        with pytest.raises(RefusedError):
            two.write(ticks(1))
    assert len(rows(tmp_path)) == 1


def test_new_yorks_midnight_begins_another_file(tmp_path: Path) -> None:
    with closing(Tape.open(tmp_path / "day")) as tape:
        tape.write(ticks(0, 1, 2, 3))
    names = ["day-2025-10-15.jsonl.gz", "day-2025-10-16.jsonl.gz"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in tape.paths] == names
    with closing(Tape.open(tmp_path / "day")) as tape:
        assert tape.mark is not None
        assert tape.mark.seq == 3
        tape.write(ticks(4))
    assert [row["seq"] for row in rows(tmp_path)] == [0, 1, 2, 3, 4]


def test_a_full_file_is_followed_by_another_but_never_within_one_moment(tmp_path: Path) -> None:
    seqs = range(1, 11)
    for seq in seqs:
        with closing(Tape.open(tmp_path / "day", max_bytes=1)) as tape:
            at = EVENING - timedelta(hours=8) + timedelta(seconds=seq // 2)
            tape.write([Row(at, seq, ("ticks", {}))])
    parts = ["", "-2", "-3", "-4", "-5", "-6"]
    files = [tmp_path / f"day-2025-10-15{part}.jsonl.gz" for part in parts]
    assert sorted(files) == sorted(tmp_path.iterdir())
    told = [[json.loads(line)["seq"] for line in gzip.decompress(f.read_bytes()).splitlines()] for f in files]
    assert told == [[1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size`: a full disk, as a program sees it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_told_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with closing(Tape.open(tmp_path / "day")) as tape:
        tape.write(ticks(0))
        with at_most((tmp_path / DAY).stat().st_size + 9), pytest.raises(TidegateError, match="day"):
            tape.write(ticks(1))
    with closing(Tape.open(tmp_path / "day")) as tape:
        assert tape.mark is not None
        assert tape.mark.seq == 0
        tape.write(ticks(1))
    assert [row["seq"] for row in rows(tmp_path)] == [0, 1]


def test_a_secret_that_this_process_knows_is_in_no_row() -> None:
    remember("sesame-sesame")
    row = Row(EVENING, 1, ("operator", {"name": "halt", "args": {"reason": "key sesame-sesame"}}))
    assert b"[hidden]" in row.line()
    assert b"sesame" not in row.line()


def test_a_journal_that_was_replaced_is_told(journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "GROUP_S", 0.0)

    def replace(_: object) -> None:
        shutil.copy(journal / "tidegate.db", journal / "new")
        (journal / "new").rename(journal / "tidegate.db")

    with closing(Reader.open(journal)) as reader, closing(Tape.open(tmp_path / "day")) as tape:
        follower = Follower(reader, tape, since=None, until=None)
        with pytest.raises(JournalError, match="was replaced"):
            record._run(follower, journal, Event(), replace, follow=True)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_well_when_it_is_asked_to(journal: Path, tmp_path: Path, number: signal.Signals) -> None:
    words = ["record", "--out", tmp_path / "rec" / "day", "--follow", "--state-dir", journal, "--json"]
    command = [sys.executable, "-m", "tidegate", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        until((tmp_path / "rec" / DAY).exists, child=following)
        following.send_signal(number)
        said, _ = following.communicate(timeout=PATIENCE_S)
    assert following.returncode == 0
    assert json.loads(said)["ended"] == "asked"
    assert len(rows(tmp_path / "rec")) == json.loads(said)["rows"] == 19
