"""The account stream: trade_updates, without replay, for one connection at a time."""

from aiohttp import web

from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.service.streams.place import Place
from tidegate.sandbox.alpaca.venue.book import Update
from tidegate.sandbox.answers import Json, Refusal, refused
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.sockets import Socket

UPDATES = "trade_updates"
ASKED = Occasion(where="http", method="GET", path="/stream")


class AccountStream:
    """ws://.../stream. Binary frames that hold JSON, as paper sends them; text on a live account."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.place = Place(venue.clock, venue.settings.hold_s)
        self.listener: Socket | None = None
        venue.book.heard.append(self._hear)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection; a second one is refused with 429."""
        self.venue.served(ASKED, 101 if self.place.free else 429)
        if not self.place.free:
            return refused(Refusal(429, 42910000, "connection limit exceeded"))
        self.place.take()
        try:
            async with self.venue.connected(request, binary=not self.venue.settings.live) as socket:
                await self._talk(socket)
        finally:
            self.listener = None
            self.place.leave(socket.ws.close_code)
        return socket.ws

    async def _talk(self, socket: Socket) -> None:
        known = False
        while (message := await socket.receive()) is not None:
            match message.get("action"):
                case "authenticate" | "auth":
                    known = self._knows(message)
                    status = "authorized" if known else "unauthorized"
                    socket.say({"stream": "authorization", "data": {"status": status, "action": "authenticate"}})
                    if not known:
                        await socket.end()
                        return
                case "listen" if known:
                    wanted = [name for name in _streams(message) if name == UPDATES]
                    self.listener = socket if wanted else None
                    socket.say({"stream": "listening", "data": {"streams": wanted}})
                case "listen":
                    socket.say({"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}})
                case _:
                    socket.say({"stream": "error", "data": {"error": "invalid syntax"}})

    def _knows(self, message: Json) -> bool:
        data = message.get("data")
        keys = data if isinstance(data, dict) else {"key_id": message.get("key"), "secret_key": message.get("secret")}
        return self.venue.knows(keys.get("key_id"), keys.get("secret_key"))

    def _hear(self, update: Update) -> None:
        if self.listener is not None:
            name = update.order.client_order_id
            what = Occasion(where="account", method=update.event, path=update.order.symbol, client_order_id=name)
            self.listener.tell(what, {"stream": UPDATES, "data": update.wire()})


def _streams(message: Json) -> list[object]:
    data = message.get("data")
    streams = data.get("streams") if isinstance(data, dict) else None
    return streams if isinstance(streams, list) else []
