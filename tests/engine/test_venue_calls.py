"""Asking the venue: what the answers say of themselves."""

import asyncio
from datetime import datetime, timedelta

from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.plugins.bases import Executor
from tidegate.core.venue_calls import VenueCalls
from tidegate.testing import NOW, a_state


class Slow(Executor, frozen=True, kw_only=True):
    """A venue whose book arrives later than it was asked for."""

    name = "slow"
    simulated = True

    async def broker(self, at: datetime) -> e.BrokerSeen | None:
        """An empty book."""
        return e.BrokerSeen(positions=())


class Line:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.facts: list[tuple[datetime, e.Fact]] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=20)

    def state(self) -> State:
        return a_state()

    def publish(self, at: datetime, fact: e.Fact) -> None:
        self.facts.append((at, fact))


def test_a_book_that_comes_late_says_when_it_was_asked_for() -> None:
    line = Line()
    asyncio.run(VenueCalls(Slow(), line).perform(e.AskBroker(), NOW))
    assert line.facts == [(line.now(), e.BrokerSeen(positions=(), asked_at=NOW))]


class Waiting(Executor, frozen=True, kw_only=True):
    """A venue that answers when it is let, and counts the questions."""

    name = "waiting"
    asked: list[datetime]
    let: asyncio.Event

    async def broker(self, at: datetime) -> e.BrokerSeen | None:
        """An empty book, later."""
        self.asked.append(at)
        await self.let.wait()
        return e.BrokerSeen(positions=())


def test_a_book_is_not_asked_for_again_while_an_answer_is_waited_for() -> None:
    async def ask() -> list[datetime]:
        venue = Waiting(asked=[], let=asyncio.Event())
        line = Line()
        asking = VenueCalls(venue, line)
        for second in range(3):
            await asking.perform(e.AskBroker(), NOW + timedelta(seconds=second))
            await asyncio.sleep(0)
        venue.let.set()
        while not line.facts:  # noqa: ASYNC110 - a list is not waited for
            await asyncio.sleep(0)
        await asking.perform(e.AskBroker(), NOW + timedelta(seconds=9))
        await asyncio.sleep(0)
        await asking.close()
        return venue.asked

    assert asyncio.run(ask()) == [NOW, NOW + timedelta(seconds=9)]
