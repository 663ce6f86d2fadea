"""Asks for readings, as the quota lets it, and says what is news."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from tidegate import Feed, LimitedError, Priority, Reading, State, TransientError, pause_s
from tidegate.plugins.sources.unusual_whales.client import Client, OffError
from tidegate.plugins.sources.unusual_whales.limits import Limits, next_reset
from tidegate.plugins.sources.unusual_whales.publisher import AlertPublisher
from tidegate.plugins.sources.unusual_whales.quota.fit import complaints
from tidegate.plugins.sources.unusual_whales.quota.plan import Call, Means, Rank, Wanted
from tidegate.plugins.sources.unusual_whales.quota.schedule import Schedule
from tidegate.plugins.sources.unusual_whales.readings.endpoint import DAY_S, Decoded, Endpoint, decode

LOOK_S = 2.0  # while nothing is due
LONGEST_GAP_S = 60.0
AGAIN = timedelta(minutes=5)  # after which a call that failed is due again
QUOTA = "quota"


class ReadingCounts(msgspec.Struct, kw_only=True):
    """Counts of this run by endpoint: answers, readings said, and rows that are wrong or do not count, by reason."""

    answers: dict[str, int] = {}
    readings: dict[str, int] = {}
    rejects: dict[str, int] = {}
    skipped: dict[str, int] = {}


class ReadingPoller:
    """One run. `wants` says whose readings are wanted now, `means` what may be spent until the service says more."""

    def __init__(  # noqa: PLR0913 - what it asks, tells and is told
        self,
        client: Client,
        publisher: AlertPublisher,
        feed: Feed,
        *,
        endpoints: Sequence[Endpoint],
        wants: Callable[[], Wanted],
        means: Means,
    ) -> None:
        self.counts = ReadingCounts()
        self.schedule = Schedule(endpoints, self._recall)
        self.means = self._means = means
        self._client, self._publisher, self._feed, self._wants = client, publisher, feed, wants
        self._failures = 0
        self._own, self._own_until = 0, feed.now()

    async def run(self) -> None:
        """Ask until cancelled.

        Raises:
            TokenError: The token is refused.
        """
        while True:
            now = self._feed.now()
            await self._adjust()
            calls = self.schedule.next(self._wants(), self.means, used=self._used(now), now=now)
            for call in calls:
                if self.schedule.stands(call):
                    await self._ask(call)
                    await asyncio.sleep(min(self.means.gap_s, LONGEST_GAP_S))
            if not calls:
                await asyncio.sleep(LOOK_S)

    async def _ask(self, call: Call) -> None:
        now, name = self._feed.now(), call.endpoint.key
        self._own += 1
        try:
            body = await self._client.get(
                call.endpoint.address(call.symbol), call.endpoint.query(call.symbol, now), priority=Priority.QUOTE
            )
        except OffError as error:
            if self.schedule.refused(call):
                await self._publisher.troubled(name, f"given up: {error}")
            else:
                await self._publisher.reject(f"{name} {call.symbol}", str(error))
        except (TransientError, LimitedError) as error:
            self._failures += 1
            self.schedule.failed(call, now + AGAIN)
            await self._publisher.troubled(name, str(error))
            await asyncio.sleep(pause_s(self._failures) if error.wait_s is None else error.wait_s)
        else:
            self._failures = 0
            self._publisher.well(name)
            self.schedule.answered(call, now)
            await self._say(call, body)

    async def _say(self, call: Call, body: bytes) -> None:
        now, endpoint = self._feed.now(), call.endpoint
        found = decode(endpoint, body, symbol=call.symbol, now=now)
        news = [each for each in found.readings if self._known(each.name, call.symbol) != each]
        self._count(endpoint.key, found, len(news))
        if endpoint.daily:
            count = float(len(found.readings))
            news.append(Reading(name=endpoint.asked, at=now, value=count, max_age_s=DAY_S, symbol=call.symbol))
        await self._publisher.readings(news)
        for reason in found.rejects:
            await self._publisher.reject(endpoint.key, reason, body)

    async def _adjust(self) -> None:
        """Believe the service's limits; one that is too small for the settings is told."""
        limits = self._client.limits
        means = self._means if limits is None else _told(self._means, limits)
        if means == self.means:
            return
        self.means = means
        said = complaints(self.schedule.endpoints, means, len(self._wants().ranks))
        if said:
            await self._publisher.troubled(QUOTA, "; ".join(said))
        else:
            self._publisher.well(QUOTA)

    def _used(self, now: datetime) -> float:
        """Calls of the service's day so far: as it says, else those we know of."""
        if self._own_until <= now:
            self._own, self._own_until = 0, next_reset(now)
        said = None if self._client.limits is None else self._client.limits.used_today(now)
        return self._own if said is None else said

    def _known(self, name: str, symbol: str | None) -> Reading | None:
        state = self._feed.state()
        if symbol is None:
            return state.market.get(name)
        known = state.symbols.get(symbol)
        return None if known is None else known.readings.get(name)

    def _recall(self, endpoint: Endpoint, symbol: str) -> datetime | None:
        known = self._known(endpoint.asked, symbol)
        return None if known is None else known.at

    def _count(self, key: str, found: Decoded, news: int) -> None:
        for counts, more in ((self.counts.answers, 1), (self.counts.readings, news)):
            counts[key] = counts.get(key, 0) + more
        for sums, reasons in ((self.counts.rejects, found.rejects), (self.counts.skipped, found.skipped)):
            for reason, count in reasons.items():
                sums[f"{key} {reason}"] = sums.get(f"{key} {reason}", 0) + count


def ranks(state: State, *, now: datetime, watch: Sequence[str], candidates_s: float, limit: int) -> dict[str, Rank]:
    """At most `limit` symbols by rank, the most needed first.

    Held: positions and working orders. Candidates: signals under way or queued, then symbols with an alert that counts
    within the last `candidates_s` seconds, the newest first. Watched: those named.
    """
    held = [*state.positions, *(order.order.symbol for order in state.orders.values())]
    waiting = [signal.symbol for signal in state.entering.values()]
    waiting += [item.signal.symbol for item in state.queue.values()]
    since = now - timedelta(seconds=candidates_s)
    recent = [
        (max(item.at for item in symbol.flow if item.counts), name)
        for name, symbol in state.symbols.items()
        if any(item.counts and item.at >= since for item in symbol.flow)
    ]
    waiting += [name for _, name in sorted(recent, reverse=True)]
    found = dict.fromkeys(held, Rank.HELD)
    for name in waiting:
        found.setdefault(name, Rank.CANDIDATE)
    for name in watch:
        found.setdefault(name, Rank.WATCHED)
    return dict(list(found.items())[:limit])


def _told(means: Means, limits: Limits) -> Means:
    """The same with what the service says that it allows; in a minute never more than the settings do."""
    used, left = limits.minute_used, limits.minute_left
    minute = means.minute if used is None or left is None else min(means.minute, max(1.0, used + left))
    return msgspec.structs.replace(means, day=limits.day_limit or means.day, minute=minute)
