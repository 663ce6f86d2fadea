"""Paging through a list that the service cuts off: where the next page begins, and when everything was seen.

The newest comes first; which of an alert's times the service sorts and filters by is not documented. So pages overlap:
the next one begins just after the oldest listing time (`created_at`) of the last, the latest time that an alert has,
and only when that leads nowhere at its oldest last trade. Rows are told apart by their ids.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tidegate.plugins.sources.fields import MILLISECOND
from tidegate.plugins.sources.unusual_whales.rows import Row, first_of

PAGE = 200  # rows, the most that the service documents
SMALLEST_CUT = 50  # a page of fewer rows was not cut off, whatever the service's own limit is
MAX_PAGES = 2000
LATE_PAGES = 10  # pages that one look spends on what may have come late
STUCK_PAGES = 4  # pages in a row without a new row: the service does not page
SECOND = timedelta(seconds=1)


class Pages:
    """One look back to `since`.

    Everything after `due` must be seen, what is older is looked at for a few pages only. With `to_known` the look ends
    at a page of rows that were known before: whoever listed those has listed all that is older. `cut` is the number of
    rows from which a page counts as cut off. `complaint` says why a look ended too early.
    """

    def __init__(self, *, since: datetime, due: datetime, to_known: bool, cut: int = SMALLEST_CUT) -> None:
        self.older_than: datetime | None = None
        self.done = False
        self.complaint = ""
        self.cut = cut
        self.overlaps = False  # the next page begins within the last one, so that an empty one cannot be true
        self._since, self._due, self._to_known = since, due, to_known
        self._pages = self._late = self._stuck = 0

    def turn(self, rows: Sequence[Row], *, news: int, unknown: int) -> None:
        """Go on after a page of these rows: `news` are new to this look, and `unknown` of those to everybody."""
        self.cut = min(PAGE, max(self.cut, len(rows)))
        self._pages += 1
        self._stuck = 0 if news else self._stuck + 1
        edge = first_of(row.listed for row in rows)
        if len(rows) < self.cut or (self._to_known and news > 0 and unknown == 0):
            self.done = True
        elif edge is None or self._stuck >= STUCK_PAGES or self._pages >= MAX_PAGES:
            self.done, self.complaint = True, "paging leads nowhere: alerts may be missing"
        else:
            self._late += edge < self._due
            beyond = all(row.listed is not None and row.listed < self._since for row in rows)
            self.done = beyond or self._late > LATE_PAGES
            self.older_than = self._next(edge, first_of(row.end for row in rows) or edge)

    def _next(self, listed: datetime, end: datetime) -> datetime:
        """A bound below the last one that leaves nothing out; a whole second if possible, should only those count."""
        whole = listed.replace(microsecond=0) + SECOND
        bounds = [whole, listed + MILLISECOND, end + MILLISECOND]
        last = self.older_than
        within = [bound for bound in bounds if last is None or bound < last]
        self.overlaps = bool(within)
        return within[0] if within else (last or end) - MILLISECOND
