"""Sources and sinks at the loop's edge: each on its own, so that one that fails is named and the others go on."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from tidegate.core.clock import present_time
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.inbox import Lane
from tidegate.core.plausibility import strange
from tidegate.core.plugins.bases import Line, Sink, Source

PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0)
SINK_LIMIT = 10_000  # events a sink may be behind; above, it misses some


class FeedGauge(msgspec.Struct, kw_only=True):
    """A source to show: what it does, the time of its last fact, what troubles it, and when it is tried again."""

    recorded: bool
    state: Literal["starting", "reading", "failed", "ended"] = "starting"
    at: datetime | None = None
    facts: int = 0
    failures: int = 0
    trouble: str = ""
    next_try: datetime | None = None

    def heard(self, facts: Sequence[tuple[datetime, e.Fact]]) -> None:
        """Remember what the source said; that it has something to say ends its trouble."""
        self.state, self.next_try = "reading", None
        for at, fact in facts:
            if isinstance(fact, e.SourceFailed):
                self.trouble, self.failures = fact.reason, self.failures + 1
            elif not isinstance(fact, e.InputRejected):
                self.at, self.facts, self.trouble = at, self.facts + 1, ""


def feed_gauges(sources: Sequence[tuple[str, Source]], known: dict[str, FeedGauge]) -> dict[str, dict[str, object]]:
    """Every source's gauge with what the source itself tells; one that raises tells nothing."""
    told: dict[str, dict[str, object]] = {}
    for key, source in sources:
        told[key] = msgspec.structs.asdict(known[key])
        with suppress(Exception):
            told[key] |= source.gauges()
    return told


async def run_source(line: Line, key: str, source: Source, lane: Lane | None, gauge: FeedGauge) -> None:
    """Stream a source: a recorded one (with a lane) to its end, a live one for ever, with pauses after failures."""
    name = source.says_as or source.name
    failures = 0
    while True:
        feed = Feed(name, line, lane, gauge)
        gauge.state = "reading"
        try:
            await source.stream(feed)
        except Exception as error:  # noqa: BLE001 - a source that fails is named and the others go on
            fact = e.SourceFailed(source=key, reason=f"{type(error).__name__}: {error}")
            await feed.publish((feed.last or line.now(), fact))
        if lane is not None:
            gauge.state = "ended"
            lane.close()
            return
        pause = PAUSES_S[min(failures, len(PAUSES_S) - 1)]
        gauge.trouble = gauge.trouble or "it ended by itself"
        gauge.state, gauge.next_try = "failed", present_time() + timedelta(seconds=pause)
        await asyncio.sleep(pause)
        failures += 1


class Feed:
    """A source's way in."""

    def __init__(self, name: str, line: Line, lane: Lane | None, gauge: FeedGauge) -> None:
        self.name, self.cursor = name, line.state().cursors.get(name, 0)
        self.last: datetime | None = None
        self._line, self._lane, self._gauge = line, lane, gauge

    async def publish(self, *facts: tuple[datetime, e.Fact]) -> None:
        """Hand over facts, oldest first; a recorded source waits while it is too far ahead.

        A fact whose numbers cannot be goes on as `InputRejected`.
        """
        facts = tuple((at, _usable(fact)) for at, fact in facts)
        if facts:
            self.last = facts[-1][0]
            self._gauge.heard(facts)
        if self._lane is not None:
            await self._lane.put(facts)
            return
        for at, fact in facts:
            self._line.publish(at, _with_touch(fact))

    def now(self) -> datetime:
        """The engine's time."""
        return self._line.now()

    def state(self) -> State:
        """The engine's state, to read."""
        return self._line.state()


def _with_touch(fact: e.Fact) -> e.Fact:
    """No live price does without a bid and ask, whatever a source says of it."""
    return replace(fact, bare=False) if isinstance(fact, e.QuoteSeen) and fact.bare else fact


def _usable(fact: e.Fact) -> e.Fact:
    wrong = strange(fact)
    if not wrong or not isinstance(fact, e.SourceFact):
        return fact
    where = f"{type(fact).__name__} of {fact.source}"
    return e.InputRejected(source=fact.source, cursor=fact.cursor, where=where, reason=wrong)


class Sinks:
    """Whoever hears of committed events. A sink that fails is muted and named."""

    def __init__(self, line: Line, sinks: Sequence[tuple[str, Sink]]) -> None:
        self._line = line
        self._queues = {key: asyncio.Queue[e.Recorded](maxsize=SINK_LIMIT) for key, _ in sinks}
        self._sinks = dict(sinks)

    def tell(self, records: Sequence[e.Recorded]) -> None:
        """Pass on what was committed; never waits."""
        for queue in self._queues.values():
            for record in records:
                if not queue.full():
                    queue.put_nowait(record)

    async def run(self, key: str) -> None:
        """Feed one sink until it fails."""
        while True:
            record = await self._queues[key].get()
            try:
                await self._sinks[key].record(record)
            except Exception as error:  # noqa: BLE001 - a sink is never on the critical path
                del self._queues[key]
                failed = e.SourceFailed(source=key, reason=f"{type(error).__name__}: {error}")
                self._line.publish(self._line.now(), failed)
                return
