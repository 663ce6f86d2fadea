"""The source against the sandbox: whatever goes wrong, every alert that was listed is said once."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

import pytest

from tests.plugins.sources.unusual_whales.server import Ear
from tests.waiting import PATIENCE_S
from tidegate.plugins.sources.unusual_whales.plugin import UnusualWhales
from tidegate.sandbox.times import NANO
from tidegate.sandbox.unusual_whales import (
    TOKEN,
    Disconnect,
    Drop,
    Duplicate,
    Empty,
    Failure,
    Late,
    Malformed,
    Missing,
    Plan,
    RateLimit,
    Repeated,
    Sandbox,
    Settings,
    Text,
    Twice,
)
from tidegate.sandbox.unusual_whales.plan import AnyFault

SPEED = 600.0
QUICK: dict[str, Any] = {
    "poll_s": 0.02,
    "closed_poll_s": 0.02,
    "sweep_s": 0.2,
    "requests_per_minute": 600_000.0,
    "overlap_s": 600.0,
}
HOUR = 3600 * NANO
STORM: tuple[AnyFault, ...] = (
    Late(seconds=300, chance=0.05),
    Twice(chance=0.05),
    Malformed(chance=0.2),
    Repeated(chance=0.2),
    Failure(chance=0.05),
    Text(chance=0.05),
    Drop(chance=0.05, late=True),
    RateLimit(chance=0.02, reset_s=60.0),
    Duplicate(chance=0.1),
    Missing(chance=0.1),
    Empty(chance=0.05),
    Disconnect(chance=0.01),
)


async def heard(faults: Iterable[AnyFault], *, socket: bool) -> tuple[Sandbox, Ear]:
    """An hour of the demo's day at the sandbox, ten minutes a second, with the source at its other end."""
    made = Settings(
        recording="demo",
        speed=SPEED,
        plan=Plan(seed=5, faults=list(faults)),
        calls_per_minute=None,
        calls_per_day=None,
    )
    async with Sandbox(made) as box:
        ear = Ear(now=box.clock.now)
        over, end = asyncio.Event(), box.clock.instant() + HOUR
        box.agenda.at(end, lambda _: over.set())
        source = UnusualWhales(base_url=box.url, socket_url=box.socket_url, socket=socket, **QUICK)
        stream = asyncio.create_task(source.stream(ear))
        try:
            await asyncio.wait_for(over.wait(), PATIENCE_S)
            box.faults.clear()
            box.clock.move(speed=0.0)
            await caught_up(box, ear)
        finally:
            stream.cancel()
            await asyncio.gather(stream, return_exceptions=True)
    return box, ear


async def caught_up(box: Sandbox, ear: Ear) -> None:
    """Wait until every alert was said; a circuit may still be open."""
    end = monotonic() + PATIENCE_S
    while left := set(box.flow.listed) - set(ear.alerts()):
        with suppress(TimeoutError):
            await ear.until(lambda: set(ear.alerts()) >= set(box.flow.listed))
        assert monotonic() < end, (left, ear.failures()[-5:])


@pytest.mark.long
@pytest.mark.parametrize("socket", [False, True], ids=["polled", "socket"])
def test_no_alert_is_lost_or_said_twice_in_a_storm(monkeypatch: pytest.MonkeyPatch, *, socket: bool) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)
    box, ear = asyncio.run(heard(STORM, socket=socket))
    told = ear.alerts()
    assert len(told) == len(set(told))
    assert set(told) == set(box.flow.listed) <= box.flow.served
    kinds = {each.kind for each in box.faults.log}
    assert {"late", "again", "malformed", "repeat_rows"} <= kinds
    assert len(told) > 500
