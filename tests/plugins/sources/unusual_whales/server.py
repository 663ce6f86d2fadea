"""An Unusual Whales of the tests: real HTTP and a real websocket on the loopback, saying what it is told to."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Self, TypeVar

from aiohttp import WSMsgType, web

from tests.waiting import PATIENCE_S
from tidegate import AlertReceived, Fact, InputRejected, SourceFailed
from tidegate.core.domain.state import State
from tidegate.plugins.sources.fields import EPOCH
from tidegate.plugins.sources.unusual_whales.plugin import UnusualWhales

NOW = datetime(2025, 10, 15, 14, 0, 30, tzinfo=UTC)  # a Wednesday, 10:00:30 in New York
TOKEN = "11112222-planted-token-of-the-tests"  # noqa: S105 - planted, to be looked for
F = TypeVar("F", bound=Fact)
Json = dict[str, Any]
Answer = tuple[int, dict[str, str], str]
Talk = Callable[["Peer"], Awaitable[None]]
LIMITS = {"x-uw-token-req-limit": "15000", "x-uw-daily-req-count": "42", "x-uw-req-per-minute-remaining": "100000"}


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def millis(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)


def row(name: str, end: datetime = NOW, *, created: datetime | None = None, **changes: object) -> Json:
    """A row as REST sends it; `created` is when the service first lists it."""
    return {
        "id": name, "ticker": "NVDA", "option_chain": "NVDA251017C00185000", "type": "call", "strike": "185",
        "expiry": "2025-10-17", "total_premium": "612000.5", "total_ask_side_prem": "600000",
        "total_bid_side_prem": "0", "start_time": millis(end) - 40, "end_time": millis(end),
        "created_at": (created or end).strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "underlying_price": "184.31", "price": "2.8",
        "bid": "2.79", "ask": "2.8", "total_size": 514, "volume": 34468, "open_interest": 1061, "has_multileg": False,
        "has_sweep": True, "has_floor": False, "has_singleleg": True, "alert_rule": "RepeatedHits", "sector": None,
        "marketcap": "4500000000000", "next_earnings_date": None, "er_time": None, **changes,
    }  # fmt: skip


def frame(name: str, end: datetime = NOW, **changes: object) -> Json:
    """The same as the socket sends it."""
    return {
        "id": name, "rule_name": "RepeatedHits", "ticker": "JD", "option_chain": "JD251017P00034500",
        "underlying_price": 33.74, "volume": 815, "total_size": 341, "total_premium": 229326.0,
        "total_ask_side_prem": 16598.0, "total_bid_side_prem": 212728.0, "start_time": millis(end) - 5,
        "end_time": millis(end), "executed_at": millis(end), "price": 0.86, "has_multileg": False,
        "open_interest": 920, "bid": "0.84", "ask": "0.87", "volume_oi_ratio": 0.0, "trade_ids": ["x"], **changes,
    }  # fmt: skip


def refusal(status: int, body: object, **headers: str) -> Answer:
    return status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(body)


class Peer:
    """The server's side of a websocket."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws

    async def say(self, payload: object, channel: str = "flow-alerts") -> None:
        await self.ws.send_str(json.dumps([channel, payload]))

    async def greet(self) -> None:
        """Take the join and acknowledge it."""
        message = await self.ws.receive()
        assert message.type is WSMsgType.TEXT
        assert json.loads(message.data) == {"channel": "flow-alerts", "msg_type": "join"}
        await self.say({"response": {}, "status": "ok"})

    async def linger(self) -> None:
        """Say nothing until the client goes."""
        while (await self.ws.receive()).type is WSMsgType.TEXT:
            pass


