"""Rows of `tidegate record`: the time of receipt is kept when it has a zone, and every fact comes back as it was."""

import asyncio
import gzip
import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs import SHARED, needs_shared
from tidegate import Alert, Bar, Feed, Quote, Reading, State
from tidegate.core.domain import events as e
from tidegate.plugins.sources.recording.plugin import SOURCE, Recording
from tidegate.recorder.rows import CHANNELS, row_of

T0 = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
RECV = "2025-10-15T13:30:07.123457Z"
RECORDED = SHARED / "data" / "uw"
ROW = {
    "id": "a", "ticker": "NVDA", "option_chain": "NVDA251017C00185000", "total_premium": 150000.0,
    "start_time": 1_760_535_000_000, "end_time": 1_760_535_000_000,
}  # fmt: skip
Said = tuple[datetime, e.Fact]


class Ear(Feed):
    """A feed that keeps what it is told."""

    def __init__(self) -> None:
        self.name, self.cursor = SOURCE, 0
        self.heard: list[Said] = []

    async def publish(self, *facts: Said) -> None:
        self.heard += facts

    def now(self) -> datetime:
        return T0

    def state(self) -> State:
        return State()


def played(text: bytes) -> list[Said]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl.gz"
        path.write_bytes(gzip.compress(text))
        ear = Ear()
        asyncio.run(Recording(files=(str(path),)).stream(ear))
        return ear.heard


def frame(recv: object, channel: str = "flow-alerts", payload: object = ROW) -> bytes:
    return json.dumps({"recv": recv, "msg": [channel, payload]}).encode() + b"\n"


def test_a_row_is_known_when_it_was_received() -> None:
    ((at, fact),) = played(frame(RECV))
    assert at == datetime.fromisoformat(RECV)
    assert isinstance(fact, e.AlertReceived)
    assert fact.alert.at == T0
    ((at, _),) = played(frame("2025-10-15T09:30:07.123457-04:00"))
    assert at == datetime.fromisoformat(RECV)


@pytest.mark.parametrize("recv", ["2025-10-15 13:30:07.5", "2025-10-15", "yesterday", 17, None, [], "", RECV[:-1]])
def test_a_time_of_receipt_without_a_zone_is_nobodys(recv: object) -> None:
    ((at, fact),) = played(frame(recv))
    assert isinstance(fact, e.AlertReceived)
    assert at == T0


def test_a_row_received_in_the_future_or_before_it_was_traded_is_rejected() -> None:
    heard = played(frame("2999-01-01T00:00:00Z") + frame("2025-10-15T13:28:59Z") + frame("2025-10-15T13:29:01Z"))
    assert [type(fact) for _, fact in heard] == [e.InputRejected, e.InputRejected, e.AlertReceived]


def test_what_is_ignored_was_received_too() -> None:
    heard = played(frame(RECV, "news", {"time": 1}) + frame(RECV, "flow-alerts", {"status": "ok", "response": {}}))
    assert [(at, type(fact)) for at, fact in heard] == [(datetime.fromisoformat(RECV), e.InputIgnored)] * 2


@pytest.mark.parametrize("time", [1.5, "1999-12-31T00:00:00Z", "2100-01-01T00:00:00Z", "2025-10-15T13:30:00", 12, "x"])
def test_a_time_of_no_year_that_could_be_is_rejected(time: object) -> None:
    ((_, fact),) = played(json.dumps(["ticks", {"time": time}]).encode())
    assert isinstance(fact, e.InputRejected)


moments = st.datetimes(datetime(2020, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
millis = moments.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))
prices = st.floats(0.01, 1e6)
dollars = st.floats(0.0, 1e12)
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=9)
counts = st.integers(0, 10**9)


