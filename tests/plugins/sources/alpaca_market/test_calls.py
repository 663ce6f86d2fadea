"""Single requests to the market data service, against a real server."""

import asyncio

import pytest

from tests.plugins.sources.alpaca_market.data_server import KEY_ID, SECRET_KEY, DataServer, snapshot
from tidegate import Budget, Circuit, TransientError, Turnstile
from tidegate.plugins.sources.alpaca_market.calls import connected


class Rest:
    """A budget's time: it passes when the test says so."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.begun, self.over = asyncio.Event(), asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.begun.set()
        await self.over.wait()
        self.at += seconds


def test_nothing_is_sent_through_a_circuit_that_opened_while_the_call_waited_for_its_turn() -> None:
    async def play() -> None:
        rest = Rest()
        url, pair = "http://{}", (KEY_ID, SECRET_KEY)
        async with (
            DataServer() as server,
            connected(url.format(server.address), pair, timeout_s=10.0, per_minute=60.0) as calls,
        ):
            server.snapshots = {"KO": snapshot(67.1)}
            circuit, budget = Circuit("a test's"), Budget(60.0, clock=lambda: rest.at, sleep=rest.sleep)
            calls.service.turnstile = Turnstile(circuit, budget)
            budget.hold(5.0)
            asked = asyncio.create_task(calls.snapshots(["KO"], "iex"))
            await rest.begun.wait()
            circuit.failed("another call was refused", at_once=True)
            rest.over.set()
            with pytest.raises(TransientError, match="another call was refused"):
                await asked
            assert server.requests == []

    asyncio.run(play())
