"""The account's stream is a hint: with it orders are seen at once, without it a little later, never not at all."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from tests.plugins.executors.alpaca.bench import Bench, an_order, on_the_bench
from tests.waiting import PATIENCE_S
from tidegate import OrderFilled, SourceFailed, Status
from tidegate.plugins.executors.alpaca import book as _alpaca_book
from tidegate.plugins.executors.alpaca import stream as _alpaca_stream
from tidegate.plugins.executors.alpaca.stream import TradeUpdates
from tidegate.sandbox.alpaca import Disconnect, Missing, Sandbox, Settings, Strange
from tidegate.sandbox.alpaca.venue.orders import OrderRequest

KEYS = (Settings().key_id, Settings().secret_key)


class Ears:
    """Somebody who listens to a stream."""

    def __init__(self, url: str, keys: tuple[str, str]) -> None:
        self.moved: list[str] = []
        self.lost: list[str] = []
        self._heard = asyncio.Event()
        self.stream = TradeUpdates(
            url, keys=keys, moved=self._note(self.moved), lost=self._note(self.lost), slot_s=0.01
        )

    def _note(self, notes: list[str]) -> Callable[[str], None]:
        def hear(word: str) -> None:
            notes.append(word)
            self._heard.set()

        return hear

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._heard.clear()
                await self._heard.wait()


@asynccontextmanager
async def listening(box: Sandbox, keys: tuple[str, str] = KEYS) -> AsyncIterator[Ears]:
    ears = Ears(box.stream_url, keys)
    task = asyncio.create_task(ears.stream.run())
    try:
        yield ears
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("live", [False, True], ids=["binary frames", "text frames"])
def test_each_move_of_an_order_is_heard(live: bool) -> None:
    async def scene() -> None:
        async with Sandbox(Settings(live=live)) as box, listening(box) as ears:
            await ears.until(lambda: ears.moved == [""])
            assert ears.stream.standing == "listening"
            box.market.set_price("KO", "67")
            box.order_entry.submit(_request(), box.instant())
            await ears.until(lambda: ears.moved.count("by-hand") >= 3)

    asyncio.run(scene())


def _request() -> OrderRequest:
    row = {"symbol": "KO", "side": "buy", "type": "market", "qty": "1", "time_in_force": "day"}
    return msgspec.convert({**row, "client_order_id": "by-hand"}, OrderRequest)


def test_wrong_keys_are_said_once_and_not_tried_again() -> None:
    async def scene() -> None:
        async with Sandbox() as box:
            ears = Ears(box.stream_url, ("PKWRONG", "wrong"))
            await asyncio.wait_for(ears.stream.run(), PATIENCE_S)
            assert ears.lost == ["Alpaca's stream refused the keys; orders are watched by polling only"]
            assert ears.stream.standing == "refused"

    asyncio.run(scene())


def test_a_second_connection_waits_for_the_place() -> None:
    async def scene() -> None:
        async with Sandbox() as box, listening(box) as first:
            await first.until(lambda: first.moved == [""])
            async with listening(box) as second:
                await second.until(lambda: second.lost != [])
                assert second.lost == ["another connection has the account's only place on the stream"]
                await first.stream.mute()
                await second.until(lambda: second.moved == [""])

    asyncio.run(scene())


def test_after_a_lost_connection_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_alpaca_stream, "pause_s", lambda _: 0.01)

    async def scene() -> None:
        async with Sandbox(Settings(hold_s=0.0)) as box, listening(box) as ears:
            await ears.until(lambda: ears.moved == [""])
            box.faults.add(Disconnect(count=1))
            box.market.set_price("KO", "67")
            box.order_entry.submit(_request(), box.instant())
            await ears.until(lambda: ears.moved.count("") == 2)
            assert len(ears.lost) == 1

    asyncio.run(scene())


def test_nobody_there_is_said_once_however_often_it_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = asyncio.Event()
    pauses: list[int] = []

    def pause(attempt: int) -> float:
        pauses.append(attempt)
        if attempt == 4:
            tried.set()
        return 0.0

    monkeypatch.setattr(_alpaca_stream, "pause_s", pause)

    async def scene() -> None:
        async with Sandbox() as box:
            url = box.stream_url
        ears = Ears(url, KEYS)
        task = asyncio.create_task(ears.stream.run())
        await asyncio.wait_for(tried.wait(), PATIENCE_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert pauses[:4] == [1, 2, 3, 4]
        assert ears.lost == ["Alpaca's stream failed: ConnectionRefusedError"]

    asyncio.run(scene())


@on_the_bench(stream=True, poll_s=1e6)
async def test_a_hint_makes_the_next_look_come_at_once(bench: Bench) -> None:
    sent = await bench.send(an_order(limit="60"))
    await bench.executor.close()
    bench.executor._open.session = None
    await bench.executor.open(bench.engine)
    await bench.executor.find(sent)
    bench.box.market.set_price("KO", "59")
    await bench.engine.done(sent, Status.FILLED)


@on_the_bench(stream=True)
async def test_frames_full_of_strange_words_are_hints_all_the_same(bench: Bench) -> None:
    for field in ("event", "status", "asset_class", "execution_id", "qty", "price"):
        bench.box.faults.add(Strange(field=field, value="invented"))
    await bench.engine.done(await bench.send(an_order()), Status.FILLED)


def test_a_stream_that_does_not_tell_of_fills_is_connected_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_alpaca_book, "MUTE_S", 0.05)
    monkeypatch.setattr(_alpaca_stream, "pause_s", lambda _: 0.01)

    @on_the_bench(stream=True)
    async def scene(bench: Bench) -> None:
        stream = bench.executor._session.stream
        assert stream is not None
        bench.box.faults.add(Missing())
        number = 0
        async with asyncio.timeout(PATIENCE_S):
            while stream.connections < 2:
                number += 1
                await bench.engine.done(await bench.send(an_order(str(number), quantity="1")), Status.FILLED)
        assert len(bench.engine.told(OrderFilled)) == number
        lost = await bench.engine.hears(SourceFailed)
        assert lost.source == "executors.alpaca stream"

    scene(monkeypatch)


def test_the_keys_are_in_no_log_of_the_stream_even_when_everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def listen() -> None:
        async with Sandbox() as box, listening(box) as ears:
            await ears.until(lambda: "" in ears.moved)

    asyncio.run(listen())
    assert caplog.records != []
    assert [part for part in (*KEYS, KEYS[1][-12:]) if part in caplog.text] == []
