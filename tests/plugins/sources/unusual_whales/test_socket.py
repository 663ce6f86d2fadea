"""The flow-alerts socket against a real server: acks, losses, silence, and the looks that make gaps good."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest

from tests.plugins.sources.unusual_whales.server import (
    NOW,
    TOKEN,
    Ear,
    Json,
    Peer,
    Prepare,
    Talk,
    WhaleServer,
    ago,
    frame,
    millis,
    played,
    row,
)
from tidegate import AlertReceived

NIGHT = datetime(2025, 10, 15, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)


def a_talk(*payloads: Json) -> Talk:
    """Acknowledge the join, say the payloads, and stay."""

    async def talk(peer: Peer) -> None:
        await peer.greet()
        for payload in payloads:
            await peer.say(payload)
        await peer.linger()

    return talk


async def cut(peer: Peer) -> None:
    """Acknowledge the join and go."""
    await peer.greet()


def served(*talks: Talk, rows: tuple[Json, ...] = (), door: int | None = None) -> Prepare:
    def prepare(server: WhaleServer) -> None:
        server.talks.extend(talks)
        server.rows += rows
        server.door = door

    return prepare


def listened(
    met: Callable[[Ear], object], *talks: Talk, ear: Ear | None = None, rows: tuple[Json, ...] = (), **settings: object
) -> Ear:
    """Play the source with a socket until a condition holds."""
    ear = ear or Ear()

    async def story(ear: Ear) -> None:
        await ear.until(lambda: met(ear))

    played(story, ear, served(*talks, rows=rows), socket=True, **settings)
    return ear


def joins(ear: Ear) -> object:
    return ear.source.gauges()["joins"]


# ---- what comes


def test_an_ack_is_no_alert_and_an_alert_of_the_socket_is_said_with_its_own_names() -> None:
    ear = listened(lambda ear: ear.alerts(), a_talk(frame("s1", ago(5))))
    (fact,) = ear.of(AlertReceived)
    assert (fact.alert.symbol, fact.alert.option_type, fact.alert.strike) == ("JD", "put", 34.5)
    assert (fact.alert.rule, fact.alert.at) == ("RepeatedHits", ago(5))
    assert ear.rejected() == []
    assert ear.server.tokens == [TOKEN]
    assert (ear.source.gauges()["via"], joins(ear)) == ("socket", 1)


def test_an_alert_that_came_both_ways_is_said_once() -> None:
    both = (frame("both", ago(5)), frame("only-socket", ago(4)))
    ear = Ear()

    async def story(ear: Ear) -> None:
        await ear.until(lambda: len(ear.alerts()) == 3)
        await ear.until_polled()

    def prepare(server: WhaleServer) -> None:
        server.talks.append(a_talk(*both))
        server.rows += [row("both", ago(5)), row("only-rest", ago(6))]

    played(story, ear, prepare, socket=True, sweep_s=0.05)
    assert sorted(ear.alerts()) == ["both", "only-rest", "only-socket"]


def test_while_the_socket_speaks_looks_are_rare() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: joins(ear) == 1)
        await ear.until(lambda: "s" in ear.alerts())
        await ear.until(lambda: len(ear.server.requests) >= 2)  # the look after the join
        count = len(ear.server.requests)
        for _ in range(20):  # polls would come at every turn
            await asyncio.sleep(0.01)
        assert len(ear.server.requests) <= count + 1

    played(story, Ear(), served(a_talk(frame("s"))), socket=True)


def test_the_socket_does_not_move_the_point_from_which_the_next_run_reads() -> None:
    ear = listened(lambda ear: "s" in ear.alerts(), a_talk(frame("s", ago(1))), ear=Ear(cursor=millis(ago(60))))
    assert {fact.cursor for fact in ear.of(AlertReceived)} == {millis(ago(60))}


def test_wanted_alerts_only_are_said_whatever_the_socket_sends() -> None:
    small, wanted = frame("small", total_premium=10.0), frame("wanted")
    ear = listened(lambda ear: ear.alerts(), a_talk(small, small, wanted), min_premium=1000.0)
    assert ear.alerts() == ["wanted"]
    assert ear.source.gauges()["filtered"] == 1


def test_what_cannot_be_read_is_told_and_costs_the_others_nothing() -> None:
    async def talk(peer: Peer) -> None:
        await peer.greet()
        for text in ("no json", "[]", '{"a": 1}', '["flow-alerts"]', "[1, 2]", '["flow-alerts", 7]', "\x00"):
            await peer.ws.send_str(text)
        await peer.ws.send_bytes(b"\xff\xfe")
        await peer.say({"ticker": "SPY"}, "gex:SPY")
        await peer.say(frame("negative", total_premium=-1))
        await peer.say(frame("good"))
        await peer.linger()

    ear = listened(lambda ear: ear.alerts(), talk)
    assert ear.alerts() == ["good"]
    assert ear.failures() == []
    rejects = ear.source.gauges()["rejects"]
    assert isinstance(rejects, dict)
    assert {"frame", "channel", "total_premium"} <= rejects.keys()


# ---- gaps


def test_what_happened_while_the_socket_was_away_is_read_by_rest() -> None:
    async def first(peer: Peer) -> None:
        await peer.greet()
        await peer.say(frame("s1", ago(100)))

    missed = tuple(row(f"m{n}", ago(90 - n)) for n in range(30))
    again = a_talk(*(frame(f"n{n}", ago(10)) for n in range(300)))
    ear = listened(lambda ear: len(ear.alerts()) == 331, first, again, rows=missed, poll_s=0.2)
    assert {f"m{n}" for n in range(30)} <= set(ear.alerts())
    assert len(set(ear.alerts())) == 331
    assert ear.failures() == ["socket: no connection (ConnectionClosedOK)"]


def test_frames_that_find_the_queue_full_are_counted_and_read_by_rest() -> None:
    names = [f"d{n}" for n in range(50)]
    ear = Ear()

    async def story(ear: Ear) -> None:
        await ear.until(lambda: joins(ear) == 1)
        ear.open.clear()  # the engine takes nothing
        flood.set()
        await ear.until(lambda: ear.source.gauges()["dropped"])
        ear.open.set()
        await ear.until(lambda: set(names) <= set(ear.alerts()))

    flood = asyncio.Event()

    async def talk(peer: Peer) -> None:
        await peer.greet()
        await flood.wait()
        ear.server.rows += [row(name, ago(5)) for name in names]
        for name in names:
            await peer.say(frame(name, ago(5)))
        await peer.linger()

    played(story, ear, served(talk), socket=True, queue_limit=4)
    assert len(set(ear.alerts())) == len(ear.alerts()) == 50


def test_a_lost_socket_is_told_once_until_it_is_joined_again() -> None:
    ear = listened(lambda ear: "s" in ear.alerts(), cut, a_talk(frame("s")))
    assert ear.failures() == ["socket: no connection (ConnectionClosedOK)"]
    assert ear.source.gauges()["trouble"] == ""


def test_a_socket_that_is_mute_while_the_market_is_open_is_made_anew() -> None:
    ear = listened(lambda ear: "s" in ear.alerts(), a_talk(), a_talk(frame("s")), mute_s=0.2)
    assert ear.failures()[0] == "socket: connected, but mute while the market is open"


def test_silence_at_night_is_no_trouble() -> None:
    async def story(ear: Ear) -> None:
        await ear.until(lambda: joins(ear) == 1)
        await ear.until_polled(12)

    ear = Ear(now=lambda: NIGHT)
    played(story, ear, served(a_talk()), socket=True, mute_s=0.1, sweep_s=0.02)
    assert ear.failures() == []
    assert joins(ear) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_whose_plan_has_no_socket_is_told_and_polling_goes_on(status: int) -> None:
    async def story(ear: Ear) -> None:
        await ear.until(ear.failures)
        ear.server.rows.append(row("later", ago(1)))
        await ear.until(lambda: ear.alerts() == ["later"])
        await ear.until_polled()

    ear = Ear()
    played(story, ear, served(door=status), socket=True)
    refused = f"socket: refused (HTTP {status}): the plan of this token has no socket; polling instead"
    assert ear.failures() == [refused]
    assert len(ear.server.tokens) == 1
    assert (ear.source.gauges()["via"], ear.source.gauges()["trouble"]) == ("rest", refused)


def test_a_refused_join_is_a_loss_and_alerts_come_by_rest_meanwhile() -> None:
    async def talk(peer: Peer) -> None:
        await peer.ws.receive()
        await peer.say({"response": {"reason": "unknown channel"}, "status": "error"})
        await peer.linger()

    ear = listened(lambda ear: ear.alerts() and ear.failures(), talk, rows=(row("r", ago(1)),))
    assert ear.failures()[0] == "socket: the join was refused: error: {'reason': 'unknown channel'}"
    assert ear.alerts() == ["r"]


def test_the_token_is_in_no_log_fact_or_gauge_of_a_socket(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ear = listened(lambda ear: "s" in ear.alerts(), cut, a_talk(frame("s")))
    told = msgspec.json.encode([msgspec.to_builtins([fact for _, fact in ear.facts]), ear.source.gauges()]).decode()
    assert caplog.records != []
    assert TOKEN not in caplog.text + told


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/socket", "ws://[::1/socket"])
def test_an_address_that_leads_nowhere_is_told_without_the_token(url: str) -> None:
    ear = listened(lambda ear: ear.failures(), socket_url=url)
    assert ear.failures()[0].startswith("socket: no connection (")
    assert TOKEN not in str(ear.failures())


def test_the_socket_is_closed_politely_when_the_engine_stops() -> None:
    goodbye: list[int | None] = []

    async def talk(peer: Peer) -> None:
        await peer.greet()
        await peer.say(frame("s", NOW))
        await peer.linger()
        goodbye.append(peer.ws.close_code)

    listened(lambda ear: ear.alerts(), talk)
    assert goodbye == [1000]
