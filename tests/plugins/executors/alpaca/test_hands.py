"""Orders that somebody else's hand, or a bad moment, takes out of our sight for a while."""

import asyncio
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from tests.plugins.executors.alpaca.bench import FILLS, T0, Bench, an_order, on_the_bench
from tests.waiting import PATIENCE_S
from tidegate import Order, OrderAbsent, OrderAccepted, OrderFilled, OrderUnknown, Side, Status
from tidegate.sandbox.alpaca import Failure, RemoveFields, Slow

HELD = an_order("1", quantity="10")


def a_stop() -> Order:
    return an_order(
        "1",
        quantity="10",
        side=Side.SELL,
        limit="63.75",
        entry=False,
        stop=Decimal("63.75"),
        leg="stop1",
        client_order_id=HELD.client_order_id.replace("entry1", "stop1"),
    )


async def counted(bench: Bench, order: Order, shares: int) -> None:
    await bench.engine.until(lambda: bench.engine.filled(order) == shares)


async def stopped(bench: Bench, shares: str) -> Order:
    """A stop for ten shares, which somebody changed at the venue to be for others, and which is then set off."""
    await bench.engine.done(await bench.send(HELD), Status.FILLED)
    stop = await bench.send(a_stop())
    name = stop.client_order_id
    await bench.engine.until(lambda: bench.engine.book.orders[name].status is Status.ACCEPTED)
    await bench.ask("PATCH", f"/v2/orders/{bench.engine.book.orders[name].venue_order_id}", json={"qty": shares})
    bench.box.market.set_price("KO", "63.00")
    return stop


@on_the_bench()
async def test_an_order_that_could_not_be_read_at_a_start_is_watched_all_the_same(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 3)
    order = await bench.send(an_order(quantity="10"))
    await bench.engine.until(lambda: bench.engine.filled(order) == 3)
    bench.box.faults.add(Failure(status=503))
    await bench.restart()
    await bench.executor.find(order)
    assert bench.engine.told(OrderUnknown) != []
    bench.box.faults.clear()
    bench.executor._session.calls.turnstile.circuit.succeeded()
    bench.engine.at = T0 + timedelta(minutes=5)
    await bench.engine.until(lambda: order.client_order_id in bench.engine.book.done)
    assert bench.engine.filled(order) == bench.held()


@on_the_bench()
async def test_an_order_that_filled_before_its_acceptance_was_told_is_looked_up_by_our_id(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 3)
    order = await bench.send(an_order(quantity="10"))
    await bench.engine.until(lambda: bench.engine.filled(order) == 3)
    bench.engine.book.orders[order.client_order_id].venue_order_id = None
    bench.box.faults.add(Failure(status=503))
    await bench.restart()
    await bench.executor.find(order)
    bench.box.faults.clear()
    bench.executor._session.calls.turnstile.circuit.succeeded()
    bench.engine.at = T0 + timedelta(minutes=5)
    await bench.engine.until(lambda: order.client_order_id in bench.engine.book.done)
    assert bench.engine.filled(order) == bench.held()


@on_the_bench()
async def test_a_stop_that_was_made_smaller_at_the_venue_ends_when_that_filled(bench: Bench) -> None:
    stop = await stopped(bench, "4")
    await bench.engine.done(stop, Status.CANCELED)
    assert (bench.engine.filled(stop), bench.held()) == (Decimal(4), Decimal(6))
    assert bench.engine.book.protection("KO") is None


@on_the_bench()
async def test_of_an_order_that_was_made_larger_at_the_venue_our_shares_are_told(bench: Bench) -> None:
    order = await bench.send(replace(HELD, limit=Decimal(60)))
    await bench.engine.hears(OrderAccepted)
    (made,) = bench.orders()
    await bench.ask("PATCH", f"/v2/orders/{made.id}", json={"qty": "15"})
    bench.box.market.set_price("KO", "59")
    await bench.engine.done(order, Status.FILLED)
    assert (bench.engine.filled(order), bench.held()) == (Decimal(10), Decimal(15))


@on_the_bench()
async def test_an_open_order_that_a_lookup_at_a_start_does_not_find_is_watched_all_the_same(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 3)
    order = await bench.send(an_order(quantity="10"))
    await bench.engine.until(lambda: bench.engine.filled(order) == 3)
    await bench.restart()
    bench.box.faults.add(Failure(path="/v2/orders:by_client_order_id", status=404, code=40410000, message="not found"))
    await bench.executor.find(order)
    assert bench.engine.told(OrderAbsent) != []
    bench.engine.at = T0 + timedelta(minutes=5)
    await bench.engine.done(order, Status.EXPIRED)
    assert bench.engine.filled(order) == bench.held()


@on_the_bench()
async def test_an_order_whose_filled_shares_cannot_be_read_is_not_over_before_they_can(bench: Bench) -> None:
    bench.box.faults.add(
        RemoveFields(path="/v2/orders*", fields=["filled_qty", "filled_avg_price"]),
        Failure(**FILLS, status=422, count=3),
    )
    order = await bench.send(an_order())
    await bench.engine.done(order, Status.FILLED)
    assert bench.engine.filled(order) == bench.held() == 4


@on_the_bench()
async def test_an_order_that_was_changed_twice_and_is_asked_for_meanwhile_loses_no_share(bench: Bench) -> None:
    bench.box.market.set_depth("KO", 1)
    order = await bench.send(an_order(quantity="5"))
    name = order.client_order_id
    for shares, limit in ((1, "69"), (2, "68")):
        await counted(bench, order, shares)
        await bench.ask("PATCH", f"/v2/orders/{bench.orders()[-1].id}", json={"limit_price": limit})
        bench.box.market.set_depth("KO", 1)
    await counted(bench, order, 3)
    bench.box.faults.add(Slow(**FILLS, seconds=0.2))
    bench.box.market.set_depth("KO", None)
    async with asyncio.timeout(PATIENCE_S):
        while name in bench.engine.book.orders:
            await bench.executor.find(order)
    await bench.engine.done(order, Status.FILLED)
    assert sum(fill.quantity for fill in bench.engine.told(OrderFilled)) == bench.held() == 5
