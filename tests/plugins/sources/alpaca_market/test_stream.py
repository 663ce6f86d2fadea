"""The market data socket against a real server: what it brings, how it is lost, and who takes over meanwhile."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.plugins.sources.alpaca_market.data_server import (
    KEY_ID,
    NOW,
    SECRET_KEY,
    DataServer,
    Ear,
    Json,
    Peer,
    Talk,
    bar,
    played,
    snapshot,
    touch,
    trade,
)
from tidegate import State
from tidegate.testing import a_position

LATER = NOW + timedelta(seconds=5)
NIGHT = datetime(2025, 10, 15, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", KEY_ID)
    monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET_KEY)


def said(kind: str, symbol: str, row: Json) -> Json:
    return {"T": kind, "S": symbol, **row}


def a_talk(*messages: Json, subscribed: list[list[str]] | None = None) -> Talk:
    """Sign in, confirm the subscription, say the messages, and stay."""

    async def talk(peer: Peer) -> None:
        await peer.greet()
        symbols = await peer.subscribe()
        if subscribed is not None:
            subscribed.append(symbols)
        for message in messages:
            await peer.say(message)
        await peer.linger()

    return talk


def refusing(code: int, message: str) -> Talk:
    async def talk(peer: Peer) -> None:
        await peer.say({"T": "success", "msg": "connected"})
        await peer.hear()
        await peer.say({"T": "error", "code": code, "msg": message})

    return talk


def served(*talks: Talk) -> Callable[[DataServer], None]:
    def prepare(server: DataServer) -> None:
        server.talks.extend(talks)
        server.snapshots = {"SPY": snapshot(660.0), "KO": snapshot(67.1)}

    return prepare


def holding(*symbols: str) -> State:
    return State(positions={symbol: a_position(symbol=symbol) for symbol in symbols})


def streamed(story: Callable[[Ear], object], *talks: Talk, ear: Ear | None = None, **settings: object) -> Ear:
    """Play talks until the story's condition holds."""
    ear = ear or Ear(holding("KO"))
    heard = ear

    async def wait(ear: Ear) -> None:
        await ear.until(lambda: story(heard))

    played(wait, ear, served(*talks), **{"streams": True, "busy_s": 0.05, **settings})
    return ear


def test_trades_quotes_and_bars_come_by_the_stream() -> None:
    start = NOW.replace(second=0) - timedelta(minutes=1)
    talk = a_talk(
        said("t", "KO", trade(68.0, LATER)),
        said("q", "KO", touch(67.9, 68.1, LATER)),
        said("b", "KO", bar(start)),
    )
    ear = streamed(lambda ear: (68.0, 67.9, 68.1) in ear.quotes("KO") and ear.bars("KO"), talk)
    assert ear.bars("KO") == [start]


def test_what_the_stream_covers_is_not_polled_but_looked_at_once() -> None:
    ear = Ear(holding("KO"))

    async def story(ear: Ear) -> None:
        await ear.until(lambda: 68.0 in [last for last, _, _ in ear.quotes("KO")])
        count = len(ear.server.asked("snapshots"))
        ear.state().positions["F"] = a_position(symbol="F")
        await ear.until(lambda: any("F" in each["symbols"] for each in ear.server.asked("snapshots")))
        assert {each["symbols"] for each in ear.server.asked("snapshots")[count + 1 :]} <= {"F"}

    prepare = served(a_talk(said("t", "KO", trade(68.0, LATER))))
    played(story, ear, prepare, streams=True, bars_s=3600.0, stream_symbols=2)


def test_subscriptions_follow_what_is_wanted() -> None:
    changes: list[Json] = []

    async def talk(peer: Peer) -> None:
        await peer.greet()
        await peer.subscribe()
        changes.extend([await peer.hear(), await peer.hear()])
        await peer.linger()

    async def story(ear: Ear) -> None:
        await ear.until(lambda: ear.server.connections)
        await ear.until(lambda: ear.quotes("KO"))
        del ear.state().positions["KO"]
        ear.state().positions["F"] = a_position(symbol="F")
        await ear.until(lambda: len(changes) == 2)

    played(story, Ear(holding("KO")), served(talk), streams=True, mute_s=0.4)
    wanted = {"KO": "unsubscribe", "F": "subscribe"}
    assert [(each["action"], each["quotes"]) for each in changes] == [(what, [name]) for name, what in wanted.items()]


def test_no_more_symbols_are_subscribed_than_the_limit_allows() -> None:
    subscribed: list[list[str]] = []
    streamed(
        lambda _: subscribed, a_talk(subscribed=subscribed), ear=Ear(holding("A", "B", "C", "D")), stream_symbols=3
    )
    assert subscribed == [["A", "B", "C"]]


def test_a_server_that_allows_fewer_symbols_is_asked_for_fewer() -> None:
    subscribed: list[list[str]] = []

    async def talk(peer: Peer) -> None:
        await peer.greet()
        await peer.hear()
        await peer.say({"T": "error", "code": 405, "msg": "symbol limit exceeded"})
        subscribed.append(await peer.subscribe())
        await peer.linger()

    streamed(lambda _: subscribed, talk, ear=Ear(holding("A", "B", "C", "D")), stream_symbols=4, mute_s=0.4)
    assert subscribed == [["A", "B"]]


# ---- lost connections


