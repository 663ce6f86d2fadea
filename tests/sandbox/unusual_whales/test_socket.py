"""The socket, with a real websocket client: tokens, joins, frames, and what becomes of slow ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.sandbox.unusual_whales.client import Client, row, whales
from tests.waiting import PATIENCE_S
from tidegate.sandbox.unusual_whales import TOKEN, Disconnect, Duplicate, Missing, Reorder, Strange
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of

ACK = {"response": {}, "status": "ok"}


@contextmanager
def opened(client: Client, token: str = TOKEN, **options: Any) -> Iterator[ClientConnection]:  # noqa: ANN401 - any option
    with connect(f"{client.box.socket_url}?token={token}", **options) as socket:
        yield socket


def say(socket: ClientConnection, wish: str, channel: str = "flow-alerts") -> Any:  # noqa: ANN401 - JSON
    socket.send(json.dumps({"channel": channel, "msg_type": wish}))
    return heard(socket)


def heard(socket: ClientConnection) -> Any:  # noqa: ANN401 - JSON
    return json.loads(socket.recv(timeout=PATIENCE_S))


def ids(socket: ClientConnection, count: int) -> list[str]:
    return [heard(socket)[1]["id"] for _ in range(count)]


@pytest.mark.parametrize(("token", "settings"), [("wrong", {}), ("", {}), (TOKEN, {"tier": "basic"})])
def test_a_wrong_token_and_a_small_plan_are_refused_at_the_handshake(token: str, settings: dict[str, str]) -> None:
    with whales(**settings) as client:
        with pytest.raises(InvalidStatus) as refused, opened(client, token):
            pass
        assert refused.value.response.status_code == 401
        assert client.state()["listeners"] == []


def test_a_join_is_answered_in_the_envelope_of_data_and_alerts_follow() -> None:
    with whales() as client, opened(client) as socket:
        client.put(row("before"))
        assert say(socket, "join") == ["flow-alerts", ACK]
        client.put(row("a"))
        channel, payload = heard(socket)
        assert (channel, payload["id"], payload["rule_name"], payload["total_premium"]) == (
            "flow-alerts",
            "a",
            "RepeatedHits",
            612000.5,
        )
        assert payload["executed_at"] == payload["end_time"]
        assert (payload["volume_oi_ratio"], payload["bid"]) == (0.0, "2.79")
        assert (
            payload["ask_vol"] + payload["bid_vol"] + payload["mid_vol"] + payload["no_side_vol"] == payload["volume"]
        )
        assert not {"type", "strike", "expiry", "created_at", "sector", "marketcap", "alert_rule"} & set(payload)
        assert client.state()["alerts"] == {"listed": 2, "served": 1}


def test_who_left_hears_nothing_and_everybody_who_joined_does() -> None:
    with whales() as client, opened(client) as first, opened(client) as second:
        say(first, "join")
        say(second, "join")
        client.put(row("a"))
        assert say(first, "leave")[1]["id"] == "a"
        assert heard(first) == ["flow-alerts", ACK]
        client.put(row("b"))
        assert ids(second, 2) == ["a", "b"]
        client.box.call(lambda it: it.stream.halt("GME"))
        assert say(first, "join", "trading_halts") == ["trading_halts", ACK]
        client.http.put("/sandbox/halt", json={"symbol": "GME", "state": "resumed", "reason": ""})
        assert heard(first) == [
            "trading_halts",
            {"ticker": "GME", "state": "resumed", "reason": "", "time": "2025-10-15T14:00:00Z"},
        ]


def test_a_channel_that_nobody_knows_is_refused_and_nonsense_is_ignored() -> None:
    with whales() as client, opened(client) as socket:
        assert say(socket, "join", "flow_alerts")[1]["status"] == "error"
        socket.send("nonsense")
        socket.send("[1]")
        assert say(socket, "join") == ["flow-alerts", ACK]


def test_frames_repeat_swap_change_and_vanish_by_plan() -> None:
    with whales() as client, opened(client) as socket:
        say(socket, "join")
        client.inject(
            Duplicate(count=1),
            Reorder(skip=1, count=1),
            Missing(skip=3, count=1),
            Strange(skip=3, field="total_premium", value="a lot"),
        )
        client.put(*(row(name, seconds=-1.0) for name in "abcde"))
        frames = [heard(socket)[1] for _ in range(5)]
        assert [each["id"] for each in frames] == ["a", "a", "c", "b", "e"]
        assert frames[-1]["total_premium"] == "a lot"
        assert [each.kind for each in client.box.call(lambda it: it.faults.log)] == [
            "duplicate",
            "reorder",
            "missing",
            "frame_field",
        ]


def test_a_mute_window_ends_and_what_it_swallowed_is_listed_all_the_same() -> None:
    with whales() as client, opened(client) as socket:
        say(socket, "join")
        client.inject(Missing(for_s=60))
        client.put(row("lost"))
        client.wait(61)
        client.put(row("heard", seconds=61))
        assert ids(socket, 1) == ["heard"]
        assert set(client.ids()) == {"lost", "heard"}


def test_a_connection_can_be_cut_and_made_again() -> None:
    with whales() as client:
        client.inject(Disconnect(count=1))
        with opened(client) as socket:
            say(socket, "join")
            client.put(row("a"))
            with pytest.raises(ConnectionClosed):
                heard(socket)
        with opened(client) as socket:
            say(socket, "join")
            client.put(row("b"))
            assert ids(socket, 1) == ["b"]


def test_what_a_slow_listener_does_not_take_is_dropped_and_counted() -> None:
    with whales(queue_frames=20) as client, opened(client, max_queue=1) as socket:
        say(socket, "join")
        wide = [alert_of(row(str(number), note="x" * 100_000)) for number in range(400)]
        client.box.call(lambda it: it.flow.plan(alert for alert in wide if alert is not None))
        client.wait(1)
        dropped = client.state()["dropped"]
        assert dropped == 380
        assert ids(socket, 20) == [str(number) for number in range(20)]
        assert client.state()["alerts"] == {"listed": 400, "served": 20}
