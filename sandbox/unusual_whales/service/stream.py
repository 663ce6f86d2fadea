"""The socket: a token in the address, channels that are joined and left, frames, and nothing kept for the slow."""

from aiohttp import web

from tidegate.sandbox.answers import Json, answer
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.sockets import Socket
from tidegate.sandbox.unusual_whales.parts import Venue
from tidegate.sandbox.unusual_whales.recording import CHANNEL
from tidegate.sandbox.unusual_whales.rows.alerts import Alert, whole

HALTS = "trading_halts"
CHANNELS = frozenset({CHANNEL, HALTS, "market_tide", "news", "price", "option_trades", "net_flow", "gex"})
ACK: Json = {"response": {}, "status": "ok"}


class Stream:
    """ws://.../socket?token=...; any number of listeners, each with the channels it joined."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.listeners: dict[Socket, set[str]] = {}
        self._gone = 0
        venue.flow.told.append(self._alert)

    @property
    def dropped(self) -> int:
        """Frames that slow listeners missed."""
        return self._gone + sum(socket.dropped for socket in self.listeners)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One connection; 401 for a wrong token, and for a plan that has no socket."""
        refused = self.venue.settings.tier == "basic" or not self.venue.knows(request.query.get("token", ""))
        self.venue.served(request, 401 if refused else 101)
        if refused:
            return answer({"message": "Unauthorized"}, 401)
        async with self.venue.connected(request, limit=self.venue.settings.queue_frames) as socket:
            joined = self.listeners[socket] = set()
            try:
                while (message := await socket.receive()) is not None:
                    self._obey(socket, joined, message)
            finally:
                del self.listeners[socket]
                self._gone += socket.dropped
        return socket.ws

    def halt(self, symbol: str, state: str = "halted", reason: str = "LUDP") -> None:
        """Tell that trading in a symbol was halted, or resumed."""
        row: Json = {"ticker": symbol, "state": state, "reason": reason, "time": whole(self.venue.instant())}
        self._tell(HALTS, symbol, row)

    def _obey(self, socket: Socket, joined: set[str], message: Json) -> None:
        """Join or leave; what is no such message is ignored, a channel that nobody knows is refused."""
        channel, wish = message.get("channel"), message.get("msg_type")
        if not isinstance(channel, str) or wish not in {"join", "leave"}:
            return
        if channel.partition(":")[0] not in CHANNELS:
            socket.say([channel, {"response": {"reason": "unmatched topic"}, "status": "error"}])
            return
        (joined.add if wish == "join" else joined.discard)(channel)
        socket.say([channel, ACK])

    def _alert(self, alert: Alert, frame: Json) -> None:
        if self._tell(CHANNEL, alert.symbol, frame):
            self.venue.flow.sent([alert])

    def _tell(self, channel: str, symbol: str, row: Json) -> bool:
        """Send to whoever joined, also for the symbol alone; whether it goes out to anybody."""
        there = [socket for socket, joined in self.listeners.items() if {channel, f"{channel}:{symbol}"} & joined]
        what = Occasion(where="socket", method=channel, path=symbol)
        return sum(socket.tell(what, [channel, row]) for socket in there) > 0
