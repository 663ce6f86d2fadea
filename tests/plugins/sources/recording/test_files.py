"""The recording source: every format, every mistake, in order, and on from any cursor."""

import asyncio
import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.needs import SHARED, needs_shared
from tidegate import (
    AlertReceived,
    BarSeen,
    Fact,
    InputError,
    InputIgnored,
    InputRejected,
    QuoteSeen,
    ReadingSeen,
    RequestReceived,
    State,
)
from tidegate.plugins.sources.recording.plugin import SOURCE, Recording

T0 = 1_760_535_000_000  # 2025-10-15 13:30:00 UTC
RECORDED = SHARED / "data" / "uw"
Said = tuple[datetime, Fact]


class Ear:
    """A feed that keeps what it is told."""

    def __init__(self, cursor: int = 0) -> None:
        self.name, self.cursor = SOURCE, cursor
        self.heard: list[Said] = []
        self.largest = 0

    async def publish(self, *facts: Said) -> None:
        self.largest = max(self.largest, len(facts))
        self.heard += facts

    def now(self) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)

    def state(self) -> State:
        return State()


def played(*files: Path | str, cursor: int = 0) -> list[Said]:
    ear = Ear(cursor)
    asyncio.run(Recording(files=tuple(str(each) for each in files)).stream(ear))
    assert ear.largest <= 256
    return ear.heard


def row(number: int = 0, *, second: float = 0.0, **changes: object) -> dict[str, object]:
    end = T0 + int(second * 1000)
    return {
        "id": f"id-{number}", "ticker": "NVDA", "option_chain": "NVDA251017C00185000", "total_premium": "150000",
        "total_ask_side_prem": "150000", "total_bid_side_prem": "0", "start_time": end, "end_time": end, **changes,
    }  # fmt: skip


def ids(heard: list[Said]) -> list[str]:
    return [fact.alert.id for _, fact in heard if isinstance(fact, AlertReceived)]


def reasons(heard: list[Said]) -> list[tuple[str, str]]:
    return [(fact.where, fact.reason) for _, fact in heard if isinstance(fact, InputRejected)]


def lines(path: Path, *texts: object) -> Path:
    path.write_text("\n".join(t if isinstance(t, str) else json.dumps(t) for t in texts))
    return path


ROWS = [row(1), row(2, second=1), row(3, second=2)]
FORMATS: dict[str, str] = {
    "REST body, newest first": json.dumps({"data": ROWS[::-1]}),
    "REST body over many lines": json.dumps({"data": ROWS[::-1]}, indent=1),
    "bare list": json.dumps(ROWS[::-1]),
    "bare list over many lines": json.dumps(ROWS[::-1], indent=2),
    "rows, one a line": "\n".join(map(json.dumps, ROWS)),
    "frames": "\n".join(json.dumps(["flow-alerts", each]) for each in ROWS),
    "dumped frames": "\n".join(json.dumps({"recv": "2020-01-01", "msg": ["flow-alerts", each]}) for each in ROWS),
    "polls, one a line": "\n".join(json.dumps({"data": [each]}) for each in ROWS),
    "with a byte order mark and blank lines": "\ufeff\n\n" + "\n\n".join(map(json.dumps, ROWS)) + "\n\n",
}


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_the_same_recording(tmp_path: Path, name: str, *, compressed: bool) -> None:
    text = FORMATS[name].encode()
    path = tmp_path / "session"
    path.write_bytes(gzip.compress(text) if compressed else text)
    heard = played(path)
    assert ids(heard) == ["id-1", "id-2", "id-3"]
    assert [(fact.source, fact.cursor) for _, fact in heard if isinstance(fact, AlertReceived)] == [
        (SOURCE, 1),
        (SOURCE, 2),
        (SOURCE, 3),
    ]


def test_one_row_over_many_lines_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "row.json"
    path.write_text(json.dumps(row(7), indent=4))
    assert ids(played(path)) == ["id-7"]


def test_bad_lines_are_named_and_the_rest_runs(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x.jsonl", row(1), '{"id": "id-2", "tick', row(3, total_premium=None), {"id": "4"}, 7, row(5)
    )
    heard = played(path)
    assert ids(heard) == ["id-1", "id-5"]
    named = reasons(heard)
    assert [where for where, _ in named] == [f"{path}:{n}" for n in (2, 3, 4, 5)]
    assert "broken JSON" in named[0][1]
    assert "total_premium" in named[1][1]
    assert "ticker" in named[2][1]


