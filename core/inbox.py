"""The one way in: facts from sources, the venue, the clock and people, in the order the engine takes them.

`SessionInbox` merges recorded sources, a simulated venue's answers and ticks by their own times, so that the result
does not depend on speed, pauses or kills. `LiveInbox` takes facts as they come.
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from time import monotonic

from tidegate.core.clock import Clock, WallClock
from tidegate.core.domain.events import Fact, Tick
from tidegate.core.domain.state import State

Item = tuple[datetime, Fact]
LANE_LIMIT = 4096  # facts a source may be ahead
TELLING = 3  # ticks; a recording that lets as many pass without telling one no longer tells them
SETTLE = timedelta(hours=2)  # session time to let orders and the queue finish after the last fact


class Agenda:
    """Facts that are due at a known time, first due first, in order of arrival when due together."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Fact]] = []
        self._order = count()

    def add(self, at: datetime, fact: Fact) -> None:
        """Note a fact for `at`."""
        heappush(self._heap, (at, next(self._order), fact))

    def due(self) -> datetime | None:
        """When the next fact is due; None when there is none."""
        return self._heap[0][0] if self._heap else None

    def pop(self) -> Item:
        """Take the next fact."""
        at, _, fact = heappop(self._heap)
        return at, fact


class Lane:
    """What one source has said and the engine has not yet taken."""

    def __init__(self) -> None:
        self.items: deque[Item] = deque()
        self.open = True
        self.changed = asyncio.Event()
        self.drained = asyncio.Event()

    async def put(self, items: tuple[Item, ...]) -> None:
        """Add facts; waits while the source is too far ahead."""
        self.items.extend(items)
        self.changed.set()
        while len(self.items) >= LANE_LIMIT:
            self.drained.clear()
            await self.drained.wait()

    def take(self) -> Item:
        """Take the oldest fact."""
        item = self.items.popleft()
        if len(self.items) < LANE_LIMIT // 2:
            self.drained.set()
        return item

    def close(self) -> None:
        """The source has said everything."""
        self.open = False
        self.changed.set()


