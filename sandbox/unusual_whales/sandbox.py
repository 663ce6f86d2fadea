"""The sandbox: an Unusual Whales of our own on the loopback, with one token.

async with Sandbox(Settings(recording="demo")) as box:
    ...  # clients talk to box.url and box.socket_url
    assert box.flow.listed.keys() == box.flow.served
"""

import asyncio
import hmac
import time
from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import Literal, Self

import msgspec
from aiohttp import web

from tidegate.core.clock import RehearsalClock
from tidegate.core.errors import InputError
from tidegate.sandbox.answers import Json
from tidegate.sandbox.clock import Agenda, Clock
from tidegate.sandbox.door import Door
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.times import NANO, rfc3339, utc
from tidegate.sandbox.unusual_whales.answers import SOCKET, Served, around
from tidegate.sandbox.unusual_whales.control import Control, state_of
from tidegate.sandbox.unusual_whales.flow import PAGE, Flow, Order
from tidegate.sandbox.unusual_whales.limits import Limits
from tidegate.sandbox.unusual_whales.plan import Faults, Plan
from tidegate.sandbox.unusual_whales.recording import Recording, read
from tidegate.sandbox.unusual_whales.rows.books import PRICES, Books
from tidegate.sandbox.unusual_whales.rows.generator import alerts
from tidegate.sandbox.unusual_whales.service import Service
from tidegate.sandbox.unusual_whales.stream import Stream

TOKEN = "sandbox-whale-of-nobody"  # noqa: S105 - opens nothing but this sandbox
BEFORE = 60 * NANO  # a recording begins so long after the sandbox
REQUESTS = 100_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox's make-up: alerts of a `recording` ("demo" or a file), or without one `per_minute` by the seed.

    `at` None starts a minute before the recording, or at the machine's time; `clock` is that of an engine
    ("2025-10-15T09:25:00-04:00 60 1763832000.0") and goes before `at` and `speed`. `order` is the time by which alerts
    are listed and cut. Limits of None are without end; minutes and days are the sandbox's. `tier` "basic" has no
    socket; `lookback_days` before today are all it shows. `queue_frames` wait for a slow listener, the rest is lost.
    """

    port: int = 0
    at: datetime | None = None
    speed: float = 1.0
    clock: str | None = None
    seed: int = 7
    recording: str | None = None
    per_minute: float = 30.0
    symbols: tuple[str, ...] = tuple(PRICES)
    plan: Plan = Plan()
    order: Order = "created_at"
    token: str = TOKEN
    tier: Literal["basic", "advanced"] = "advanced"
    calls_per_minute: int | None = 120
    calls_per_day: int | None = 15_000
    retry_after: bool = False
    lookback_days: int | None = None
    queue_frames: int = 1000
    always_open: bool = False


class Sandbox:
    """The service's parts, wired, and the server in front of them. Use it with `async with`.

    Raises:
        InputError: The recording or the clock cannot be read.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = made = settings or Settings()
        self.recording: Recording | None = None if made.recording is None else read(made.recording)
        self.clock = self._clock()
        self.agenda = Agenda(self.clock)
        self.faults: Faults = Faults(self.clock, made.plan)
        self.flow = Flow(self.agenda, self.faults, made.order)
        self.books = Books(made.seed, Hours(always=made.always_open))
        self.limits = Limits(self.clock, per_minute=made.calls_per_minute, per_day=made.calls_per_day)
        self.requests: deque[Served] = deque(maxlen=REQUESTS)
        self.stream = Stream(self)
        self._door: Door | None = None

    async def __aenter__(self) -> Self:
        if self.recording is not None:
            self.flow.plan(self.recording.alerts)
        else:
            made, start = self.settings, self.clock.instant()
            self.flow.follow(alerts(self.books, made.symbols, start=start, per_minute=made.per_minute))
        self.agenda.turn()
        app = web.Application(middlewares=[around(self)])
        for service in (Control(self), Service(self)):
            app.add_routes(service.routes())
        app.add_routes([web.get(SOCKET, self.stream.serve)])
        self._door = await Door.open(app, self.settings.port)
        self._time = asyncio.create_task(self.agenda.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._time.cancel()
        for socket in list(self.stream.listeners):
            await socket.ws.close()
        if self._door is not None:
            await self._door.close()
        with suppress(asyncio.CancelledError):
            await self._time

    @property
    def running(self) -> bool:
        """Whether time passes: it stops with the first failure of our own, which the end of the block then raises."""
        return not self._time.done()

    @property
    def address(self) -> str:
        """Where it listens: host and port."""
        assert self._door is not None, "the sandbox is not open"
        return self._door.address

    @property
    def url(self) -> str:
        """The REST service, without /api."""
        return f"http://{self.address}"

    @property
    def socket_url(self) -> str:
        """The socket, without its token."""
        return f"ws://{self.address}{SOCKET}"

    def knows(self, given: str) -> bool:
        """Whether this is the token, bare or after "Bearer"."""
        return hmac.compare_digest(given.removeprefix("Bearer ").encode(), self.settings.token.encode())

    def served(self, request: web.Request, status: int) -> None:
        """Note a request and the answer's status; 0 when there was none. The token is not noted."""
        found = PAGE.get([]) if status == 200 else []
        self.flow.sent(found)
        query = {name: ",".join(request.query.getall(name)) for name in request.query if name != "token"}
        at = rfc3339(self.clock.instant())
        told = Served(at=at, method=request.method, path=request.path, query=query, status=status, rows=len(found))
        self.requests.append(told)

    def state(self) -> Json:
        """Everything the service knows, as GET /sandbox/state tells it."""
        return state_of(self)

    def card(self) -> dict[str, str]:
        """What a client needs: the addresses, the token, and the clock for an engine that rehearses."""
        clock = f"{self.clock.now().isoformat()} {self.clock.speed} {time.time()}"
        return {"url": self.url, "socket_url": self.socket_url, "token": self.settings.token, "clock": clock}

    def _clock(self) -> Clock:
        made = self.settings
        if made.clock is not None:
            engine = _engine_clock(made.clock)
            return Clock(engine.now(), speed=engine.speed)
        if made.at is None and self.recording is not None:
            return Clock(utc(self.recording.alerts[0].known - BEFORE), speed=made.speed)
        return Clock(made.at, speed=made.speed)


def _engine_clock(text: str) -> RehearsalClock:
    try:
        return RehearsalClock.parse(text)
    except ValueError as error:
        raise InputError(f"The clock cannot be read: {error}.") from error
