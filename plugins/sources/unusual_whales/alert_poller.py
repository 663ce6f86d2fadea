"""Market-wide flow alerts by REST: looks back that overlap, so that nothing is lost between two of them."""

from datetime import datetime, timedelta
from functools import partial

import msgspec

from tidegate import NotNegative, Positive, Priority, TransientError
from tidegate.plugins.sources.fields import EPOCH, MILLISECOND
from tidegate.plugins.sources.unusual_whales.client import Client
from tidegate.plugins.sources.unusual_whales.filter import Filter
from tidegate.plugins.sources.unusual_whales.pages import PAGE, SMALLEST_CUT, Pages
from tidegate.plugins.sources.unusual_whales.publisher import KEY, AlertPublisher, Found
from tidegate.plugins.sources.unusual_whales.rows import Row, rows_of

PATH = "/api/option-trades/flow-alerts"
WHAT = "alerts"


class Lookback(msgspec.Struct, frozen=True, kw_only=True):
    """How far looks reach back, in seconds.

    `overlap_s` before the mark is always read again, `late_s` now and then; `warm_s` before now when nothing was ever
    read; never more than `backfill_s` before now.
    """

    overlap_s: NotNegative = 60.0
    late_s: NotNegative = 1200.0
    warm_s: NotNegative = 3600.0
    backfill_s: Positive = 345_600.0


class AlertPoller:
    """Looks at the service's list of alerts and says what is new, once a look is complete."""

    def __init__(self, client: Client, publisher: AlertPublisher, wanted: Filter, reach: Lookback) -> None:
        self._client, self._publisher, self._wanted, self._reach = client, publisher, wanted, reach
        self._cut = SMALLEST_CUT

    async def look(self, *, late: bool, to_known: bool) -> None:
        """Read everything since the mark, oldest said first; `late` also what may have come late.

        Waits through what may pass. Ends at known rows with `to_known`, which holds while all came this way.

        Raises:
            VenueError: The service refuses for good (`OffError`, `TokenError`).
        """
        since, due = await self._bounds(late=late)
        pages = Pages(since=since, due=due, to_known=to_known, cut=self._cut)
        seen: dict[str, Row] = {}
        found: dict[str, Found] = {}
        while not pages.done:
            rows = await self._publisher.patiently(WHAT, partial(self._page, since, pages))
            news = {row.key: row for row in rows if row.key not in seen}
            unknown = [row for row in news.values() if not self._publisher.knows(row.key)]
            pages.turn(rows, news=len(news), unknown=len(unknown))
            seen |= news
            found |= {row.key: alert for row in unknown if (alert := await self._publisher.read(WHAT, row)) is not None}
            self._publisher.tally.rows += len(rows)
            self._publisher.tally.duplicates += len(rows) - len(unknown)
        self._cut = pages.cut
        await self._say(seen, found)
        if pages.complaint:
            await self._publisher.troubled("paging", pages.complaint)
        else:
            self._publisher.well("paging")

    async def _say(self, seen: dict[str, Row], found: dict[str, Found]) -> None:
        wanted = {key: each for key, each in found.items() if self._wanted.takes(each[1])}
        left = found.keys() - wanted.keys()
        self._publisher.tally.filtered += len(left)
        now = self._publisher.now()
        known = [
            row.end
            for key, row in seen.items()
            if row.end is not None and row.end <= now and self._publisher.knows(key)
        ]
        await self._publisher.alerts(wanted.values(), marks=True)
        self._publisher.remember(left)
        self._publisher.reach(max([*known, *(alert.at for _, alert in found.values())], default=None))

    async def _page(self, since: datetime, pages: Pages) -> list[Row]:
        params = {**self._wanted.params(), "limit": str(PAGE), "newer_than": _millis(since)}
        if pages.older_than is not None:
            params["older_than"] = _millis(pages.older_than)
        rows = rows_of(await self._client.get(PATH, params, priority=Priority.ENTRY))
        if not rows and pages.overlaps:
            raise TransientError("an empty page, although it begins within the one before")
        self._publisher.tally.answered_at = self._publisher.now()
        return rows

    async def _bounds(self, *, late: bool) -> tuple[datetime, datetime]:
        """How far back to look, and how far back everything must be read."""
        now, mark = self._publisher.now(), self._publisher.mark
        if mark is None:
            since = now - timedelta(seconds=self._reach.warm_s)
            return since, since
        first = now - timedelta(seconds=self._reach.backfill_s)
        if mark < first and late:
            gap = f"nothing is read from {mark:%Y-%m-%d %H:%M} to {first:%Y-%m-%d %H:%M} UTC"
            await self._publisher.troubled("gap", f"{gap}; {KEY}.backfill_s says how far back to read")
        due = max(first, mark - timedelta(seconds=self._reach.overlap_s))
        return (max(first, min(due, mark - timedelta(seconds=self._reach.late_s))) if late else due), due


def _millis(at: datetime) -> str:
    return str((at - EPOCH) // MILLISECOND)
