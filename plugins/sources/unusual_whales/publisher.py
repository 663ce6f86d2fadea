"""What the source says to the engine: each alert once, oldest first, and readings."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

import msgspec

from tidegate import Alert, AlertReceived, Fact, Feed, trace_of
from tidegate.plugins.sources.fields import EPOCH, MILLISECOND, RowError, moment
from tidegate.plugins.sources.live.publisher import Publisher
from tidegate.plugins.sources.unusual_whales.alerts import alert_of
from tidegate.plugins.sources.unusual_whales.rows import Row
from tidegate.plugins.sources.unusual_whales.tally import Tally

SOURCE = "unusual_whales"  # traces are minted from it: an alert has the trace that its recording has
KEY = f"sources.{SOURCE}"
KNOWN_LIMIT, KNOWN_BATCH = 50_000, 5_000  # ids, as many as the state remembers; forgotten together
TOLD_OF_A_KIND = 100  # rejected rows of a kind that the journal hears of; all are counted
CHUNK = 256
FIRST_MS = 946_684_800_000  # a cursor before the year 2000 counts rows of a recording, and is no time

Found = tuple[datetime, Alert]  # when it became known, and the alert


class AlertPublisher(Publisher):
    """Everything that is published goes through here.

    `mark` is the time up to which every alert was read: the newest last trade of a complete look. It is the cursor of
    every fact, hence in the journal, and where the next run begins to read.
    """

    def __init__(self, feed: Feed, tally: Tally) -> None:
        super().__init__(feed, SOURCE, troubles=tally.troubles)
        self.tally = tally
        self.mark = moment(feed.cursor) if feed.cursor >= FIRST_MS else None
        self._known: dict[str, None] = {}

    @property
    def cursor(self) -> int:
        """The mark in milliseconds; 0 before there is one."""
        return 0 if self.mark is None else (self.mark - EPOCH) // MILLISECOND

    def knows(self, key: str) -> bool:
        """Whether the row was dealt with, by this run or, says the state, by another."""
        return key in self._known or trace_of(SOURCE, key) in self._feed.state().seen

    def remember(self, keys: Iterable[str]) -> None:
        """Deal with these no more."""
        self._known.update(dict.fromkeys(keys))
        if len(self._known) > KNOWN_LIMIT + KNOWN_BATCH:
            self._known = dict.fromkeys(islice(self._known, len(self._known) - KNOWN_LIMIT, None))

    async def read(self, where: str, row: Row) -> Found | None:
        """The alert of a row; None when it cannot be used, which is told."""
        try:
            return alert_of(row.raw, self.now())
        except RowError as error:
            await self.reject(f"{where} {row.key[:40]}", str(error), row.raw)
            return None

    async def alerts(self, found: Iterable[Found], *, marks: bool) -> None:
        """Say those that are not known, oldest first. `marks`: nothing older is missing, so the mark moves along."""
        ordered = sorted(found, key=lambda each: (each[0], each[1].at, each[1].id))
        for start in range(0, len(ordered), CHUNK):
            facts = [self._fact(*each, marks=marks) for each in ordered[start : start + CHUNK]]
            await self._feed.publish(*(fact for fact in facts if fact is not None))
            await asyncio.sleep(0)

    def reach(self, at: datetime | None) -> None:
        """Move the mark on to `at`, not back."""
        self.mark = max((each for each in (self.mark, at) if each is not None), default=None)

    async def reject(self, where: str, reason: str, sample: bytes | msgspec.Raw = b"") -> None:
        """Count what cannot be used, and tell of it, though not of very many of a kind; the same again is no news."""
        if self.first_time(where, reason) and self.tally.rejected(reason, bytes(sample)) <= TOLD_OF_A_KIND:
            await self.say(self.rejected(where, reason))

    def _fact(self, known: datetime, alert: Alert, *, marks: bool) -> tuple[datetime, Fact] | None:
        if marks:
            self.reach(alert.at)
        if self.knows(alert.id):
            self.tally.duplicates += 1
            return None
        now = self.now()
        self.remember((alert.id,))
        self.tally.alerts += 1
        self.tally.at = now
        return min(known, now), AlertReceived(source=SOURCE, cursor=self.cursor, alert=alert)
