"""What a venue does wrong, and that no order is lost, doubled or forgotten for it."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.plugins.executors.alpaca.bench import POST, T0, Bench, an_order, on_the_bench, opened
from tests.waiting import PATIENCE_S
from tidegate import (
    OrderAbsent,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    RateLimited,
    Side,
    Status,
    VenueError,
    VenueUnavailable,
)
from tidegate.sandbox.alpaca import Drop, Failure, RateLimit, Settings, Slow, Text

BY_NAME: dict[str, Any] = {"method": "GET", "path": "/v2/orders:by_client_order_id"}


@on_the_bench()
async def test_a_rate_limit_says_when_to_come_back_and_holds_entries_only(bench: Bench) -> None:
    await bench.engine.done(await bench.send(an_order("3")), Status.FILLED)
    bench.box.faults.add(RateLimit(**POST, reset_s=30.0))
    first, second = bench.engine.place(an_order("1")), bench.engine.place(an_order("2"))
    await bench.executor.submit(first, T0)
    limited = await bench.engine.hears(RateLimited)
    assert limited.client_order_id == first.client_order_id
    assert timedelta(0) < limited.until - T0 <= timedelta(seconds=61)
    assert bench.engine.book.orders[first.client_order_id].status is Status.LIMITED
    await bench.executor.submit(second, T0)
    assert len(bench.engine.told(RateLimited)) == 2
    assert bench.posted() == 2  # the second was not even sent
    assert await bench.executor.account(T0) is not None
    bench.box.faults.clear()
    exit_order = an_order("3", side=Side.SELL, limit="60", entry=False)
    await bench.engine.done(await bench.send(exit_order), Status.FILLED)


@pytest.mark.parametrize(
    "fault",
    [
        Failure(**POST, status=500, late=True),
        Failure(**POST, status=503, late=True),
        Text(**POST, status=504, late=True),
        Text(**POST, status=200, text="", late=True),
        Text(**POST, status=200, text="<html>", late=True),
        Text(**POST, status=302, text="", late=True),
        Drop(**POST, late=True),
    ],
    ids=lambda fault: f"{type(fault).__name__}-{getattr(fault, 'status', '')}",
)
def test_an_answer_that_is_lost_is_looked_up_and_the_order_is_sent_once(
    fault: Failure | Text | Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        bench.box.faults.add(fault)
        sent = await bench.send(an_order())
        await bench.engine.hears(OrderUnknown)
        bench.box.faults.clear()
        await bench.executor.find(sent)
        await bench.engine.done(sent, Status.FILLED)
        assert bench.posted() == 1
        assert bench.held() == 4
        assert [type(fact) for fact in bench.engine.said] == [OrderUnknown, OrderAccepted, OrderFilled]

    scene(monkeypatch)


@pytest.mark.parametrize(
    "fault",
    [Failure(**POST, status=503), Drop(**POST), Text(**POST, status=502)],
    ids=lambda fault: type(fault).__name__,
)
def test_an_order_that_never_arrived_is_absent_and_may_be_sent_again(
    fault: Failure | Text | Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        bench.box.faults.add(fault)
        sent = await bench.send(an_order())
        await bench.engine.hears(OrderUnknown)
        bench.box.faults.clear()
        await bench.executor.find(sent)
        assert bench.engine.told(OrderAbsent)
        await bench.executor.submit(sent, T0)
        await bench.engine.done(sent, Status.FILLED)
        assert bench.held() == 4

    scene(monkeypatch)


@on_the_bench()
async def test_a_lookup_that_lags_is_repeated_before_an_order_counts_as_absent(bench: Bench) -> None:
    bench.box.faults.add(
        Drop(**POST, late=True), Failure(**BY_NAME, status=404, code=40410000, message="order not found", count=2)
    )
    sent = await bench.send(an_order())
    await bench.executor.find(sent)
    await bench.engine.done(sent, Status.FILLED)
    assert bench.engine.told(OrderAbsent) == []


@on_the_bench()
async def test_an_id_that_is_taken_has_arrived(bench: Bench) -> None:
    sent = await bench.send(an_order())
    await bench.engine.hears(OrderAccepted)
    await bench.restart()
    bench.engine.said.clear()
    await bench.executor.submit(sent, T0)
    await bench.engine.done(sent, Status.FILLED)
    assert bench.engine.told(OrderRejected) == []
    assert bench.held() == 4


@on_the_bench()
async def test_an_id_that_is_taken_but_not_shown_is_unknown_and_never_sent_again(bench: Bench) -> None:
    bench.box.faults.add(
        Failure(**POST, status=422, code=40010001, message="client_order_id must be unique"),
        Failure(**BY_NAME, status=404, code=40410000, message="order not found"),
    )
    await bench.send(an_order())
    assert await bench.engine.hears(OrderUnknown)
    assert bench.engine.told(OrderAbsent) == []


@on_the_bench()
async def test_a_rate_limit_on_a_lookup_leaves_an_order_unknown(bench: Bench) -> None:
    bench.box.faults.add(Drop(**POST, late=True))
    sent = await bench.send(an_order())
    bench.box.faults.add(RateLimit(**BY_NAME, reset_s=30.0))
    await bench.executor.find(sent)
    assert len(bench.engine.told(OrderUnknown)) == 2
    assert bench.engine.told(RateLimited) == []
    assert bench.engine.book.orders[sent.client_order_id].status is Status.UNKNOWN


@on_the_bench(timeout_s=0.3)
async def test_a_silent_venue_is_given_up_after_the_timeout_while_the_engine_goes_on(bench: Bench) -> None:
    bench.box.faults.add(Slow(**POST, seconds=5.0))
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0)

    heart = asyncio.create_task(beat())
    await bench.send(an_order())
    heart.cancel()
    said = await bench.engine.hears(OrderUnknown)
    assert said.reason == "Alpaca did not answer: TimeoutError"
    assert beats > 100


def test_a_venue_that_is_not_there_is_said_so_and_then_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    @on_the_bench(base_url=url)
    async def scene(bench: Bench) -> None:
        for number in range(1, 6):
            await bench.send(an_order(str(number)))
        reasons = {fact.reason for fact in bench.engine.told(VenueUnavailable)}
        assert "Alpaca did not answer: Connection refused" in reasons
        assert any(reason.startswith("Alpaca is left alone for a while") for reason in reasons)
        assert len(bench.engine.told(OrderUnknown)) == 5
        circuit = bench.executor.gauges()["circuit"]
        assert getattr(circuit, "state", "") == "open"
        assert await bench.executor.account(T0) is None
        assert await bench.executor.broker(T0) is None

    scene(monkeypatch)


REFUSED: list[tuple[Callable[[Bench], object], dict[str, object], str, str]] = [
    (lambda _: None, {"quantity": "9000"}, "40310000", "The account has too little buying power"),
    (lambda bench: bench.box.market.set_asset("KO", tradable=False), {}, "422", "This symbol cannot be traded"),
    (lambda bench: _flag(bench, trading_blocked=True), {}, "40310000", "The account may not trade"),
    (lambda bench: _flag(bench, trade_suspended_by_user=True), {}, "40310000", "Trading is suspended"),
    (lambda _: None, {"symbol": "NOSUCH"}, "422", "Alpaca does not trade this symbol"),
]


def _flag(bench: Bench, **flags: bool) -> None:
    account = bench.box.book.account
    account.flags = type(account.flags)(
        **{**{f: getattr(account.flags, f) for f in account.flags.__struct_fields__}, **flags}
    )


@pytest.mark.parametrize(("before", "changes", "code", "sentence"), REFUSED, ids=[row[3] for row in REFUSED])
def test_a_refusal_is_a_plain_sentence_with_its_code_and_what_to_do(
    before: Callable[[Bench], object],
    changes: dict[str, str],
    code: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        before(bench)
        sent = await bench.send(an_order(**changes))  # type: ignore[arg-type] # a table of fields
        refused = await bench.engine.hears(OrderRejected)
        assert refused.reason.startswith(sentence)
        assert ". Next: " in refused.reason
        assert refused.code.startswith(code[:3])
        assert bench.engine.book.done[sent.client_order_id].status is Status.REJECTED
        assert bench.posted() == 1

    scene(monkeypatch)


@on_the_bench()
async def test_shares_that_another_order_holds_are_a_refusal_in_words(bench: Bench) -> None:
    await bench.engine.done(await bench.send(an_order()), Status.FILLED)
    await bench.send(an_order("2", side=Side.SELL, entry=False, stop=Decimal(60)))
    await bench.send(an_order("3", side=Side.SELL, entry=False, limit="67", leg="exit2"))
    refused = await bench.engine.hears(OrderRejected)
    assert refused.code == "40310000"
    assert refused.reason.startswith("The shares are not there, or another open order holds them (insufficient qty")


def test_wrong_keys_reject_entries_keep_exits_and_start_no_storm(monkeypatch: pytest.MonkeyPatch) -> None:
    planted = "PLANTEDsecret/of+nobody"

    async def scene() -> None:
        async with opened(Settings(requests_per_minute=None)) as bench:
            await bench.send(an_order("1"))
            await bench.send(an_order("2"))
            for number in range(3, 9):
                await bench.executor.account(T0)
                await bench.executor.find(bench.engine.place(an_order(str(number))))
            await bench.send(an_order("9", entry=False))
            first = bench.engine.told(OrderRejected)[0]
            assert first.code == "401"
            assert first.reason.startswith("Alpaca refused the keys (unauthorized). Next: check the key variables")
            assert bench.engine.book.orders[an_order("9", entry=False).client_order_id].status is Status.UNKNOWN
            assert len(bench.box.requests) <= 3
            assert planted not in repr(bench.engine.said) + repr(bench.executor) + repr(bench.executor.gauges())

    monkeypatch.setenv("APCA_API_KEY_ID", "PKWRONG")
    monkeypatch.setenv("APCA_API_SECRET_KEY", planted)
    asyncio.run(scene())


def test_a_key_that_no_header_can_carry_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with opened() as bench:
            with pytest.raises(VenueError) as raised:
                await bench.executor.identity()
            assert "PLANTED" not in str(raised.value)
            assert raised.value.__suppress_context__

    monkeypatch.setenv("APCA_API_KEY_ID", "PKWRONG")
    monkeypatch.setenv("APCA_API_SECRET_KEY", "PLANTED\nsecret")
    asyncio.run(scene())


@on_the_bench()
async def test_a_cancel_while_the_order_is_on_its_way_waits_for_it(bench: Bench) -> None:
    bench.box.faults.add(Slow(**POST, seconds=0.3))
    sent = bench.engine.place(an_order(limit="60"))
    sending = asyncio.create_task(bench.executor.submit(sent, T0))
    await asyncio.sleep(0)
    await bench.executor.cancel(sent)
    await bench.executor.find(sent)
    assert bench.engine.said == []
    await sending
    await bench.engine.done(sent, Status.CANCELED)
    assert [type(fact) for fact in bench.engine.said] == [OrderAccepted, OrderCanceled]


@on_the_bench()
async def test_orders_survive_a_venue_where_everything_fails_now_and_then(bench: Bench) -> None:
    bench.box.faults.add(
        Drop(path="/v2/*", chance=0.04),
        Drop(path="/v2/*", chance=0.04, late=True),
        Failure(path="/v2/*", chance=0.04, status=503),
        Text(path="/v2/*", chance=0.04, late=True),
    )
    sent = [await bench.send(an_order(str(number), quantity="2")) for number in range(1, 13)]
    async with asyncio.timeout(PATIENCE_S):
        while working := list(bench.engine.book.orders.values()):
            for each in working:
                if each.status is Status.UNKNOWN:
                    await bench.executor.find(each.order)
                elif each.status is Status.PLACED:
                    await bench.executor.submit(each.order, T0)
            await asyncio.sleep(0.01)
    assert {bench.engine.book.done[each.client_order_id].status for each in sent} == {Status.FILLED}
    assert bench.held() == 24
    assert len(bench.orders()) == 12
