"""The market data stream: quotes, trades and minute bars for one connection at a time."""

import asyncio

import msgspec
from aiohttp import web

from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.service.streams.place import Place
from tidegate.sandbox.alpaca.venue.bars import Bar
from tidegate.sandbox.alpaca.venue.market import quote_row, trade_row
from tidegate.sandbox.answers import Json
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.sockets import Socket
from tidegate.sandbox.times import Instant

KINDS = ("trades", "quotes", "bars")
ERRORS = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    404: "auth timeout",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
    409: "insufficient subscription",
}
SYMBOLS = 30
AUTH_S = 10.0


class Subscriptions(msgspec.Struct):
    """What a client wants; "*" is everything."""

    trades: set[str] = set()
    quotes: set[str] = set()
    bars: set[str] = set()

    def wants(self, kind: str, symbol: str) -> bool:
        """Whether it wants this."""
        return bool({symbol, "*"} & getattr(self, kind))

    def wire(self) -> Json:
        """As the acknowledgement lists them."""
        return {"T": "subscription", **{kind: sorted(getattr(self, kind)) for kind in KINDS}}


class MarketDataStream:
    """ws://.../v2/{feed}. Frames are arrays, text or MessagePack."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.place = Place(venue.clock, venue.settings.hold_s)
        self.listener: tuple[Socket, Subscriptions] | None = None
        venue.market.moved.append(self._moved)
        venue.market.finished.append(self._finished)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection; the second is told 406 once it has said who it is."""
        async with self.venue.connected(request) as socket:
            socket.say([{"T": "success", "msg": "connected"}])
            if await self._greet(socket, request.path.rpartition("/")[2]):
                await self._hold(socket)
        return socket.ws

    async def _greet(self, socket: Socket, feed: str) -> bool:
        try:
            message = await asyncio.wait_for(socket.receive(), AUTH_S)
        except TimeoutError:
            return await _over(socket, 404)
        if message is None:
            return False
        code = self._refusal(message, feed)
        return True if code is None else await _over(socket, code)

    def _refusal(self, message: Json, feed: str) -> int | None:
        if message.get("action") != "auth":
            return 401
        if not self.venue.knows(message.get("key"), message.get("secret")):
            return 402
        if feed == "sip":
            return 409
        return None if self.place.free else 406

    async def _hold(self, socket: Socket) -> None:
        self.place.take()
        wanted = Subscriptions()
        self.listener = socket, wanted
        try:
            socket.say([{"T": "success", "msg": "authenticated"}])
            while (message := await socket.receive()) is not None:
                socket.say([_answer(message, wanted)])
        finally:
            self.listener = None
            self.place.leave(socket.ws.close_code)

    def _moved(self, symbol: str, _: Instant) -> None:
        if self.listener is None:
            return
        tape = self.venue.market.tapes[symbol]
        self._tell("quotes", symbol, {"T": "q", "S": symbol, **quote_row(tape)})
        self._tell("trades", symbol, {"T": "t", "S": symbol, **trade_row(tape)})

    def _finished(self, symbol: str, bar: Bar) -> None:
        self._tell("bars", symbol, {"T": "b", "S": symbol, **bar.wire()})

    def _tell(self, kind: str, symbol: str, row: Json) -> None:
        if self.listener is not None and self.listener[1].wants(kind, symbol):
            self.listener[0].tell(Occasion(where="data", method=str(row["T"]), path=symbol), [row])


def _answer(message: Json, wanted: Subscriptions) -> Json:
    action = message.get("action")
    if action == "auth":
        return _error(403)
    if action not in {"subscribe", "unsubscribe"}:
        return _error(400)
    asked = {kind: _names(message.get(kind)) for kind in KINDS}
    if action == "subscribe" and any(len(getattr(wanted, kind) | asked[kind]) > SYMBOLS for kind in KINDS):
        return _error(405)
    for kind, names in asked.items():
        have = getattr(wanted, kind)
        setattr(wanted, kind, have | names if action == "subscribe" else have - names)
    return wanted.wire()


def _names(given: object) -> set[str]:
    return {str(name) for name in given} if isinstance(given, list | tuple) else set()


def _error(code: int) -> Json:
    return {"T": "error", "code": code, "msg": ERRORS[code]}


async def _over(socket: Socket, code: int) -> bool:
    socket.say([_error(code)])
    await socket.end()
    return False
