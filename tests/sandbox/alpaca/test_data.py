"""Market data over HTTP and its stream."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.sandbox.alpaca.client import Client, Row
from tests.waiting import PATIENCE_S
from tidegate.sandbox.alpaca import SandboxThread

KO = {"action": "subscribe", "quotes": ["KO"], "bars": ["KO"]}


def test_a_snapshot_has_trade_quote_and_bars(client: Client) -> None:
    client.price("KO", "67.5")
    found = client.row("/v2/stocks/snapshots", symbols="KO,SPY,NOPE")
    assert set(found) == {"KO", "SPY"}
    ko = found["KO"]
    assert isinstance(ko, dict)
    assert (ko["latestQuote"]["bp"], ko["latestQuote"]["ap"], ko["latestTrade"]["p"]) == (67.49, 67.51, 67.5)
    assert (ko["dailyBar"]["h"], ko["prevDailyBar"]["c"]) == (67.5, 67.0)


def test_latest_quotes_and_trades_come_by_symbol(client: Client) -> None:
    quotes, trades = (
        client.row("/v2/stocks/quotes/latest", symbols="KO"),
        client.row("/v2/stocks/trades/latest", symbols="KO"),
    )
    assert (list(quotes["quotes"]), list(trades["trades"])) == (["KO"], ["KO"])


def test_minute_bars_are_made_of_prices_and_appear_when_the_minute_is_over(client: Client) -> None:
    for price in ("67.2", "66.8", "67.1"):
        client.price("KO", price)
    assert client.row("/v2/stocks/bars", symbols="KO", timeframe="1Min")["bars"] == {}
    client.wait(61)
    (bar,) = client.row("/v2/stocks/bars", symbols="KO", timeframe="1Min")["bars"]["KO"]
    assert (bar["t"], bar["o"], bar["h"], bar["l"], bar["c"]) == ("2025-10-15T14:00:00Z", 67.0, 67.2, 66.8, 67.1)


def test_daily_bars_reach_back_and_come_in_pages(client: Client) -> None:
    asked = {"symbols": "SPY,QQQ", "timeframe": "1Day", "start": "2025-09-01", "end": "2025-10-14"}
    whole = client.row("/v2/stocks/bars", **asked)["bars"]
    assert isinstance(whole, dict)
    pages: dict[str, list[object]] = {}
    token: object = ""
    while token is not None:
        page = client.row("/v2/stocks/bars", **asked, limit="11", **({"page_token": str(token)} if token else {}))
        for symbol, bars in page["bars"].items():
            pages.setdefault(symbol, []).extend(bars)
        token = page["next_page_token"]
    assert (len(whole["SPY"]), pages) == (30, whole)


def test_bars_can_be_given(client: Client) -> None:
    bar = {"t": "2025-10-14T04:00:00Z", "o": 1, "h": 3, "l": 1, "c": 2.5}
    client.http.put("/sandbox/bars", json={"symbol": "KO", "bars": [bar], "daily": True})
    found = client.row("/v2/stocks/bars", symbols="KO", timeframe="1Day", start="2025-10-01")["bars"]
    assert [each["c"] for each in found["KO"]] == [2.5]


@pytest.mark.parametrize(("params", "status"), [({"symbols": ""}, 400), ({"symbols": "KO", "feed": "sip"}, 403)])
def test_data_refusals_have_no_code(client: Client, params: dict[str, str], status: int) -> None:
    answer = client.ask("GET", "/v2/stocks/snapshots", **params)
    assert (answer.status_code, set(answer.json())) == (status, {"message"})


def hear(socket: ClientConnection) -> list[Row]:
    found: list[Row] = json.loads(socket.recv(timeout=PATIENCE_S))
    return found


def say(socket: ClientConnection, document: object) -> list[Row]:
    socket.send(json.dumps(document))
    return hear(socket)


@contextmanager
def listening(box: SandboxThread, url: str | None = None) -> Iterator[ClientConnection]:
    """A data stream that has said who it is."""
    with connect(url or box.data_stream_url) as socket:
        assert hear(socket) == [{"T": "success", "msg": "connected"}]
        card = box.card
        answer = say(socket, {"action": "auth", "key": card.key_id, "secret": card.secret_key})
        assert answer == [{"T": "success", "msg": "authenticated"}]
        yield socket


def test_quotes_and_bars_are_streamed_to_who_subscribed(box: SandboxThread, client: Client) -> None:
    with listening(box) as socket:
        assert say(socket, KO) == [{"T": "subscription", "trades": [], "quotes": ["KO"], "bars": ["KO"]}]
        client.price("AAPL", "240")
        client.price("KO", "67.3")
        (quote,) = hear(socket)
        assert (quote["T"], quote["S"], quote["bp"], quote["ap"]) == ("q", "KO", 67.29, 67.31)
        client.wait(60)
        (bar,) = hear(socket)
        assert (bar["T"], bar["S"], bar["c"]) == ("b", "KO", 67.3)


def test_a_second_data_stream_is_told_406(box: SandboxThread) -> None:
    with listening(box), connect(box.data_stream_url) as second:
        hear(second)
        answer = say(second, {"action": "auth", "key": box.card.key_id, "secret": box.card.secret_key})
        assert answer == [{"T": "error", "code": 406, "msg": "connection limit exceeded"}]


@pytest.mark.parametrize(
    ("message", "code"),
    [({"action": "auth", "key": "x", "secret": "y"}, 402), ({"action": "subscribe", "quotes": ["KO"]}, 401)],
)
def test_who_does_not_say_who_it_is_gets_an_error(box: SandboxThread, message: object, code: int) -> None:
    with connect(box.data_stream_url) as socket:
        hear(socket)
        (error,) = say(socket, message)
        assert (error["T"], error["code"]) == ("error", code)


def test_the_free_feed_has_thirty_symbols_and_no_other_feed(box: SandboxThread) -> None:
    with listening(box) as socket:
        (error,) = say(socket, {"action": "subscribe", "quotes": [f"S{n}" for n in range(31)]})
        assert error["code"] == 405
    with connect(box.data_stream_url.replace("iex", "sip")) as socket:
        hear(socket)
        (error,) = say(socket, {"action": "auth", "key": box.card.key_id, "secret": box.card.secret_key})
        assert error["code"] == 409
