import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.ids import client_order_id, trace_of
from tidegate.core.domain.state import State
from tidegate.core.errors import JournalError
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Answered, Gauge, Reader

AT = datetime(2026, 10, 8, 14, 30, tzinfo=UTC)
SOURCE = "unusual_whales"


def traces(symbol: str) -> list[str]:
    return [trace_of(SOURCE, f"{symbol}-{number}") for number in range(3)]


@pytest.fixture
def told(tmp_path: Path, story: list[e.Recorded]) -> Path:
    journal = Journal.open(tmp_path)
    journal.append(story)
    journal.commit()
    journal.close()
    return tmp_path


def test_without_a_journal_the_reader_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="tidegate demo"):
        Reader.open(tmp_path / "nowhere")
    (tmp_path / "tidegate.db").touch()
    with pytest.raises(JournalError, match="tidegate demo"):
        Reader.open(tmp_path)
    assert not (tmp_path / "nowhere").exists()


def test_a_reader_sees_only_what_is_committed(tmp_path: Path, story: list[e.Recorded]) -> None:
    journal = Journal.open(tmp_path)
    reader = Reader.open(tmp_path)
    journal.append(story[:10])
    assert (reader.last_seq(), reader.state()) == (0, State())
    journal.commit()
    assert reader.state() == fold_all(State(), story[:10])
    reader.close()
    journal.close()


