"""The market data source against a real server: polling, trouble, and what it says of both."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.plugins.sources.alpaca_market.data_server import (
    KEY_ID,
    NOW,
    SECRET_KEY,
    Answer,
    DataServer,
    Ear,
    Json,
    ago,
    bar,
    played,
    refusal,
    snapshot,
    touch,
    trade,
)
from tidegate import BarSeen, InputError, QuoteSeen, State, VenueError
from tidegate.core.domain.state import RegimeState
from tidegate.plugins.sources.alpaca_market.plugin import AlpacaMarket
from tidegate.testing import a_position

HTML = "<html><head><title>502 Bad Gateway</title></head></html>"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", KEY_ID)
    monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET_KEY)


def holding(*symbols: str) -> State:
    return State(positions={symbol: a_position(symbol=symbol) for symbol in symbols})


def prices(**rows: object) -> Callable[[DataServer], None]:
    return lambda server: server.snapshots.update({"SPY": snapshot(660.0), **rows})


async def quoted(ear: Ear) -> None:
    await ear.until(lambda: ear.quotes("KO"))


def test_held_symbols_and_the_index_are_quoted_with_one_request_and_the_keys_in_headers_only() -> None:
    ear = Ear(holding("KO", "F"))
    server = played(quoted, ear, prices(KO=snapshot(67.1), F=snapshot(12.0)))
    assert {*ear.quotes("KO")} == {(67.1, 67.09, 67.11)}
    assert ear.quotes("F") == [(12.0, 11.99, 12.01)]
    assert ear.quotes("SPY") == [(660.0, 659.99, 660.01)]
    assert server.asked("snapshots")[0] == {"symbols": "KO,F,SPY", "feed": "iex"}
    assert {(each["APCA-API-KEY-ID"], each["APCA-API-SECRET-KEY"]) for each in server.headers} == {(KEY_ID, SECRET_KEY)}
    assert SECRET_KEY not in str(server.requests)


def test_a_quote_that_did_not_change_is_said_as_it_stands_until_it_does() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.server.asked("snapshots")) >= 4)
        ear.server.snapshots["KO"] = snapshot(67.5, NOW + timedelta(seconds=2))
        await ear.until(lambda: ear.quotes("KO")[-1][0] == 67.5)

    ear = Ear(holding("KO"))
    played(story, ear, prices(KO=snapshot(67.1)))
    assert [*dict.fromkeys(last for last, _, _ in ear.quotes("KO"))] == [67.1, 67.5]
    assert len(ear.quotes("KO")) >= 4
    assert {(fact.source, fact.cursor) for fact in ear.of(QuoteSeen)} == {("alpaca_market", 0)}


def test_a_bad_row_is_told_once_and_the_others_go_on() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.server.asked("snapshots")) >= 4)

    ear = Ear(holding("KO", "F", "NONE", "HALF"))
    broken = {"latestTrade": {"t": "2025-10-15T14:00:00Z"}, "latestQuote": touch(11.9, 12.1)}
    half = {"latestTrade": trade(5.0), "latestQuote": None}
    played(story, ear, prices(KO=snapshot(67.1), F=broken, HALF=half))
    assert {*ear.quotes("KO")} == {(67.1, 67.09, 67.11)}
    assert {*ear.quotes("HALF")} == {(5.0, None, None)}
    assert ear.quotes("F") == []
    assert sorted(ear.rejected()) == [
        "snapshot F: latestTrade: object missing required field `p`",
        "snapshot NONE: the service sent nothing",
    ]


def test_a_symbol_that_the_service_refuses_is_left_out() -> None:
    async def story(ear: Ear) -> None:
        ear.server.answers["snapshots"].append(refusal(400, "invalid symbol: ^GSPC"))
        await quoted(ear)

    ear = Ear(holding("^GSPC", "KO"))
    server = played(story, ear, prices(KO=snapshot(67.1)))
    assert "symbol ^GSPC: HTTP 400: invalid symbol: ^GSPC" in ear.rejected()
    assert server.asked("snapshots")[-1]["symbols"] == "KO,SPY"


# ---- bars


def test_bars_are_said_when_they_are_complete_and_once() -> None:
    start = NOW.replace(second=0)
    rows = [bar(start - timedelta(minutes=number)) for number in (3, 2, 1, 0)]

    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.server.asked("bars", timeframe="1Min")) >= 4)

    def prepare(server: DataServer) -> None:
        prices(KO=snapshot(67.1))(server)
        server.minutes = {"KO": [*rows, bar(start, h=1.0)]}

    ear = Ear(holding("KO"))
    server = played(story, ear, prepare)
    assert ear.bars("KO") == [start - timedelta(minutes=number) for number in (3, 2, 1)]
    assert ear.rejected() == ["bar KO: a bar that contradicts itself"]
    assert {(fact.bar.open, fact.bar.close) for fact in ear.of(BarSeen)} == {(100.0, 100.5)}
    asked = server.asked("bars", timeframe="1Min")[0]
    assert (asked["start"], asked["feed"]) == ("2025-10-15T13:54:00+00:00", "iex")


def test_bars_come_page_by_page_and_a_page_that_comes_again_ends_them() -> None:
    start = NOW.replace(second=0) - timedelta(minutes=3)
    page = '{"bars": {"KO": [{"t": "%s", "o": 1, "h": 1, "l": 1, "c": 1}]}, "next_page_token": "more"}'
    pages: list[Answer] = [(200, {}, page % (start + timedelta(minutes=number)).isoformat()) for number in range(2)]

    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.bars("KO")) == 2)

    def prepare(server: DataServer) -> None:
        prices(KO=snapshot(67.1))(server)
        server.answers["bars"].extend([*pages, pages[1]])

    ear = Ear(holding("KO"))
    server = played(story, ear, prepare, bars_s=3600.0)
    assert ear.bars("KO") == [start, start + timedelta(minutes=1)]
    assert server.asked("bars", page_token="more") != []  # noqa: S106 - a page, not a password


# ---- daily closes


def days(count: int) -> list[Json]:
    """Daily bars up to today's, which is not complete."""
    midnight = datetime(2025, 10, 15, 4, tzinfo=UTC)
    return [bar(midnight - DAY * back, close=100.0) for back in reversed(range(count))]


