"""A market data service of the tests: real HTTP and a real websocket on the loopback, saying what it is told to."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from aiohttp import WSMsgType, web

from tests.waiting import PATIENCE_S
from tidegate import BarSeen, Fact, InputRejected, OptionMark, OptionSeen, QuoteSeen, ReadingSeen, SourceFailed
from tidegate.core.domain.state import State
from tidegate.plugins.sources.alpaca_market.plugin import AlpacaMarket
from tidegate.sandbox.door import Door

NOW = datetime(2025, 10, 15, 14, 0, 30, tzinfo=UTC)  # a Wednesday, 10:00:30 in New York
KEY_ID, SECRET_KEY = "PKTESTTESTTEST", "planted-secret-of-the-tests"
F = TypeVar("F", bound=Fact)
Json = dict[str, Any]
Answer = tuple[int, dict[str, str], str]
Talk = Callable[["Peer"], Awaitable[None]]


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"  # nanoseconds


def trade(price: float, at: datetime = NOW) -> Json:
    return {"t": stamp(at), "x": "V", "p": price, "s": 100, "c": ["@"], "i": 1, "z": "C"}


def touch(bid: float, ask: float, at: datetime = NOW) -> Json:
    return {"t": stamp(at), "bx": "V", "bp": bid, "bs": 1, "ax": "V", "ap": ask, "as": 1, "c": ["R"], "z": "C"}


def bar(start: datetime, close: float = 100.5, **changes: object) -> Json:
    row = {"t": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "o": 100.0, "h": 101.0, "l": 99.0, "c": close, "v": 9, "n": 2}
    return {**row, "vw": 100.0, **changes}


def snapshot(price: float, at: datetime = NOW, *, width: float = 0.02) -> Json:
    return {
        "latestTrade": trade(price, at),
        "latestQuote": touch(round(price - width / 2, 4), round(price + width / 2, 4), at),
    }


def refusal(status: int, message: str, **headers: str) -> Answer:
    return status, headers, json.dumps({"message": message})


class Peer:
    """The server's side of a websocket."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws

    async def say(self, *messages: Json) -> None:
        await self.ws.send_str(json.dumps(messages))

    async def hear(self) -> Json:
        message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT
        heard: Json = json.loads(message.data)
        return heard

    async def greet(self) -> None:
        """Sign the client in."""
        await self.say({"T": "success", "msg": "connected"})
        assert await self.hear() == {"action": "auth", "key": KEY_ID, "secret": SECRET_KEY}
        await self.say({"T": "success", "msg": "authenticated"})

    async def subscribe(self) -> list[str]:
        """Confirm the next subscription."""
        asked = await self.hear()
        assert asked["action"] == "subscribe"
        await self.say({"T": "subscription", "trades": asked["trades"], "quotes": asked["quotes"]})
        symbols: list[str] = asked["quotes"]
        return symbols

    async def linger(self) -> None:
        """Say nothing until the client goes."""
        while (await self.ws.receive()).type is WSMsgType.TEXT:
            pass