def test_a_broken_first_line_does_not_swallow_the_file(tmp_path: Path) -> None:
    heard = played(lines(tmp_path / "x.jsonl", '{"id": "cut', row(2)))
    assert ids(heard) == ["id-2"]
    assert len(reasons(heard)) == 1


def test_a_bad_row_of_a_body_is_named_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "body.json"
    path.write_text(json.dumps({"data": [row(1), row(2, ticker=None)]}, indent=1))
    assert reasons(played(path))[0][0] == f"{path} row 2"
    path = lines(tmp_path / "polls.jsonl", {"data": []}, {"data": [row(1), row(2, ticker=None)]})
    assert reasons(played(path))[0][0] == f"{path}:2 row 2"


def test_acks_and_other_channels_are_ignored_by_name(tmp_path: Path) -> None:
    ack = {"response": {}, "status": "ok"}
    path = lines(
        tmp_path / "x", ["flow-alerts", ack], ["gex:SPY", ack], ["news", {"headline": "x"}], ["flow-alerts", row()]
    )
    heard = played(path)
    ignored = [(fact.where, fact.what) for _, fact in heard if isinstance(fact, InputIgnored)]
    assert [what for _, what in ignored] == ["join ack of flow-alerts", "join ack of gex:SPY", "channel news"]
    assert ids(heard) == ["id-0"]


def test_an_alert_that_carries_a_status_is_no_ack(tmp_path: Path) -> None:
    assert ids(played(lines(tmp_path / "x", ["flow-alerts", row(status="ok")]))) == ["id-0"]


def test_a_row_from_the_future_is_rejected_and_time_goes_on(tmp_path: Path) -> None:
    heard = played(lines(tmp_path / "x", row(1), row(2, second=10**9), row(3, second=5)))
    assert ids(heard) == ["id-1", "id-3"]
    assert "future" in reasons(heard)[0][1]


def test_times_never_run_backward_and_lines_keep_their_order(tmp_path: Path) -> None:
    heard = played(lines(tmp_path / "x", row(1, second=9), row(2, second=3), row(3, second=12)))
    assert ids(heard) == ["id-1", "id-2", "id-3"]
    assert [(at - heard[0][0]).total_seconds() for at, _ in heard] == [0, 0, 3]


def test_what_has_no_time_stands_with_its_neighbour(tmp_path: Path) -> None:
    heard = played(lines(tmp_path / "x", "broken", row(1, second=5), "broken too", row(2, second=9)))
    start = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
    assert [(at - start).total_seconds() for at, _ in heard] == [5, 5, 5, 9]


def test_files_are_merged_by_time(tmp_path: Path) -> None:
    first = lines(tmp_path / "a", row(1), row(3, second=20))
    second = lines(tmp_path / "b", row(2, second=10), row(4, second=30))
    third = lines(tmp_path / "c", "nothing dated here")
    heard = played(third, second, first)
    assert ids(heard) == ["id-1", "id-2", "id-3", "id-4"]
    assert [fact.cursor for _, fact in heard if isinstance(fact, AlertReceived | InputRejected)] == [1, 2, 3, 4, 5]
    assert reasons(heard)[0][0] == f"{third}:1"


@pytest.mark.parametrize("cursor", range(7))
def test_a_resumed_recording_says_the_rest_and_nothing_twice(tmp_path: Path, cursor: int) -> None:
    path = lines(tmp_path / "x", row(1), "broken", ["news", {}], row(2, second=4), ["quotes", {"symbol": "A"}], row(3))
    assert played(path, cursor=cursor) == played(path)[cursor:]


def test_the_demo_channels_are_read(tmp_path: Path) -> None:
    path = lines(
        tmp_path / "x",
        ["readings", {"name": "daily_close", "symbol": "SPY", "value": 660.5, "time": T0, "max_age_s": 400000}],
        ["quotes", {"symbol": "NVDA", "bid": 184.3, "ask": 184.34, "last": 184.32, "time": T0 + 1000}],
        ["bars", {"symbol": "NVDA", "start": T0, "end": T0 + 60_000, "open": 1, "high": 2, "low": 0.5, "close": 1.5}],
        ["operator", {"time": T0 + 70_000, "name": "halt", "args": {"level": "entries"}}],
    )
    heard = played(path)
    facts = [fact for _, fact in heard]
    assert [type(fact) for fact in facts] == [ReadingSeen, QuoteSeen, BarSeen, RequestReceived]
    assert [at - heard[0][0] for at, _ in heard] == [timedelta(seconds=s) for s in (0, 1, 60, 70)]
    request = facts[3]
    assert isinstance(request, RequestReceived)
    assert (request.id, request.who, request.source, request.cursor) == (0, "session", SOURCE, 4)
    assert (request.name, request.args) == ("halt", {"level": "entries"})


