"""What a driver does to the sandbox over HTTP, under /sandbox/: prices, time, permissions, faults; and what it sees."""

from collections.abc import Callable, Mapping

import msgspec
from aiohttp import web

from tidegate.sandbox.alpaca.parts import Served, Venue
from tidegate.sandbox.alpaca.plan import AnyFault, Plan
from tidegate.sandbox.alpaca.service.answers import body
from tidegate.sandbox.alpaca.service.changes import (
    AccountChange,
    AssetChange,
    BarGiven,
    BarsGiven,
    OptionGiven,
    PositionGiven,
    PriceChange,
)
from tidegate.sandbox.alpaca.venue.bars import Bar
from tidegate.sandbox.alpaca.venue.habits import Habits
from tidegate.sandbox.alpaca.venue.options import OptionHeld
from tidegate.sandbox.alpaca.wire import missing, plain
from tidegate.sandbox.answers import Handler, Json, answer, routed
from tidegate.sandbox.control import Driver
from tidegate.sandbox.times import instant_of


class Control(Driver[AnyFault, Served]):
    """Handlers over the venue, beside those that every venue has."""

    def __init__(self, venue: Venue, state: Callable[[], Json]) -> None:
        super().__init__(venue, Plan, state)
        self.venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Every path."""
        table: dict[str, Handler] = {
            "PUT /sandbox/price": self.price,
            "PUT /sandbox/bars": self.bars,
            "PUT /sandbox/asset": self.asset,
            "PUT /sandbox/account": self.account,
            "PUT /sandbox/position": self.position,
            "PUT /sandbox/option": self.option,
            "PUT /sandbox/habits": self.habits,
        }
        return routed({**self.table(), **table})

    async def price(self, request: web.Request) -> web.Response:
        """Set a price, or several in a list; depth and halts take effect first."""
        for each in await _prices(request):
            self._price(each)
        return answer({})

    def _price(self, change: PriceChange) -> None:
        market = self.venue.market
        if change.price is not None and change.symbol not in market.tapes:
            market.set_price(change.symbol, change.price)
        if change.symbol not in market.tapes:
            raise missing(f"asset not found for {change.symbol}")
        if change.depth is not None:
            market.set_depth(change.symbol, None if change.depth < 0 else change.depth)
        if change.halted is not None:
            (market.halt if change.halted else market.resume)(change.symbol)
        if change.price is not None:
            market.set_price(change.symbol, change.price, bid=change.bid, ask=change.ask)

    async def bars(self, request: web.Request) -> web.Response:
        """Put bars in the place of those that are there."""
        given = await body(request, BarsGiven)
        if (tape := self.venue.market.tapes.get(given.symbol)) is None:
            raise missing(f"asset not found for {given.symbol}")
        found = [_bar(each) for each in given.bars]
        if given.daily:
            tape.days, tape.today = found, None
        else:
            tape.minutes, tape.minute = found, None
        return answer({})

    async def asset(self, request: web.Request) -> web.Response:
        """Change permissions of an asset."""
        wanted = _given(await body(request, AssetChange))
        symbol = str(wanted.pop("symbol"))
        if symbol not in self.venue.market.tapes:
            raise missing(f"asset not found for {symbol}")
        self.venue.market.set_asset(symbol, **wanted)
        return answer({})

    async def account(self, request: web.Request) -> web.Response:
        """Change cash or flags of the account."""
        change, account = await body(request, AccountChange), self.venue.book.account
        account.cash = account.cash if change.cash is None else change.cash
        flags = {name: value for name, value in _given(change).items() if name != "cash"}
        account.flags = msgspec.structs.replace(account.flags, **flags)
        return answer({})

    async def position(self, request: web.Request) -> web.Response:
        """Put shares into the account."""
        given = await body(request, PositionGiven)
        self.venue.order_entry.give(given.symbol, given.qty, given.price)
        return answer({})

    async def option(self, request: web.Request) -> web.Response:
        """Put options into the account."""
        given = await body(request, OptionGiven)
        at = self.venue.instant() - int(given.age_s * 1e9)
        held = OptionHeld(
            symbol=given.symbol,
            quantity=given.qty,
            price=given.price,
            bid=given.bid,
            ask=given.ask,
            at=at,
            delta=given.delta,
            iv=given.iv,
        )
        self.venue.book.account.hold(held)
        return answer({})

    async def habits(self, request: web.Request) -> web.Response:
        """Change delays and the chance of partial fills."""
        self.venue.matching.habits = await body(request, Habits)
        return answer(self.venue.matching.habits)


async def _prices(request: web.Request) -> list[PriceChange]:
    several = (await request.read()).lstrip().startswith(b"[")
    return await body(request, list[PriceChange]) if several else [await body(request, PriceChange)]


def _given(change: msgspec.Struct) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(change).items() if value is not None}


def _bar(given: BarGiven) -> Bar:
    price = round((given.o + given.c) / 2, 4)
    return Bar(t=instant_of(given.t), o=given.o, h=given.h, l=given.l, c=given.c, v=given.v, n=1, vw=price)


def state_of(venue: Venue, listening: Mapping[str, bool]) -> Json:
    """The whole venue as one document; `listening` says to which streams somebody does."""
    book = venue.book
    return {
        "clock": {"at": venue.clock.now(), "speed": venue.clock.speed, "phase": venue.hours.phase(venue.instant())},
        "account": book.account.wire(venue.instant(), book.reserved()),
        "cash": plain(book.account.cash),
        "positions": book.positions(),
        "orders": [each.wire() for each in book.orders.values()],
        "fills": [each.wire() for each in book.fills],
        "prices": {symbol: plain(tape.last) for symbol, tape in venue.market.tapes.items()},
        "listening": listening,
        "requests": len(venue.requests),
        "faults": len(venue.faults.log),
    }