class DataServer:
    """`answers[path]` come first, one a request; then `snapshots` and `bars`. `talks` are one a connection."""

    def __init__(self) -> None:
        self.snapshots: dict[str, object] = {}
        self.minutes: dict[str, list[Json]] = {}
        self.days: dict[str, list[Json]] = {}
        self.answers: dict[str, deque[Answer]] = {"snapshots": deque(), "bars": deque()}
        self.talks: deque[Talk] = deque()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.headers: list[dict[str, str]] = []
        self.refused_feeds: set[str] = set()
        self.connections = 0
        self.conversations: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes([web.get("/v2/stocks/{what}", self._rest), web.get("/v2/iex", self._socket)])
        self._door = await Door.open(app)
        self.address = self._door.address
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._door.close()

    def asked(self, what: str, **params: str) -> list[dict[str, str]]:
        """The queries of a path, of those that have these parameters."""
        return [query for path, query in self.requests if path == what and params.items() <= query.items()]

    async def _rest(self, request: web.Request) -> web.Response:
        what, query = request.match_info["what"], dict(request.query)
        self.requests.append((what, query))
        self.headers.append(dict(request.headers))
        if self.answers[what]:
            status, headers, text = self.answers[what].popleft()
            return web.Response(status=status, headers=headers, body=text.encode())
        if query["feed"] in self.refused_feeds:
            return web.json_response({"message": "subscription does not permit this feed"}, status=403)
        symbols = query["symbols"].split(",")
        if what == "snapshots":
            return web.json_response({name: self.snapshots[name] for name in symbols if name in self.snapshots})
        shelf = self.days if query["timeframe"] == "1Day" else self.minutes
        return web.json_response({"bars": {name: shelf[name] for name in symbols if name in shelf}})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.connections += 1
        if not self.talks:
            raise web.HTTPTooManyRequests
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        conversation = asyncio.create_task(self._talk(self.talks.popleft(), ws))
        self.conversations.append(conversation)
        await conversation
        return ws

    async def _talk(self, talk: Talk, ws: web.WebSocketResponse) -> None:
        await talk(Peer(ws))
        await ws.close()


class Ear:
    """A feed that keeps what it is told; its clock stands still."""

    def __init__(self, state: State | None = None, now: Callable[[], datetime] = lambda: NOW) -> None:
        self.name, self.cursor = "alpaca_market", 0
        self.facts: list[Fact] = []
        self.server: DataServer  # the one it is played against
        self.now = now
        self._state = state or State()
        self._more = asyncio.Event()

    async def publish(self, *facts: tuple[datetime, Fact]) -> None:
        self.facts += [fact for _, fact in facts]
        self._more.set()

    def state(self) -> State:
        return self._state

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    async def until(self, met: Callable[[], object]) -> None:
        """Wait until a condition holds; looks again at every fact, and a few times a second."""
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                self._more.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self._more.wait()

    def quotes(self, symbol: str) -> list[tuple[float, float | None, float | None]]:
        found = [fact.quote for fact in self.of(QuoteSeen) if fact.quote.symbol == symbol]
        return [(quote.last, quote.bid, quote.ask) for quote in found]

    def bars(self, symbol: str) -> list[datetime]:
        return [fact.bar.start for fact in self.of(BarSeen) if fact.bar.symbol == symbol]

    def closes(self) -> list[tuple[datetime, float]]:
        return [(fact.reading.at, fact.reading.value) for fact in self.of(ReadingSeen)]

    def options(self, contract: str) -> list[OptionMark]:
        return [fact.mark for fact in self.of(OptionSeen) if fact.mark.contract.symbol == contract]

    def rejected(self) -> list[str]:
        return [f"{fact.where}: {fact.reason}" for fact in self.of(InputRejected)]

    def failures(self) -> list[str]:
        return [fact.reason for fact in self.of(SourceFailed)]


Story = Callable[[Ear], Coroutine[None, None, None]]


def source(server: DataServer, **settings: Any) -> AlpacaMarket:  # noqa: ANN401 - any setting of the source
    quick = {"poll_s": 0.02, "bars_s": 0.05, "sample_s": 0.01, "requests_per_minute": 60_000.0}
    urls = {"data_url": f"http://{server.address}", "data_stream_url": f"ws://{server.address}/v2/{{feed}}"}
    return AlpacaMarket(**{**urls, **quick, **settings})


def played(story: Story, ear: Ear, prepare: Callable[[DataServer], None], **settings: object) -> DataServer:
    """Run the source beside a story, and end both when the story does; a source that fails first fails the test."""

    async def play() -> DataServer:
        async with DataServer() as server:
            ear.server = server
            prepare(server)
            stream = asyncio.create_task(source(server, **settings).stream(ear))
            told = asyncio.create_task(story(ear))
            done, _ = await asyncio.wait({stream, told}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stream, told):
                task.cancel()
            await asyncio.gather(stream, told, return_exceptions=True)
            await asyncio.gather(*server.conversations)
            for task in done:
                task.result()
            return server

    return asyncio.run(play())


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)