class WhaleServer:
    """`answers` come first, one a request; then pages of `rows`, newest first by `sorts_by`. A socket takes a talk."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.sorts_by: Literal["created_at", "end_time"] = "created_at"
        self.cut = 200
        self.pages = True  # False: always the first page, whatever is asked
        self.gaps = 0  # so many pages after a first one are empty, although they should not be
        self.answers: deque[Answer] = deque()
        self.talks: deque[Talk] = deque()
        self.door: int | None = None  # a status that the socket's door answers
        self.others: dict[str, Answer] = {}  # by path
        self.paths: list[str] = []  # of the requests that are not about alerts, with their query
        self.requests: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.conversations: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        app = web.Application()
        alerts = web.get("/api/option-trades/flow-alerts", self._alerts)
        app.add_routes([alerts, web.get("/socket", self._socket), web.get("/api/{path:.+}", self._other)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.address = "{}:{}".format(*self._runner.addresses[0][:2])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def asked(self, **params: str) -> list[dict[str, str]]:
        return [query for query in self.requests if params.items() <= query.items()]

    async def _alerts(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.requests.append(query)
        self.headers.append(dict(request.headers))
        if self.answers:
            status, headers, text = self.answers.popleft()
            return web.Response(status=status, headers=headers, body=text.encode())
        if "older_than" in query and self.gaps:
            self.gaps -= 1
            return web.json_response({"data": []}, headers=LIMITS)
        return web.json_response({"data": self._page(query)}, headers=LIMITS)

    async def _other(self, request: web.Request) -> web.Response:
        self.paths.append(request.path_qs)
        status, headers, text = self.others.get(request.path, (200, {}, '{"data": []}'))
        return web.Response(status=status, headers={**LIMITS, **headers}, body=text.encode())

    def _page(self, query: dict[str, str]) -> list[Any]:
        newer, older = int(query["newer_than"]), int(query.get("older_than", 10**15)) if self.pages else 10**15
        found = [each for each in self.rows if not isinstance(each, dict) or newer < self._time(each) < older]
        found.sort(key=lambda each: self._time(each) if isinstance(each, dict) else 0.0, reverse=True)
        return found[: min(self.cut, int(query["limit"]))]

    def _time(self, each: Json) -> float:
        value = each.get(self.sorts_by) or each["end_time"]
        return float(value) if isinstance(value, int) else datetime.fromisoformat(value).timestamp() * 1000.0

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.query.get("token", ""))
        if self.door is not None or not self.talks:
            return web.Response(status=self.door or 503)
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
    """A feed that keeps what it is told; its clock stands still. While `open` is not set nothing is taken."""

    def __init__(
        self, *, cursor: int = 0, state: State | None = None, now: Callable[[], datetime] = lambda: NOW
    ) -> None:
        self.name, self.cursor = "unusual_whales", cursor
        self.facts: list[tuple[datetime, Fact]] = []
        self.server: WhaleServer  # the one it is played against
        self.source: UnusualWhales
        self.now = now
        self.open = asyncio.Event()
        self.open.set()
        self._state = state or State()
        self._more = asyncio.Event()

    async def publish(self, *facts: tuple[datetime, Fact]) -> None:
        await self.open.wait()
        self.facts += facts
        self._more.set()

    def state(self) -> State:
        return self._state

    def of(self, kind: type[F]) -> list[F]:
        return [fact for _, fact in self.facts if isinstance(fact, kind)]

    async def until(self, met: Callable[[], object]) -> None:
        """Wait until a condition holds; looks again at every fact, and a few times a second."""
        async with asyncio.timeout(PATIENCE_S):
            while not met():
                self._more.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await self._more.wait()

    async def until_polled(self, times: int = 3) -> None:
        """Wait for so many further requests."""
        count = len(self.server.requests)
        await self.until(lambda: len(self.server.requests) >= count + times)

    def alerts(self) -> list[str]:
        return [fact.alert.id for fact in self.of(AlertReceived)]

    def rejected(self) -> list[str]:
        return [f"{fact.where}: {fact.reason}" for fact in self.of(InputRejected)]

    def failures(self) -> list[str]:
        return [fact.reason for fact in self.of(SourceFailed)]


Story = Callable[[Ear], Coroutine[None, None, None]]
Prepare = Callable[[WhaleServer], None]


def source(server: WhaleServer, **settings: Any) -> UnusualWhales:  # noqa: ANN401 - any setting of the source
    quick = {"poll_s": 0.01, "closed_poll_s": 0.02, "requests_per_minute": 600_000.0, "readings": ()}
    urls = {"base_url": f"http://{server.address}", "socket_url": f"ws://{server.address}/socket"}
    return UnusualWhales(**{**urls, **quick, **settings})


def played(story: Story, ear: Ear, prepare: Prepare, **settings: object) -> WhaleServer:
    """Run the source beside a story, and end both when the story does; a source that fails first fails the test."""

    async def play() -> WhaleServer:
        async with WhaleServer() as server:
            ear.server, ear.source = server, source(server, **settings)
            prepare(server)
            stream = asyncio.create_task(ear.source.stream(ear))
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