@st.composite
def alerts(draw: st.DrawFn) -> Alert:
    end = draw(moments)
    start = end if end.microsecond % 1000 else end - timedelta(milliseconds=draw(st.integers(0, 10**6)))
    kind = draw(st.sampled_from("CP"))
    return Alert(
        id=draw(words),
        symbol=draw(words),
        contract=f"SPY251017{kind}00611500",
        option_type="call" if kind == "C" else "put",
        strike=611.5,
        expiry=date(2025, 10, 17),
        start=start,
        at=end,
        premium=draw(dollars),
        ask_premium=draw(st.none() | dollars),
        bid_premium=draw(st.none() | dollars),
        underlying_price=draw(st.none() | prices),
        price=draw(st.none() | dollars),
        size=draw(st.none() | counts),
        volume=draw(st.none() | counts),
        open_interest=draw(st.none() | counts),
        multileg=draw(st.booleans()),
        sweep=draw(st.booleans()),
        floor=draw(st.booleans()),
        rule=draw(st.none() | words),
        sector=draw(st.none() | words),
        issue_type=draw(st.none() | words),
    )


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, one, two, high = sorted(draw(st.tuples(prices, prices, prices, prices)))
    start = draw(moments)
    end = start + timedelta(seconds=draw(st.integers(1, 86_400)))
    return Bar(symbol=draw(words), start=start, end=end, open=one, high=high, low=low, close=two)


quotes = st.builds(Quote, symbol=words, at=moments, last=prices, bid=st.none() | prices, ask=st.none() | prices)
readings = st.builds(
    Reading, name=words, at=moments, value=st.floats(-1e15, 1e15), max_age_s=prices, symbol=st.none() | words
)
FACTS: dict[type[e.Event], st.SearchStrategy[e.AnyEvent]] = {
    e.AlertReceived: st.builds(e.AlertReceived, source=st.just(SOURCE), alert=alerts()),
    e.AlertRepeated: st.builds(e.AlertRepeated, source=st.just(SOURCE), alert_id=words),
    e.QuoteSeen: st.builds(e.QuoteSeen, source=st.just(SOURCE), quote=quotes),
    e.BarSeen: st.builds(e.BarSeen, source=st.just(SOURCE), bar=bars()),
    e.ReadingSeen: st.builds(e.ReadingSeen, source=st.just(SOURCE), reading=readings),
    e.RequestReceived: st.builds(
        e.RequestReceived,
        id=st.just(0),
        who=st.just("session"),
        name=words.filter(lambda name: name != "stop"),
        args=st.dictionaries(words, words, max_size=2),
        source=st.just(SOURCE),
    ),
    e.Tick: st.builds(e.Tick, source=st.just(SOURCE)),
}


@given(st.one_of(*FACTS.values()), moments)
def test_every_fact_comes_back_as_it_was_at_the_microsecond_it_came(fact: e.AnyEvent, at: datetime) -> None:
    if isinstance(fact, e.AlertReceived):
        at = max(at, fact.alert.at)
    row = row_of(e.Recorded(7, at, "", fact))
    assert row is not None
    ((known, found),) = played(row.line())
    assert known == at
    assert type(found) is type(fact)
    changed: dict[str, object] = {"cursor": 1}
    if isinstance(fact, e.QuoteSeen):
        changed["bare"] = fact.quote.bid is None or fact.quote.ask is None
    assert found == msgspec.structs.replace(fact, **changed)


def test_every_kind_that_is_recorded_is_in_the_property_above() -> None:
    assert set(FACTS) == set(CHANNELS)


def test_a_request_to_stop_is_not_recorded_because_it_would_end_the_replay() -> None:
    assert row_of(e.Recorded(1, T0, "", e.RequestReceived(id=1, who="me", name="stop"))) is None


@needs_shared
def test_real_alerts_come_back_as_they_were() -> None:
    ear = Ear()
    asyncio.run(Recording(files=(str(RECORDED / "uw-ws-flowalerts-2025-05-16.jsonl"),)).stream(ear))
    heard = [(at, fact) for at, fact in ear.heard if isinstance(fact, e.AlertReceived)]
    assert heard
    for at, fact in heard:
        row = row_of(e.Recorded(1, at, "", fact))
        assert row is not None
        ((known, found),) = played(row.line())
        assert isinstance(found, e.AlertReceived)
        assert (known, found.alert) == (at, fact.alert)