def test_a_reader_sees_nothing_of_a_transaction_that_another_process_has_open(told: Path) -> None:
    script = (
        "import sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "db.execute('DELETE FROM journal')\n"
        "print('deleted', flush=True)\n"
        "sys.stdin.read()\n"
    )
    reader = Reader.open(told)
    before = reader.last_seq()
    command = [sys.executable, "-c", script, str(told / "tidegate.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "deleted\n"
        assert reader.last_seq() == before
        child.kill()
    assert reader.last_seq() == before
    reader.close()


def test_catching_up_in_slices_ends_at_the_same_state(told: Path, story: list[e.Recorded]) -> None:
    reader, state = Reader.open(told), State()
    folded = [reader.catch_up(state, limit=7)]
    while folded[-1] == 7:
        folded.append(reader.catch_up(state, limit=7))
    assert sum(folded) == len(story)
    assert state == fold_all(State(), story)
    assert reader.catch_up(state) == 0
    reader.close()


def test_catching_up_may_start_at_the_newest_checkpoint(told: Path, story: list[e.Recorded]) -> None:
    journal, reader = Journal.open(told), Reader.open(told)
    assert reader.checkpoint() == State()
    journal.checkpoint(fold_all(State(), story[:12]))
    state = reader.checkpoint()
    assert state.seq == 12
    assert reader.catch_up(state) == len(story) - 12
    assert state == reader.state()
    reader.close()
    journal.close()


def test_events_come_back_as_they_were_told(told: Path, story: list[e.Recorded]) -> None:
    reader = Reader.open(told)
    assert reader.events() == story
    assert reader.events(after=5, limit=3) == story[5:8]
    fills = reader.events(kinds=("OrderFilled", "PositionClosed"))
    assert fills == [each for each in story if isinstance(each.event, e.OrderFilled | e.PositionClosed)]
    trace = traces("AAA")[2]
    assert reader.events(trace=trace) == [each for each in story if each.trace == trace]
    assert (
        reader.events(kinds=("OrderFilled",), trace=trace, limit=1)
        == [each for each in story if each.trace == trace and isinstance(each.event, e.OrderFilled)][:1]
    )
    assert reader.events(trace="") == []
    reader.close()


def test_every_id_a_person_has_finds_the_trace(told: Path) -> None:
    reader = Reader.open(told)
    first, second, leading = traces("AAA")
    names = [leading, first, second, "AAA-0", "AAA-2", " venue-AAA-entry\n", client_order_id("AAA", "exit1", leading)]
    assert {reader.find_trace(name) for name in names} == {leading}
    assert [reader.find_trace(name) for name in ("", "AAA-9", "uw_0123456789abcdef", "%", "venue")] == [None] * 5
    reader.close()


def test_an_alert_that_led_nowhere_is_its_own_trace(tmp_path: Path, story: list[e.Recorded]) -> None:
    journal = Journal.open(tmp_path)
    journal.append(story[:4])
    journal.commit()
    reader = Reader.open(tmp_path)
    assert reader.find_trace("AAA-0") == traces("AAA")[0]
    reader.close()
    journal.close()


def test_a_member_that_leads_a_signal_of_its_own_leads_to_that(tmp_path: Path, story: list[e.Recorded]) -> None:
    journal = Journal.open(tmp_path)
    journal.append(story)
    scored = next(each.event for each in story if isinstance(each.event, e.SignalScored))
    later = trace_of(SOURCE, "later")
    journal.append([e.Recorded(len(story) + 1, story[-1].at, later, scored)])
    journal.commit()
    reader = Reader.open(tmp_path)
    assert reader.find_trace("AAA-2") == traces("AAA")[2]
    reader.close()
    journal.close()


def test_a_trace_is_all_its_events_and_the_alerts_of_its_cluster_in_order(told: Path, story: list[e.Recorded]) -> None:
    reader = Reader.open(told)
    found = reader.trace(traces("AAA")[2])
    assert found == [each for each in story if each.trace in traces("AAA")]
    assert [type(each.event).__name__ for each in found[:5]] == ["AlertReceived"] * 3 + ["SignalScored", "SignalJudged"]
    assert type(found[-1].event) is e.BeliefUpdated
    assert reader.trace("uw_0123456789abcdef") == []
    reader.close()


def test_a_reader_opens_after_a_clean_stop_and_while_the_engine_runs(told: Path, story: list[e.Recorded]) -> None:
    for _ in range(2):
        reader = Reader.open(told)
        assert reader.last_seq() == len(story)
        reader.close()
    journal = Journal.open(told)
    reader = Reader.open(told)
    assert reader.state() == journal.load()
    journal.close()
    assert reader.last_seq() == len(story)
    reader.close()


# ---- requests and gauges

POST = """
import sys
from pathlib import Path
from tidegate.core.journaling.reader import Reader
reader = Reader.open(Path(sys.argv[1]))
print(reader.post("halt", {"level": "entries", "reason": "it's [late]"}, "ann"))
"""


def post(folder: Path) -> int:
    return int(subprocess.run([sys.executable, "-c", POST, str(folder)], check=True, stdout=subprocess.PIPE).stdout)


def test_a_request_of_another_process_is_found_and_answered(told: Path) -> None:
    journal, reader = Journal.open(told), Reader.open(told)
    number = post(told)
    request = journal.requests(0)[0]
    asked = (request.id, request.name, request.args, request.who)
    assert asked == (number, "halt", {"level": "entries", "reason": "it's [late]"}, "ann")
    assert request.at.utcoffset() is not None
    assert reader.answer(number) is None
    journal.answer(number, ok=False, text="no")
    journal.answer(number, ok=True, text="second thoughts")
    assert reader.answer(number) == Answered(ok=False, text="no")
    assert journal.requests(0) == []
    reader.close()
    journal.close()


def test_a_request_outlives_a_dead_engine_and_ids_are_never_reused(told: Path) -> None:
    first = post(told)
    journal = Journal.open(told)
    assert [each.id for each in journal.requests(0)] == [first]
    assert journal.requests(first) == []
    journal._db.execute("DELETE FROM requests")
    journal.close()
    assert post(told) > first


def test_gauges_are_overwritten_in_place(told: Path) -> None:
    journal, reader = Journal.open(told), Reader.open(told)
    assert reader.gauges() == {}
    assert journal.set_gauges(AT, {"lag_ms": 3, "feeds": {"recording": 0.5}})
    assert journal.set_gauges(AT, {"lag_ms": 1})
    assert reader.gauges() == {"lag_ms": Gauge(at=AT, body=1), "feeds": Gauge(at=AT, body={"recording": 0.5})}
    reader.close()
    journal.close()


def test_gauges_never_wait_for_another_writer(told: Path) -> None:
    journal, other = Journal.open(told), Journal.open(told)
    other._db.execute("BEGIN IMMEDIATE")
    assert not journal.set_gauges(AT, {"lag_ms": 3})
    other._db.execute("ROLLBACK")
    assert journal.set_gauges(AT, {"lag_ms": 3})
    other.close()
    journal.close()


# ---- hash


def hash_of(folder: Path, story: list[e.Recorded]) -> str:
    journal = Journal.open(folder)
    journal.append(story)
    journal.commit()
    reader = Reader.open(folder)
    found = reader.hash()
    reader.close()
    journal.close()
    return found


def test_the_same_events_have_the_same_hash_whatever_runs_they_came_from(
    tmp_path: Path, story: list[e.Recorded]
) -> None:
    restarts: list[e.AnyEvent] = [
        e.EngineStopped(reason="killed"),
        e.EngineStarted(mode="replay", version="2"),
        e.SourceFailed(source="x", reason="y"),
        e.RequestReceived(id=1, who="ann", name="stop"),
    ]
    broken = [*story[:9], *(e.Recorded(0, AT, "", event) for event in restarts), *story[9:]]
    renumbered = [e.Recorded(seq, each.at, each.trace, each.event) for seq, each in enumerate(broken, 1)]
    assert hash_of(tmp_path / "a", story) == hash_of(tmp_path / "b", renumbered)
    assert hash_of(tmp_path / "c", story[:-1]) != hash_of(tmp_path / "d", story)
