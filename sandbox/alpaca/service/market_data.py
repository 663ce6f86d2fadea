"""The market data service over HTTP: snapshots, latest quotes, trades and bars, and bars by page."""

from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta

from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.service.answers import query
from tidegate.sandbox.alpaca.venue.bars import Bar
from tidegate.sandbox.alpaca.venue.market import Tape, quote_row, snapshot_row, trade_row
from tidegate.sandbox.alpaca.wire import parse_time
from tidegate.sandbox.answers import Handler, Json, Refusal, answer
from tidegate.sandbox.times import rfc3339

OPTIONS_AT_ONCE = 100
CLOSED_FEEDS = frozenset({"sip"})


class Wanted(msgspec.Struct, frozen=True):
    """The query of a latest-value path."""

    symbols: str = ""
    feed: str = "iex"
    currency: str = "USD"


class Bars(Wanted, frozen=True):
    """The query of GET /v2/stocks/bars."""

    timeframe: Literal["1Min", "1T", "1Day", "1D"] = "1Day"
    start: str | None = None
    end: str | None = None
    limit: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    page_token: str | None = None
    sort: Literal["asc", "desc"] = "asc"
    adjustment: str = "raw"
    asof: str | None = None


class MarketData:
    """Handlers over the venue. Symbols without data are left out of answers, as at the venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Every path of the service."""
        table: dict[str, Handler] = {
            "/v2/stocks/snapshots": self.snapshots,
            "/v2/stocks/quotes/latest": self.quotes,
            "/v2/stocks/trades/latest": self.trades,
            "/v2/stocks/bars/latest": self.latest_bars,
            "/v2/stocks/bars": self.bars,
            "/v1beta1/options/snapshots": self.options,
        }
        return [web.get(path, handler) for path, handler in table.items()]

    async def snapshots(self, request: web.Request) -> web.Response:
        """Everything latest at once; the map is the whole answer."""
        return answer({symbol: snapshot_row(tape) for symbol, tape in self._tapes(request).items()})

    async def quotes(self, request: web.Request) -> web.Response:
        """Latest quotes."""
        return answer({"quotes": {symbol: quote_row(tape) for symbol, tape in self._tapes(request).items()}})

    async def trades(self, request: web.Request) -> web.Response:
        """Latest trades."""
        return answer({"trades": {symbol: trade_row(tape) for symbol, tape in self._tapes(request).items()}})

    async def latest_bars(self, request: web.Request) -> web.Response:
        """Latest finished minute bars."""
        tapes = self._tapes(request).items()
        return answer({"bars": {symbol: tape.minutes[-1].wire() for symbol, tape in tapes if tape.minutes}})

    async def bars(self, request: web.Request) -> web.Response:
        """Bars by symbol and then time; finished minutes, and days with the one that runs."""
        want, tapes = query(request, Bars), self._tapes(request)
        rows = [(symbol, bar) for symbol, tape in sorted(tapes.items()) for bar in self._within(tape, want)]
        start = _place(rows, want.page_token)
        page = rows[start : start + want.limit]
        found: dict[str, list[Json]] = {}
        for symbol, bar in page:
            found.setdefault(symbol, []).append(bar.wire())
        more = start + want.limit < len(rows)
        token = f"{page[-1][0]}|{rfc3339(page[-1][1].t)}" if more else None
        return answer({"bars": found, "next_page_token": token})

    async def options(self, request: web.Request) -> web.Response:
        """Latest quotes and greeks of contracts."""
        symbols = [each for each in request.query.get("symbols", "").split(",") if each]
        if not symbols:
            raise Refusal(400, None, "symbols is required")
        if len(symbols) > OPTIONS_AT_ONCE:
            raise Refusal(400, None, f"symbol limit is {OPTIONS_AT_ONCE}")
        if request.query.get("feed") == "opra":
            raise Refusal(403, None, "OPRA agreement is not signed")
        held = self.venue.book.account.options
        return answer({"snapshots": {each: held[each].snapshot() for each in symbols if each in held}})

    def _tapes(self, request: web.Request) -> dict[str, Tape]:
        want = query(request, Wanted)
        if want.feed in CLOSED_FEEDS:
            raise Refusal(403, None, "subscription does not permit querying recent SIP data")
        if not want.symbols:
            raise Refusal(400, None, "symbols is required")
        symbols = dict.fromkeys(want.symbols.split(","))
        return {symbol: tape for symbol in symbols if (tape := self.venue.market.tapes.get(symbol)) is not None}

    def _within(self, tape: Tape, want: Bars) -> list[Bar]:
        daily = want.timeframe in {"1Day", "1D"}
        known = [*tape.days, *([] if tape.today is None else [tape.today])] if daily else tape.minutes
        first = parse_time(want.start) if want.start else (known[-1].t if known else 0)
        last = parse_time(want.end) if want.end else self.venue.instant()
        found = [bar for bar in known if first <= bar.t <= last]
        return found if want.sort == "asc" else found[::-1]


def _place(rows: list[tuple[str, Bar]], token: str | None) -> int:
    """Where the page after the token begins."""
    if not token:
        return 0
    ids = [f"{symbol}|{rfc3339(bar.t)}" for symbol, bar in rows]
    if token not in ids:
        raise Refusal(400, None, "invalid page_token")
    return ids.index(token) + 1
