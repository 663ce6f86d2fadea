"""The REST paths: flow alerts, and every endpoint that readings are made from."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

from aiohttp import web

from tidegate.sandbox.answers import Handler, Json, answer, routed
from tidegate.sandbox.times import Instant, new_york
from tidegate.sandbox.unusual_whales.flow import PAGE
from tidegate.sandbox.unusual_whales.parts import Venue
from tidegate.sandbox.unusual_whales.queries import Query
from tidegate.sandbox.unusual_whales.rows import filings, market, options, slow
from tidegate.sandbox.unusual_whales.rows.books import Books
from tidegate.sandbox.unusual_whales.service.filters import wanted

Rows: TypeAlias = Callable[[Books, Query, Instant], Json]
ROWS: dict[str, Rows] = {
    "/api/market/market-tide": market.tide,
    "/api/darkpool/{ticker}": market.prints,
    "/api/stock/{ticker}/net-prem-ticks": market.ticks,
    "/api/stock/{ticker}/greek-exposure": options.greek_exposure,
    "/api/stock/{ticker}/iv-rank": options.iv_rank,
    "/api/stock/{ticker}/oi-change": options.oi_change,
    "/api/congress/recent-trades": filings.congress,
    "/api/insider/transactions": filings.insiders,
    "/api/institution/{ticker}/ownership": filings.holders,
    "/api/shorts/{ticker}/interest-float/v2": slow.short_interest,
    "/api/shorts/{ticker}/ftds": slow.failures,
    "/api/earnings/{ticker}": slow.earnings,
    "/api/etfs/{ticker}/in-outflow": slow.fund_flow,
}


class Rest:
    """Handlers over the venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        table: dict[str, Handler] = {"GET /api/option-trades/flow-alerts": self.alerts}
        return routed({**table, **{f"GET {path}": self._handler(rows) for path, rows in ROWS.items()}})

    async def alerts(self, request: web.Request) -> web.Response:
        """Flow alerts: newest first, between two times, so many at most."""
        query = Query(request)
        newer, older = query.time("newer_than"), query.time("older_than")
        if (refused := self._too_old(newer)) is not None:
            return refused
        found = self.venue.flow.page(wanted(query), newer=newer, older=older, limit=query.limit(100, 200))
        PAGE.set(found)
        return answer({"data": [alert.row for alert in found]})

    def _handler(self, rows: Rows) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            query, now = Query(request), self.venue.instant()
            day = query.date()
            if day is not None and (refused := self._too_old_day(day.toordinal())) is not None:
                return refused
            return answer(rows(self.venue.books, query, now))

        return handle

    def _too_old(self, at: Instant | None) -> web.Response | None:
        return None if at is None else self._too_old_day(new_york(at).date().toordinal())

    def _too_old_day(self, ordinal: int) -> web.Response | None:
        """403 for a day before those that the plan shows."""
        days = self.venue.settings.lookback_days
        today = new_york(self.venue.instant()).date()
        if days is None or ordinal >= today.toordinal() - days:
            return None
        first = today - timedelta(days=days)
        said = f"The earliest date currently available to you is {first} ({days} days)."
        return answer({"code": "historic_data_access_missing", "message": said}, 403)