async def closed(ear: Ear) -> None:
    await ear.until(lambda: ear.closes() or ear.failures())
    await ear.until(lambda: len(ear.server.asked("snapshots")) >= 3)


def with_days(server: DataServer) -> None:
    prices()(server)
    server.days = {"SPY": days(10)}


def test_closes_of_completed_sessions_are_said_once_oldest_first() -> None:
    ear = Ear()
    server = played(closed, ear, with_days)
    assert [at.day for at, _ in ear.closes()] == [6, 7, 8, 9, 10, 13, 14]
    assert {at.hour for at, _ in ear.closes()} == {20}
    asked = server.asked("bars", timeframe="1Day")
    assert len(asked) == 1
    assert (asked[0]["feed"], asked[0]["end"]) == ("sip", "2025-10-14T20:00:00+00:00")


def test_closes_that_are_known_are_not_said_again() -> None:
    known = RegimeState(closes=[1.0], close_at=datetime(2025, 10, 10, 20, tzinfo=UTC))
    ear = Ear(State(regime=known))
    played(closed, ear, with_days)
    assert [at.day for at, _ in ear.closes()] == [13, 14]


def test_a_plan_without_the_consolidated_tape_gets_the_closes_of_its_own_feed() -> None:
    def prepare(server: DataServer) -> None:
        with_days(server)
        server.refused_feeds = {"sip"}

    async def story(ear: Ear) -> None:
        await ear.until(ear.closes)

    ear = Ear()
    played(story, ear, prepare)
    assert len(ear.closes()) == 7
    assert len(ear.failures()) == 1
    assert "asking the feed iex instead" in ear.failures()[0]