class SessionInbox:
    """Time-ordered merge of lanes, agenda and ticks, paced by `speed` (session seconds per second; None: at once)."""

    def __init__(self, *, tick_s: float, speed: float | None) -> None:
        self._agenda = Agenda()
        self._lanes: list[Lane] = []
        self._tick = timedelta(seconds=tick_s)
        self._speed = speed
        self._anchor: tuple[datetime, float] | None = None
        self._ended_at: datetime | None = None

    def lane(self) -> Lane:
        """A lane for one source."""
        self._lanes.append(Lane())
        return self._lanes[-1]

    def push(self, at: datetime, fact: Fact) -> None:
        """A fact of the venue or a person for session time `at`."""
        self._agenda.add(at, fact)

    async def first(self) -> datetime | None:
        """The time of the first recorded fact; None when there is none at all."""
        for lane in self._lanes:
            while lane.open and not lane.items:
                lane.changed.clear()
                await lane.changed.wait()
        return min((lane.items[0][0] for lane in self._lanes if lane.items), default=None)

    def poll(self, state: State) -> Item | None:
        """The next fact if it can be known and is due; None to wait."""
        if any(lane.open and not lane.items for lane in self._lanes):
            return None
        soonest = self._soonest(state)
        if soonest is None or (self._speed is not None and self._delay(soonest[0]) > 0):
            return None
        at, lane = soonest
        if lane is not None:
            return lane.take()
        return self._agenda.pop() if at == self._agenda.due() else (at, Tick())

    def _soonest(self, state: State) -> tuple[datetime, Lane | None] | None:
        """When the next fact is due and its lane. At the same time: the venue's answers, ticks, then sources."""
        lane = self._next_lane()
        soonest: tuple[datetime, Lane | None] | None = None if lane is None else (lane.items[0][0], lane)
        tick = self._next_tick(state, lane)
        if tick is not None and (soonest is None or tick <= soonest[0]):
            soonest = (tick, None)
        due = self._agenda.due()
        if due is not None and (soonest is None or due <= soonest[0]):
            soonest = (due, None)
        return soonest

    def _next_lane(self) -> Lane | None:
        if len(self._lanes) == 1:
            return self._lanes[0] if self._lanes[0].items else None
        spoken = [lane for lane in self._lanes if lane.items]
        return min(spoken, key=lambda lane: lane.items[0][0], default=None)

    def finished(self, state: State) -> bool:
        """Whether every source has said everything and nothing is under way."""
        if any(lane.open or lane.items for lane in self._lanes) or self._agenda.due() is not None:
            return False
        return self._next_tick(state, None) is None

    async def wait(self, state: State, timeout_s: float) -> None:
        """Sleep until more is known or due, at most `timeout_s`."""
        empty = [lane for lane in self._lanes if lane.open and not lane.items]
        if empty:
            empty[0].changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await empty[0].changed.wait()
            return
        soonest = self._soonest(state)
        await asyncio.sleep(0.0 if soonest is None else min(timeout_s, max(0.0, self._delay(soonest[0]))))

    def _next_tick(self, state: State, lane: Lane | None) -> datetime | None:
        """Ticks follow each other while something is under way; an idle stretch is skipped but for its last tick."""
        last = state.ticked_at
        if lane is not None and self._is_told(state, lane.items[0]):
            return None
        if last is None:
            return state.now
        regular = last + self._tick
        busy = state.busy
        if lane is None:
            return self._settling_tick(state, regular) if busy else None
        coming = lane.items[0][0]
        if busy or state.positions or coming <= regular:
            return regular
        return max(regular, coming - self._tick)

    def _is_told(self, state: State, coming: Item) -> bool:
        """Whether the recording tells its ticks itself: it tells one now, or has told the last one not long ago."""
        at, fact = coming
        if isinstance(fact, Tick):
            return True
        return state.tick_told and state.ticked_at is not None and at - state.ticked_at < TELLING * self._tick

    def _settling_tick(self, state: State, regular: datetime) -> datetime | None:
        if self._ended_at is None:
            self._ended_at = state.now
        return regular if regular - self._ended_at <= SETTLE else None

    def _delay(self, at: datetime) -> float:
        if self._speed is None:
            return 0.0
        if self._anchor is None:
            self._anchor = (at, monotonic())
        begun, wall = self._anchor
        return (at - begun).total_seconds() / self._speed - (monotonic() - wall)


class LiveInbox:
    """Facts as they come, on the machine's clock or a rehearsal's, with a tick every `tick_s` seconds of it."""

    def __init__(self, *, tick_s: float, clock: Clock | None = None) -> None:
        self.clock = clock or WallClock()
        self._agenda = Agenda()
        self._tick = timedelta(seconds=tick_s)
        self._arrived = asyncio.Event()

    def push(self, at: datetime, fact: Fact) -> None:
        """A fact for `at`, now or later."""
        self._agenda.add(at, fact)
        self._arrived.set()

    def poll(self, state: State) -> Item | None:
        """The next fact that is due; None to wait."""
        now = self.clock.now()
        due = self._agenda.due()
        tick = now if state.ticked_at is None else state.ticked_at + self._tick
        if due is not None and due <= min(now, tick):
            return self._agenda.pop()
        return (now, Tick()) if tick <= now else None

    def finished(self, state: State) -> bool:  # noqa: ARG002 - the same shape as SessionInbox
        """Never: a live run ends when it is stopped."""
        return False

    async def wait(self, state: State, timeout_s: float) -> None:
        """Sleep until a fact arrives or is due, at most `timeout_s`."""
        times = [self._agenda.due(), state.ticked_at + self._tick if state.ticked_at else None]
        now = self.clock.now()
        pauses = [(at - now).total_seconds() for at in times if at is not None]
        self._arrived.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min([timeout_s, *pauses]))):
                await self._arrived.wait()
