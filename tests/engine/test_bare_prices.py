"""A price without bid and ask counts in a recording that has none, and never live."""

import asyncio
from datetime import datetime

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.feeds import Feed, FeedGauge
from tidegate.core.inbox import Lane
from tidegate.testing import NOW, a_quote


class Heard:
    """A line that keeps what is published on it."""

    def __init__(self) -> None:
        self.facts: list[e.Fact] = []

    def now(self) -> datetime:
        return NOW

    def state(self) -> State:
        return State()

    def publish(self, _: datetime, fact: e.Fact) -> None:
        self.facts.append(fact)


@pytest.mark.parametrize("lane", [None, Lane()])
def test_only_a_recording_may_call_a_price_bare(lane: Lane | None) -> None:
    line, bare = Heard(), e.QuoteSeen(source="s", quote=a_quote(bid=None, ask=None), bare=True)
    asyncio.run(Feed("s", line, lane, FeedGauge(recorded=lane is not None)).publish((NOW, bare)))
    told = line.facts if lane is None else [fact for _, fact in lane.items]
    assert [isinstance(fact, e.QuoteSeen) and fact.bare for fact in told] == [lane is not None]
