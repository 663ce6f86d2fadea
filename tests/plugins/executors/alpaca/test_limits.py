"""Alpaca's rate limits: who was refused waits exactly as long as asked, everybody less urgent too, exits never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from typing import Any

import pytest

from tests.plugins.executors.alpaca.bench import POST, T0, Bench, an_order, on_the_bench
from tidegate import Budget, LimitedError, Priority, RateLimited
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.sandbox.alpaca import RateLimit, Sandbox, Settings

STILL = Settings(requests_per_minute=None, http_time="market", speed=0)  # the venue's time is a whole second
ACCOUNT: dict[str, Any] = {"method": "GET", "path": "/v2/account"}


class Clock:
    """Our time, which passes only when somebody sleeps."""

    at = 1000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds
        await asyncio.sleep(0)


@asynccontextmanager
async def asked() -> AsyncIterator[tuple[Sandbox, Calls, Clock]]:
    """A venue, and calls whose budget has a clock of its own."""
    async with Sandbox(STILL) as box:
        keys = (box.settings.key_id, box.settings.secret_key)
        calls = Calls(base_url=box.url, keys=keys, timeout_s=5.0, per_minute=10_000, within_s=1.0)
        clock = Clock()
        calls.turnstile.budget = Budget(10_000, clock=clock.now, sleep=clock.sleep)
        with closing(calls):
            yield box, calls, clock


async def refused(calls: Calls, priority: Priority) -> float:
    """The pause that a call is answered with."""
    with pytest.raises(LimitedError) as raised:
        await calls.account(priority)
    return raised.value.wait_s


def test_a_reset_thirty_seconds_away_is_obeyed_to_the_second() -> None:
    async def scene() -> None:
        async with asked() as (box, calls, clock):
            box.faults.add(RateLimit(**ACCOUNT, reset_s=30.0, count=1))
            assert await refused(calls, Priority.RECONCILE) == 30.0
            clock.at += 20.0
            assert await refused(calls, Priority.RECONCILE) == 10.0
            assert await refused(calls, Priority.ENTRY) == 10.0
            assert len(box.requests) == 1  # nothing more was sent
            clock.at += 9.5
            assert (await calls.account(Priority.RECONCILE)).equity == 100_000
            assert clock.at == 1030.0
            assert calls.turnstile.circuit.gauge().state == "closed"

    asyncio.run(scene())


def test_an_entry_that_is_limited_holds_entries_and_no_questions_and_a_question_never_an_exit() -> None:
    async def scene() -> None:
        async with asked() as (box, calls, clock):
            box.faults.add(RateLimit(**ACCOUNT, reset_s=30.0, count=2))
            assert await refused(calls, Priority.ENTRY) == 30.0
            assert await refused(calls, Priority.ENTRY) == 30.0  # from our own budget
            assert await refused(calls, Priority.RECONCILE) == 30.0  # from the venue
            assert (await calls.account(Priority.EXIT)).equity == 100_000
            assert (clock.at, len(box.requests)) == (1000.0, 3)

    asyncio.run(scene())


@on_the_bench(STILL)
async def test_the_engine_is_told_the_moment_of_the_reset(bench: Bench) -> None:
    bench.box.faults.add(RateLimit(**POST, reset_s=30.0))
    await bench.send(an_order())
    assert (await bench.engine.hears(RateLimited)).until == T0 + timedelta(seconds=30)
