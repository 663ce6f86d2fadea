"""Orders at Alpaca, over real HTTP to a venue with a memory: each told once, whole, and in order."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from tests.plugins.executors.alpaca.bench import FILLS, T0, Bench, an_order, on_the_bench
from tests.waiting import PATIENCE_S
from tidegate import (
    BrokerOrder,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    Side,
    Status,
)
from tidegate.sandbox.alpaca import Duplicate, Failure, Habits, Missing, RemoveFields, Reorder, SetField


@on_the_bench()
async def test_a_marketable_limit_is_accepted_filled_and_done(bench: Bench) -> None:
    sent = await bench.send(an_order())
    await bench.engine.done(sent, Status.FILLED)
    assert [type(fact) for fact in bench.engine.said] == [OrderAccepted, OrderFilled]
    (fill,) = bench.engine.told(OrderFilled)
    assert (fill.quantity, fill.price) == (Decimal(4), Decimal("67.11"))
    assert "::" in fill.execution_id  # the venue's own
    assert bench.held() == 4
    assert bench.executor.gauges()["watched"] == 0


@on_the_bench()
async def test_the_request_is_a_limit_for_the_day_in_the_steps_of_the_exchange(bench: Bench) -> None:
    await bench.send(an_order(limit="67.309999", quantity="3"))
    (made,) = bench.orders()
    assert (made.kind, made.request.time_in_force) == ("limit", "day")
    assert (made.limit_price, made.request.qty) == (Decimal("67.30"), Decimal(3))
    assert made.request.position_intent == "buy_to_open"


@on_the_bench(stream=True)
async def test_fills_in_parts_are_told_once_each_whatever_the_stream_does(bench: Bench) -> None:
    bench.box.matching.habits = Habits(accept_ms=1, fill_ms=15, cancel_ms=1, partial_pct=100)
    bench.box.faults.add(Duplicate(chance=0.5), Reorder(chance=0.5), Missing(chance=0.3))
    sent = [await bench.send(an_order(str(number), quantity="9")) for number in range(1, 7)]
    for each in sent:
        await bench.engine.done(each, Status.FILLED)
        assert bench.engine.filled(each) == 9
    ids = [fill.execution_id for fill in bench.engine.told(OrderFilled)]
    assert len(ids) == len(set(ids)) > len(sent)
    assert bench.held() == 54


@on_the_bench()
async def test_a_restart_between_two_fills_counts_neither_twice(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 3)
    sent = await bench.send(an_order(quantity="10"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 3)
    await bench.restart()
    await bench.executor.find(sent)
    bench.box.market.set_depth("KO", None)
    await bench.engine.done(sent, Status.FILLED)
    assert [fill.quantity for fill in bench.engine.told(OrderFilled)] == [Decimal(3), Decimal(7)]


@on_the_bench()
async def test_fills_that_no_list_tells_of_are_derived_and_not_counted_again_when_it_does(bench: Bench) -> None:
    bench.box.faults.add(Failure(**FILLS, status=500))
    bench.box.market.set_depth("KO", 3)
    sent = await bench.send(an_order(quantity="10", limit="68"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 3)
    bench.box.faults.clear()
    bench.box.market.set_price("KO", "67.50")
    bench.box.market.set_depth("KO", None)
    await bench.engine.done(sent, Status.FILLED)
    fills = bench.engine.told(OrderFilled)
    assert [(fill.quantity, fill.price) for fill in fills] == [
        (Decimal(3), Decimal("67.11")),
        (Decimal(7), Decimal("67.51")),
    ]
    assert ["@" in fill.execution_id for fill in fills] == [True, False]


@on_the_bench()
async def test_words_and_gaps_in_answers_change_nothing(bench: Bench) -> None:
    bench.box.faults.add(
        SetField(path="/v2/orders*", field="asset_class", value="ipo"),
        SetField(path="/v2/orders*", method="GET", field="status", value="thinking_about_it", count=3),
        RemoveFields(path="/v2/orders*", fields=["filled_qty", "filled_avg_price", "legs", "order_type", "updated_at"]),
        RemoveFields(**FILLS, fields=["cum_qty", "type"]),
    )
    bench.box.matching.habits = Habits(accept_ms=1, fill_ms=15, cancel_ms=1, partial_pct=100)
    sent = await bench.send(an_order(quantity="9"))
    await bench.engine.done(sent, Status.FILLED)
    assert bench.engine.filled(sent) == 9


@on_the_bench()
async def test_a_cancel_is_told_when_it_is_confirmed_and_after_what_filled_before(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 3)
    sent = await bench.send(an_order(quantity="10"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 3)
    await bench.executor.cancel(sent)
    await bench.engine.done(sent, Status.CANCELED)
    assert [type(fact) for fact in bench.engine.said] == [OrderAccepted, OrderFilled, OrderCanceled]
    assert bench.held() == 3


@on_the_bench()
async def test_a_cancel_that_comes_too_late_ends_in_the_fill(bench: Bench) -> None:
    bench.box.matching.habits = Habits(accept_ms=1, fill_ms=1, cancel_ms=200)
    sent = await bench.send(an_order())
    await bench.executor.cancel(sent)
    await bench.engine.done(sent, Status.FILLED)
    assert bench.engine.told(OrderCanceled) == []


@on_the_bench()
async def test_a_cancel_of_what_never_arrived_is_confirmed(bench: Bench) -> None:
    sent = bench.engine.place(an_order())
    await bench.executor.cancel(sent)
    await bench.engine.done(sent, Status.CANCELED)


@on_the_bench()
async def test_a_cancel_is_asked_for_until_the_venue_hears_it(bench: Bench) -> None:
    bench.box.faults.add(Failure(method="DELETE", path="/v2/orders/*", status=503, count=1))
    sent = await bench.send(an_order(limit="60"))
    await bench.executor.cancel(sent)
    await bench.engine.done(sent, Status.CANCELED)


@on_the_bench()
async def test_an_attempt_that_is_overdue_is_canceled_and_expires(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 1)
    sent = await bench.send(an_order(quantity="2"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 1)
    bench.engine.at = T0 + timedelta(seconds=60)
    await bench.engine.done(sent, Status.EXPIRED)
    assert [type(fact) for fact in bench.engine.said] == [OrderAccepted, OrderFilled, OrderExpired]


@on_the_bench()
async def test_an_attempt_that_is_done_for_the_day_is_canceled_and_expires(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 1)
    sent = await bench.send(an_order(quantity="2"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 1)
    (made,) = bench.orders()
    made.status = "done_for_day"
    await bench.engine.done(sent, Status.EXPIRED)
    assert bench.engine.filled(sent) == 1
    assert made.status == "canceled"


@on_the_bench()
async def test_an_attempt_that_is_done_for_the_day_and_beyond_cancel_expires_at_once(bench: Bench) -> None:
    bench.box.faults.add(Failure(method="DELETE", path="/v2/orders/*", status=422, code=None, message="done"))
    sent = await bench.send(an_order(limit="60"))
    await bench.engine.hears(OrderAccepted)
    (made,) = bench.orders()
    made.status = "done_for_day"
    await bench.engine.done(sent, Status.EXPIRED)


@on_the_bench()
async def test_a_stop_that_is_done_for_the_day_waits_for_the_next(bench: Bench) -> None:
    await bench.engine.done(await bench.send(an_order()), Status.FILLED)
    stop = await bench.send(an_order("2", side=Side.SELL, entry=False, stop=Decimal("63.75")))
    made = bench.orders()[-1]
    made.status = "done_for_day"
    looks = len(bench.box.requests)
    async with asyncio.timeout(PATIENCE_S):
        while len(bench.box.requests) < looks + 4:
            await asyncio.wait_for(bench.executor.find(stop), PATIENCE_S)
    assert stop.client_order_id in bench.engine.book.orders
    assert not any(each.method == "DELETE" for each in bench.box.requests)


@on_the_bench()
async def test_a_protective_stop_rests_at_the_venue_until_the_price_comes(bench: Bench) -> None:
    await bench.engine.done(await bench.send(an_order()), Status.FILLED)
    stop = await bench.send(an_order("2", side=Side.SELL, entry=False, stop=Decimal("63.7545")))
    bench.engine.at = T0 + timedelta(days=1)
    seen = await bench.executor.broker(bench.engine.at)
    assert seen is not None
    (resting,) = seen.orders
    (made,) = [each for each in bench.orders() if each.kind == "stop"]
    assert resting.status in ("pending_new", "new")
    assert resting == BrokerOrder(
        client_order_id=stop.client_order_id,
        venue_order_id=made.id,
        symbol="KO",
        side=Side.SELL,
        quantity=Decimal(4),
        filled=Decimal(0),
        status=resting.status,
    )
    assert (made.request.stop_price, made.request.time_in_force) == (Decimal("63.75"), "gtc")
    await bench.restart()
    await bench.executor.find(stop)
    bench.box.market.set_price("KO", "63.00")
    await bench.engine.done(stop, Status.FILLED)
    assert bench.held() == 0


@on_the_bench()
async def test_an_order_that_was_changed_at_the_venue_is_followed_also_by_another_process(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 1)
    sent = await bench.send(an_order(quantity="5"))
    await bench.engine.until(lambda: bench.engine.filled(sent) == 1)
    (made,) = bench.orders()
    await bench.ask("PATCH", f"/v2/orders/{made.id}", json={"limit_price": "69", "client_order_id": "by-hand"})
    bench.box.market.set_depth("KO", 2)
    await bench.engine.until(lambda: bench.engine.filled(sent) == 3)
    await bench.restart()
    await bench.executor.find(sent)
    bench.box.market.set_depth("KO", None)
    await bench.engine.done(sent, Status.FILLED)
    assert [fill.quantity for fill in bench.engine.told(OrderFilled)] == [Decimal(1), Decimal(2), Decimal(2)]
    assert bench.held() == 5


@on_the_bench()
async def test_an_order_of_the_day_that_the_close_ends_is_expired(bench: Bench) -> None:
    sent = await bench.send(an_order(limit="60", expires_at=T0 + timedelta(days=9)))
    await bench.engine.hears(OrderAccepted)
    bench.box.clock.move(by=8 * 3600)
    await bench.engine.done(sent, Status.EXPIRED)


@on_the_bench()
async def test_many_orders_at_once_are_all_told(bench: Bench) -> None:
    sent = [bench.engine.place(an_order(str(number), quantity="1")) for number in range(1, 41)]
    await asyncio.gather(*(bench.executor.submit(each, T0) for each in sent))
    for each in sent:
        await bench.engine.done(each, Status.FILLED)
    assert bench.held() == 40
    assert bench.posted() == 40


@on_the_bench()
async def test_parts_of_shares_fill_to_the_last_digit(bench: Bench) -> None:
    sent = await bench.send(an_order(quantity="0.123456789"))
    await bench.engine.done(sent, Status.FILLED)
    assert bench.engine.filled(sent) == bench.held() == Decimal("0.123456789")


@on_the_bench()
async def test_a_share_that_is_not_fractionable_is_refused_before_it_is_sent(bench: Bench) -> None:
    bench.box.market.set_asset("KO", fractionable=False)
    await bench.send(an_order(quantity="0.5"))
    refused = await bench.engine.hears(OrderRejected)
    assert refused.reason == "KO is traded in whole shares only. Next: set fractional = false in [size]."
    assert bench.posted() == 0


@on_the_bench()
async def test_a_short_sale_needs_a_share_that_can_be_borrowed(bench: Bench) -> None:
    allowed = await bench.send(an_order("1", side=Side.SELL, limit="60"))
    await bench.engine.done(allowed, Status.FILLED)
    assert bench.held() == -4
    bench.box.market.set_price("GONE", "10")
    bench.box.market.set_asset("GONE", shortable=False)
    await bench.send(an_order("2", symbol="GONE", side=Side.SELL, limit="9"))
    refused = await bench.engine.hears(OrderRejected)
    assert refused.reason.startswith("GONE cannot be sold short")
    assert bench.posted() == 1


@on_the_bench()
async def test_orders_are_sent_once_and_never_changed(bench: Bench) -> None:
    for number in range(1, 4):
        await bench.send(an_order(str(number)))
    assert {each.method for each in bench.box.requests if each.path.startswith("/v2/orders")} <= {"POST", "GET"}
    assert bench.posted() == 3