def test_an_old_reading_is_dated_by_its_own_time_and_said_when_it_was_known(tmp_path: Path) -> None:
    close = {"name": "daily_close", "symbol": "SPY", "value": 660.5, "max_age_s": 60, "time": T0 - 10**9, "known": T0}
    ((at, fact),) = played(lines(tmp_path / "x", ["readings", close]))
    assert isinstance(fact, ReadingSeen)
    assert (at - fact.reading.at) == timedelta(milliseconds=10**9)


@pytest.mark.parametrize(
    "frame",
    [
        ["quotes", {"symbol": "NVDA", "last": 0, "time": T0}],
        ["quotes", {"symbol": "NVDA", "last": "NaN", "time": T0}],
        ["quotes", {"symbol": "NVDA", "last": 1, "time": 4_000_000_000_000}],
        ["bars", {"symbol": "A", "start": T0, "end": T0, "open": 1, "high": 1, "low": 1, "close": 1}],
        ["bars", {"symbol": "A", "start": T0, "end": T0 + 1, "open": 3, "high": 2, "low": 1, "close": 1}],
        ["readings", {"name": "vix", "value": None, "time": T0, "max_age_s": 60}],
        ["readings", {"name": "vix", "value": "inf", "time": T0, "max_age_s": 60}],
        ["readings", {"name": "vix", "value": 17, "time": T0, "known": T0 - 1, "max_age_s": 60}],
        ["operator", {"name": "halt"}],
    ],
)
def test_a_demo_frame_that_cannot_be_is_rejected(tmp_path: Path, frame: list[object]) -> None:
    assert [type(fact) for _, fact in played(lines(tmp_path / "x", frame))] == [InputRejected]


def test_a_torn_gzip_is_played_up_to_the_tear(tmp_path: Path) -> None:
    path = tmp_path / "torn.gz"
    whole = gzip.compress("\n".join(json.dumps(row(n, second=n)) for n in range(2000)).encode())
    path.write_bytes(whole[: len(whole) * 3 // 4])
    heard = played(path)
    assert len(ids(heard)) > 100
    assert "unreadable from here on" in reasons(heard)[-1][1]


def test_depth_is_no_way_to_break_it(tmp_path: Path) -> None:
    heard = played(lines(tmp_path / "x", "[" * 100_000, '{"data":' * 5000, row(1)))
    assert ids(heard) == ["id-1"]


def test_missing_files_are_all_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl.*b\.jsonl"):
        Recording(files=(str(tmp_path / "a.jsonl"), str(tmp_path / "b.jsonl"))).check()
    with pytest.raises(InputError, match="no such recording: session:nowhere"):
        Recording(files=("session:nowhere",)).check()
    with pytest.raises(InputError, match="files is empty"):
        Recording().check()


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    assert played(lines(tmp_path / "x")) == []


@needs_shared
def test_real_recordings_are_read_without_a_rejected_row() -> None:
    socket = played(RECORDED / "uw-ws-flowalerts-2025-05-16.jsonl")
    assert Counter(type(fact) for _, fact in socket) == {AlertReceived: 17, InputIgnored: 1}
    rest = played(RECORDED / "doc-captures-2025-10-22" / "flow-alerts.1.json")
    assert Counter(type(fact) for _, fact in rest) == {AlertReceived: 1}
    for other in ("greeks", "optiontrades"):
        heard = played(RECORDED / f"uw-ws-{other}-2025-05-16.jsonl")
        assert {type(fact) for _, fact in heard} == {InputIgnored}
        assert all(at.year == 2025 for at, _ in heard)


@needs_shared
def test_every_row_of_any_other_capture_is_accounted_for() -> None:
    for path in sorted(RECORDED.rglob("*.json")):
        body = json.loads(path.read_text())
        rows = body.get("data", body) if isinstance(body, dict) else body
        assert len(played(path)) == (len(rows) if isinstance(rows, list) else 1), path.name