def test_a_cut_connection_is_told_once_and_made_again() -> None:
    async def cut(peer: Peer) -> None:
        await peer.greet()
        await peer.subscribe()

    again = a_talk(said("t", "KO", trade(68.0, LATER)))
    ear = streamed(lambda ear: 68.0 in [last for last, _, _ in ear.quotes("KO")], cut, again)
    assert ear.failures() == ["stream: no connection (ConnectionClosedOK)"]
    assert ear.server.connections == 2


def test_a_connection_that_is_mute_while_the_market_is_open_is_left() -> None:
    again = a_talk(said("t", "KO", trade(68.0, LATER)))
    ear = streamed(lambda ear: 68.0 in [last for last, _, _ in ear.quotes("KO")], a_talk(), again, mute_s=0.2)
    assert ear.failures()[0] == "stream: connected, but mute while the market is open"
    assert ear.quotes("KO")[0] == (67.1, 67.09, 67.11)


def test_silence_at_night_is_no_trouble() -> None:
    ear = Ear(holding("KO"), now=lambda: NIGHT)

    async def story(ear: Ear) -> None:
        await ear.until(lambda: ear.server.connections)
        await ear.until(lambda: len(ear.server.asked("bars", timeframe="1Min")) >= 12)  # more than mute_s

    played(story, ear, served(a_talk()), streams=True, mute_s=0.2)
    assert [each for each in ear.failures() if each.startswith("stream")] == []
    assert ear.server.connections == 1


@pytest.mark.parametrize(
    ("code", "message"), [(406, "connection limit exceeded"), (404, "auth timeout"), (407, "slow client"), (999, "new")]
)
def test_an_error_that_passes_is_told_and_the_connection_made_again(code: int, message: str) -> None:
    again = a_talk(said("t", "KO", trade(68.0, LATER)))
    ear = streamed(
        lambda ear: 68.0 in [last for last, _, _ in ear.quotes("KO")], refusing(code, message), again, mute_s=0.4
    )
    assert ear.failures()[0] == f"stream: {message} ({code})"


def test_a_busy_place_is_left_alone_and_quotes_are_polled_meanwhile() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        ear.server.snapshots["KO"] = snapshot(67.5, LATER)
        await ear.until(lambda: len(ear.quotes("KO")) == 2)
        assert ear.server.connections == 1

    ear = Ear(holding("KO"))
    played(story, ear, served(refusing(406, "connection limit exceeded")), streams=True, busy_s=3600.0)


def test_a_handshake_answered_429_counts_as_busy() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        count = len(ear.server.asked("snapshots"))
        await ear.until(lambda: len(ear.server.asked("snapshots")) > count + 3)
        assert ear.server.connections == 1

    ear = Ear(holding("KO"))
    played(story, ear, served(), streams=True, busy_s=3600.0)
    assert ear.failures() == ["stream: no connection (InvalidStatus, HTTP 429)"]


@pytest.mark.parametrize(
    ("code", "message", "why"),
    [
        (402, "auth failed", "the keys are refused"),
        (409, "insufficient subscription", "your plan does not include the feed"),
    ],
)
def test_a_refusal_for_good_ends_the_stream_and_not_the_polling(code: int, message: str, why: str) -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        ear.server.snapshots["KO"] = snapshot(67.5, LATER)
        await ear.until(lambda: len(ear.quotes("KO")) == 2)
        assert ear.server.connections == 1

    ear = Ear(holding("KO"))
    played(story, ear, served(refusing(code, message)), streams=True, busy_s=0.01)
    assert len(ear.failures()) == 1
    assert ear.failures()[0].startswith(f"stream: given up: stream: {why}")


def test_what_cannot_be_read_is_told_and_the_rest_of_the_frame_used() -> None:
    async def talk(peer: Peer) -> None:
        await peer.greet()
        await peer.subscribe()
        await peer.ws.send_str("no json")
        await peer.ws.send_bytes(b'[{"T": 7}, {"T": "n", "S": "KO", "headline": "?"}]')
        await peer.say({"T": "t", "S": "KO", "p": -1}, said("t", "KO", trade(68.0, LATER)))
        await peer.linger()

    ear = streamed(lambda ear: 68.0 in [last for last, _, _ in ear.quotes("KO")], talk)
    stream = [each for each in ear.rejected() if each.startswith("stream")]
    assert [each.partition(":")[0] for each in stream] == ["stream", "stream", "stream t KO"]
    assert ear.failures() == []


def test_the_keys_are_in_no_log_even_when_everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    talk = a_talk(said("t", "KO", trade(68.0, LATER)))
    streamed(lambda ear: 68.0 in [last for last, _, _ in ear.quotes("KO")], refusing(404, "auth timeout"), talk)
    assert caplog.records != []
    assert SECRET_KEY not in caplog.text
    assert KEY_ID not in caplog.text


def test_the_socket_is_closed_politely_when_the_engine_stops() -> None:
    goodbye: list[int | None] = []

    async def talk(peer: Peer) -> None:
        await peer.greet()
        await peer.subscribe()
        await peer.say(said("t", "KO", trade(68.0, LATER)))
        await peer.linger()
        goodbye.append(peer.ws.close_code)

    async def story(ear: Ear) -> None:
        await ear.until(lambda: 68.0 in [last for last, _, _ in ear.quotes("KO")])
        await asyncio.sleep(0)

    played(story, Ear(holding("KO")), served(talk), streams=True)
    assert goodbye == [1000]
