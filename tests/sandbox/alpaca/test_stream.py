"""The account stream: what it tells, to whom, and how it breaks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.sandbox.alpaca.client import Client, Row
from tests.waiting import PATIENCE_S, until
from tidegate.sandbox.alpaca import (
    Disconnect,
    Duplicate,
    Missing,
    Reorder,
    SandboxThread,
    Settings,
    Strange,
)

LISTEN = {"action": "listen", "data": {"streams": ["trade_updates"]}}


def hear(socket: ClientConnection) -> Row:
    frame = socket.recv(timeout=PATIENCE_S)
    assert isinstance(frame, bytes), "paper sends binary frames"
    found: Row = json.loads(frame)
    return found


def say(socket: ClientConnection, document: object) -> Row:
    socket.send(json.dumps(document))
    return hear(socket)


def keys(box: SandboxThread) -> Row:
    return {"action": "authenticate", "data": {"key_id": box.card.key_id, "secret_key": box.card.secret_key}}


@contextmanager
def listening(box: SandboxThread) -> Iterator[ClientConnection]:
    with connect(box.stream_url) as socket:
        answer = say(socket, keys(box))
        assert answer == {"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}}
        assert say(socket, LISTEN) == {"stream": "listening", "data": {"streams": ["trade_updates"]}}
        yield socket


def events(socket: ClientConnection, last: str) -> list[Row]:
    """The data of every frame up to an event."""
    found: list[Row] = []
    while not found or found[-1]["event"] != last:
        data = hear(socket)["data"]
        assert isinstance(data, dict)
        found.append(data)
    return found


def test_an_orders_way_is_told_step_by_step(box: SandboxThread, client: Client) -> None:
    with listening(box) as socket:
        placed = client.place()
        client.wait()
        told = events(socket, "fill")
    assert [each["event"] for each in told] == ["pending_new", "new", "fill"]
    fill = told[-1]
    assert (fill["price"], fill["qty"], fill["position_qty"]) == ("67.01", "10", "10")
    order = fill["order"]
    assert isinstance(order, dict)
    assert (order["id"], order["status"], order["legs"]) == (placed["id"], "filled", None)
    assert "execution_id" not in told[0]


def test_what_happened_before_is_not_told_again(box: SandboxThread, client: Client) -> None:
    client.bought()
    with listening(box) as socket:
        client.place("AAPL", limit_price="100")
        client.wait()
        assert [each["order"]["symbol"] for each in events(socket, "new")] == ["AAPL", "AAPL"]


def test_wrong_keys_are_told_and_shown_out(box: SandboxThread) -> None:
    with connect(box.stream_url) as socket:
        answer = say(socket, {"action": "authenticate", "data": {"key_id": "x", "secret_key": "y"}})
        assert answer["data"] == {"status": "unauthorized", "action": "authenticate"}
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=PATIENCE_S)


def test_an_account_has_one_connection(box: SandboxThread) -> None:
    with listening(box), pytest.raises(InvalidStatus) as refused:
        connect(box.stream_url)
    assert refused.value.response.status_code == 429


def wait_until_gone(box: SandboxThread) -> None:
    """Until the sandbox has noticed that its client left."""
    until(lambda: not box.call(lambda it: it.sockets))


def test_who_left_politely_may_come_back_at_once(box: SandboxThread) -> None:
    with listening(box):
        pass
    wait_until_gone(box)
    with listening(box):
        pass


def test_a_connection_that_died_keeps_its_place_for_ninety_seconds(box: SandboxThread, client: Client) -> None:
    with listening(box) as socket:
        socket.socket.shutdown(2)
    wait_until_gone(box)
    client.wait(89)
    with pytest.raises(InvalidStatus):
        connect(box.stream_url)
    client.wait(2)
    with listening(box):
        pass


def test_messagepack_is_spoken_to_who_asks_for_it(box: SandboxThread) -> None:
    with connect(box.stream_url, additional_headers={"Content-Type": "application/msgpack"}) as socket:
        socket.send(msgspec.msgpack.encode(keys(box)))
        frame = socket.recv(timeout=PATIENCE_S)
        assert isinstance(frame, bytes)
        assert msgspec.msgpack.decode(frame)["data"]["status"] == "authorized"


def test_a_live_account_sends_text() -> None:
    with SandboxThread(Settings(live=True)) as box, connect(box.stream_url) as socket:
        socket.send(json.dumps(keys(box)))
        assert isinstance(socket.recv(timeout=PATIENCE_S), str)


def test_a_frame_can_come_twice(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.faults.add(Duplicate(event="fill")))
    with listening(box) as socket:
        client.bought()
        first, second = events(socket, "fill")[-1], events(socket, "fill")[-1]
    assert first == second


def test_frames_can_change_places(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.faults.add(Reorder(event="new", count=1)))
    with listening(box) as socket:
        client.bought()
        assert [each["event"] for each in events(socket, "new")] == ["pending_new", "fill", "new"]


def test_a_stream_can_be_mute_while_it_is_connected(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.faults.add(Missing(for_s=60)))
    with listening(box) as socket:
        client.bought()
        client.wait(60)
        client.place("AAPL", limit_price="100")
        client.wait()
        assert {each["order"]["symbol"] for each in events(socket, "new")} == {"AAPL"}


def test_a_stream_can_be_cut(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.faults.add(Disconnect(event="fill")))
    with listening(box) as socket:
        client.bought()
        with pytest.raises(ConnectionClosed):
            events(socket, "fill")


def test_a_frame_can_hold_a_value_that_nobody_knows(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.faults.add(Strange(event="new", field="asset_class", value="moon_equity")))
    with listening(box) as socket:
        client.bought()
        told = events(socket, "fill")
    classes = [each["order"]["asset_class"] for each in told]
    assert classes == ["us_equity", "moon_equity", "us_equity"]
