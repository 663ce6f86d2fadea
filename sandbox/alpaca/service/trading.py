"""The trading service: orders, positions and the account over HTTP."""

from datetime import timedelta

from aiohttp import web

from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.service.answers import body, query
from tidegate.sandbox.alpaca.service.listing import activities, listed
from tidegate.sandbox.alpaca.service.queries import Closing, Configuration, Days, Listing, Nested, Paging
from tidegate.sandbox.alpaca.service.sessions import calendar_rows, clock_row, market_clock
from tidegate.sandbox.alpaca.venue.orders import Change, OrderRequest
from tidegate.sandbox.alpaca.wire import missing
from tidegate.sandbox.answers import Handler, Json, Refusal, answer, routed
from tidegate.sandbox.times import new_york

YEARS = timedelta(days=366 * 2)


class Trading:
    """Handlers over the venue."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Every path of the service. The fixed ones come before those with a name in them."""
        table: dict[str, Handler] = {
            "GET /v2/account": self.account,
            "GET /v2/account/configurations": self.configurations,
            "PATCH /v2/account/configurations": self.configure,
            "GET /v2/account/activities": self.activities,
            "GET /v2/account/activities/{kind}": self.activities,
            "GET /v2/account/portfolio/history": self.history,
            "GET /v2/assets": self.assets,
            "GET /v2/assets/{symbol}": self.asset,
            "GET /v2/positions": self.positions,
            "DELETE /v2/positions": self.close_all,
            "GET /v2/positions/{symbol}": self.position,
            "DELETE /v2/positions/{symbol}": self.close,
            "POST /v2/orders": self.submit,
            "GET /v2/orders": self.orders,
            "DELETE /v2/orders": self.cancel_all,
            "GET /v2/orders:by_client_order_id": self.client_order,
            "GET /v2/orders/{id}": self.order,
            "PATCH /v2/orders/{id}": self.replace,
            "DELETE /v2/orders/{id}": self.cancel,
            "GET /v2/clock": self.clock,
            "GET /v3/clock": self.clocks,
            "GET /v2/calendar": self.calendar,
        }
        return routed(table)

    async def account(self, _: web.Request) -> web.Response:
        """The account."""
        return answer(self.venue.book.account.wire(self.venue.instant(), self.venue.book.reserved()))

    async def configurations(self, _: web.Request) -> web.Response:
        """Its settings."""
        return answer(self.venue.book.account.configurations())

    async def configure(self, request: web.Request) -> web.Response:
        """Change them."""
        wanted, flags = await body(request, Configuration), self.venue.book.account.flags
        if wanted.no_shorting is not None:
            flags.shorting_enabled = not wanted.no_shorting
        if wanted.suspend_trade is not None:
            flags.trade_suspended_by_user = wanted.suspend_trade
        if wanted.fractional_trading is not None:
            flags.fractional_trading = wanted.fractional_trading
        return answer(self.venue.book.account.configurations())

    async def activities(self, request: web.Request) -> web.Response:
        """FILL activities; there are no others."""
        kinds = (request.match_info.get("kind") or request.query.get("activity_types", "FILL")).split(",")
        page = query(request, Paging)
        return answer(activities(self.venue.book.fills, page) if "FILL" in kinds else [])

    async def history(self, _: web.Request) -> web.Response:
        """Equity at the end of each session, and now."""
        account = self.venue.book.account
        points = [*account.curve, (self.venue.instant(), account.equity)]
        equity = [float(amount) for _, amount in points]
        base = equity[0]
        return answer(
            {
                "timestamp": [at // 10**9 for at, _ in points],
                "equity": equity,
                "profit_loss": [round(each - base, 2) for each in equity],
                "profit_loss_pct": [round(each / base - 1, 6) if base else 0 for each in equity],
                "base_value": base,
                "timeframe": "1D",
            }
        )

    async def assets(self, _: web.Request) -> web.Response:
        """All assets."""
        return answer([tape.asset.wire() for tape in self.venue.market.tapes.values()])

    async def asset(self, request: web.Request) -> web.Response:
        """One asset, by symbol or id."""
        name = request.match_info["symbol"]
        for tape in self.venue.market.tapes.values():
            if name in {tape.asset.symbol, tape.asset.id}:
                return answer(tape.asset.wire())
        raise missing(f"asset not found for {name}")

    async def positions(self, _: web.Request) -> web.Response:
        """All positions."""
        return answer(self.venue.book.positions())

    async def position(self, request: web.Request) -> web.Response:
        """One position."""
        return answer(self.venue.book.position(request.match_info["symbol"]))

    async def close(self, request: web.Request) -> web.Response:
        """Close one, whole or in part."""
        part = query(request, Closing)
        symbol = request.match_info["symbol"]
        order = self.venue.order_entry.close(symbol, self.venue.instant(), qty=part.qty, percentage=part.percentage)
        return answer(order.wire())

    async def close_all(self, request: web.Request) -> web.Response:
        """Close all of them; each has its own result. With cancel_orders their orders go first."""
        if request.query.get("cancel_orders", "").lower() == "true":
            self.venue.order_entry.cancel_all(self.venue.instant())
        return answer([self._close(symbol) for symbol in sorted(self.venue.book.account.positions)], 207)

    def _close(self, symbol: str) -> Json:
        try:
            order = self.venue.order_entry.close(symbol, self.venue.instant())
            return {"symbol": symbol, "status": 200, "body": order.wire()}
        except Refusal as refusal:
            return {"symbol": symbol, "status": refusal.status, "body": refusal.body}

    async def submit(self, request: web.Request) -> web.Response:
        """Place an order."""
        wanted = await body(request, OrderRequest)
        return answer(self.venue.order_entry.submit(wanted, self.venue.instant()).wire(nested=True))

    async def orders(self, request: web.Request) -> web.Response:
        """A list of orders."""
        return answer(listed(self.venue.book.orders, query(request, Listing)))

    async def order(self, request: web.Request) -> web.Response:
        """One order by its id."""
        found = self.venue.book.order(request.match_info["id"])
        return answer(found.wire(nested=query(request, Nested).nested))

    async def client_order(self, request: web.Request) -> web.Response:
        """One order by its client's id."""
        found = self.venue.book.client(request.query.get("client_order_id", ""))
        if self.venue.instant() < found.created_at + self.venue.matching.habits.lookup_lag_ms * 1_000_000:
            raise missing(f"order not found for {found.client_order_id}")
        return answer(found.wire())

    async def replace(self, request: web.Request) -> web.Response:
        """Put a new order in the place of one."""
        old = self.venue.book.order(request.match_info["id"])
        return answer(self.venue.order_entry.replace(old, await body(request, Change), self.venue.instant()).wire())

    async def cancel(self, request: web.Request) -> web.Response:
        """Ask for an order's end."""
        self.venue.order_entry.cancel(self.venue.book.order(request.match_info["id"]), self.venue.instant())
        return web.Response(status=204)

    async def cancel_all(self, _: web.Request) -> web.Response:
        """Ask for the end of all."""
        found = self.venue.order_entry.cancel_all(self.venue.instant())
        return answer([{"id": each.id, "status": 200} for each in found], 207)

    async def clock(self, _: web.Request) -> web.Response:
        """The venue's clock."""
        return answer(clock_row(self.venue.hours, self.venue.instant()))

    async def clocks(self, _: web.Request) -> web.Response:
        """The same with phases."""
        return answer({"clocks": [market_clock(self.venue.hours, self.venue.instant())]})

    async def calendar(self, request: web.Request) -> web.Response:
        """Sessions between two dates; by default two years around today."""
        days, today = query(request, Days), new_york(self.venue.instant()).date()
        return answer(calendar_rows(self.venue.hours, days.start or today - YEARS, days.end or today + YEARS))