# ---- trouble


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal(429, "too many requests.", **{"Retry-After": "0"}), "quotes: HTTP 429: too many requests."),
        (refusal(503, "internal", **{"Retry-After": "0"}), "quotes: HTTP 503: internal"),
        ((502, {"Content-Type": "text/html", "Retry-After": "0"}, HTML), "quotes: HTTP 502: no JSON (text/html)"),
        ((200, {"Content-Type": "text/html"}, HTML), "quotes: the answer is not what the service documents"),
        ((200, {}, '["a list"]'), "quotes: the answer is not what the service documents"),
    ],
    ids=["429", "503", "502 html", "200 html", "200 of another shape"],
)
def test_trouble_that_passes_is_told_once_and_then_quotes_go_on(
    answer: tuple[int, dict[str, str], str], said: str
) -> None:
    ear = Ear(holding("KO"))

    def prepare(server: DataServer) -> None:
        prices(KO=snapshot(67.1))(server)
        server.answers["snapshots"].extend([answer, answer])

    server = played(quoted, ear, prepare)
    assert len(ear.failures()) == 1
    assert ear.failures()[0].startswith(said)
    assert len(server.asked("snapshots")) >= 3


def test_a_limit_with_a_reset_is_obeyed_by_every_call() -> None:
    """The reset is far away: nothing more is asked, bars included."""

    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        count = len(ear.server.requests)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(ear.server.requests) <= count + 1  # one may have been under way

    def prepare(server: DataServer) -> None:
        prices(KO=snapshot(67.1))(server)
        reset = str(int(datetime.now(UTC).timestamp()) + 600)
        server.answers["snapshots"].append(refusal(429, "too many requests.", **{"x-ratelimit-RESET": reset}))

    ear = Ear(holding("KO"))
    played(story, ear, prepare)
    assert ear.quotes("KO") == []


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (401, "unauthorized", "check the keys, and that they belong to this service"),
        (403, "subscription does not permit querying recent SIP data", "your plan includes the feed"),
        (400, "feed is unknown", "HTTP 400: feed is unknown"),
    ],
)
def test_a_refusal_that_only_a_person_can_mend_ends_the_source_in_words(status: int, message: str, said: str) -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: False)

    def prepare(server: DataServer) -> None:
        server.answers["snapshots"].append(refusal(status, message))

    with pytest.raises(VenueError, match=said) as caught:
        played(story, Ear(), prepare)
    assert SECRET_KEY not in f"{caught.value!r} {caught.getrepr()!s}"


def test_without_keys_the_source_says_which_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APCA_API_SECRET_KEY")
    with pytest.raises(VenueError, match="APCA_API_SECRET_KEY: not set; put "):
        asyncio.run(AlpacaMarket(data_url="http://127.0.0.1:1").stream(Ear()))


def test_a_server_that_is_not_there_is_tried_again() -> None:
    ear = Ear(holding("KO"))

    async def play() -> None:
        task = asyncio.create_task(AlpacaMarket(data_url="http://127.0.0.1:1").stream(ear))
        await ear.until(lambda: len(ear.failures()) == 3)
        assert not task.done()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(play())
    assert "quotes: no answer (ConnectError)" in ear.failures()


def test_a_missing_library_is_named_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tidegate.plugins.sources.alpaca_market.plugin.find_spec", lambda name: None if name == "websockets" else name
    )
    AlpacaMarket().check()
    with pytest.raises(InputError, match="needs websockets: pip install"):
        AlpacaMarket(streams=True).check()


def test_old_stamps_are_kept_as_they_are() -> None:
    ear = Ear(holding("KO"))
    played(quoted, ear, prices(KO={"latestTrade": trade(67.1, ago(3600))}))
    quote = next(fact.quote for fact in ear.of(QuoteSeen) if fact.quote.symbol == "KO")
    assert (NOW - quote.at) // timedelta(seconds=1) == 3600
