"""The sandbox: an Alpaca of our own on the loopback, with one account.

async with Sandbox(Settings(cash=Decimal(25_000))) as box:
    box.market.set_price("KO", "67.10")
    ...  # clients talk to box.url, box.stream_url, box.data_url, box.data_stream_url
    assert box.book.fills
"""

import asyncio
import hmac
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Self
from uuid import UUID

import msgspec
from aiohttp import web

from tidegate.sandbox.alpaca.follow import follow
from tidegate.sandbox.alpaca.limits import Limits
from tidegate.sandbox.alpaca.plan import Faults, Plan
from tidegate.sandbox.alpaca.service.account_stream import AccountStream
from tidegate.sandbox.alpaca.service.answers import Served, around
from tidegate.sandbox.alpaca.service.control import Control, state_of
from tidegate.sandbox.alpaca.service.data import Data
from tidegate.sandbox.alpaca.service.data_stream import DataStream
from tidegate.sandbox.alpaca.service.trading import Trading
from tidegate.sandbox.alpaca.venue.account import Account
from tidegate.sandbox.alpaca.venue.book import Book
from tidegate.sandbox.alpaca.venue.floor import Floor
from tidegate.sandbox.alpaca.venue.market import Market
from tidegate.sandbox.alpaca.venue.venue import Venue
from tidegate.sandbox.answers import Json
from tidegate.sandbox.clock import Agenda, Clock
from tidegate.sandbox.door import Door
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.sockets import Socket
from tidegate.sandbox.times import HttpTime, Instant, rfc3339, seconds

TRADING_HOURS = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)  # a Wednesday, 10:00 in New York
KEY_ID = "PKSANDBOX0TIDEGATE00"
SECRET_KEY = "sandbox-secret-of-nobody"  # noqa: S105 - opens nothing but this sandbox
REQUESTS = 100_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A sandbox's make-up. `at` None starts at the machine's time; `port` 0 is any free one; `cash` in USD.

    `http_time` is the clock of the Date and rate limit headers: the machine's, or the sandbox's. `hold_s` is for how
    long (sandbox time) a dead stream keeps its place. `walk` lets prices move by themselves, or they follow those
    in the journal of an engine (`follow`, its state folder). `always_open` knows no nights. `requests_per_minute` None
    is without limit.
    """

    port: int = 0
    at: datetime | None = TRADING_HOURS
    speed: float = 1.0
    seed: int = 7
    cash: Decimal = Decimal(100_000)
    plan: Plan = Plan()
    walk: bool = False
    follow: Path | None = None
    always_open: bool = False
    live: bool = False
    key_id: str = KEY_ID
    secret_key: str = SECRET_KEY
    requests_per_minute: int | None = 200
    http_time: HttpTime = "wall"
    hold_s: float = 90.0


class Sandbox:
    """The venue's parts, wired, and the server in front of them. Use it with `async with`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = made = settings or Settings()
        self.clock = Clock(made.at, speed=made.speed)
        self.agenda = Agenda(self.clock)
        self.hours = Hours(always=made.always_open)
        self.faults = Faults(self.clock, made.plan)
        self.market = Market(self.agenda, self.hours, seed=made.seed, walk=made.walk)
        identity = UUID(int=Random(made.seed).getrandbits(128), version=4)  # noqa: S311 - repeatable, not secret
        account = Account(self.market, cash=made.cash, identity=identity, live=made.live)
        self.book = Book(self.market, account, seed=made.seed)
        self.floor = Floor(self.book, self.hours, self.agenda, seed=made.seed)
        self.venue = Venue(self.book, self.floor)
        self.seconds = seconds(self.clock, made.http_time)
        self.limits = {name: Limits(made.requests_per_minute, self.seconds) for name in ("trading", "data")}
        self.requests: deque[Served] = deque(maxlen=REQUESTS)
        self.sockets: set[Socket] = set()
        self.account_stream, self.data_stream = AccountStream(self), DataStream(self)
        self._door: Door | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[around(self)])
        for service in (Control(self), Trading(self), Data(self)):
            app.add_routes(service.routes())
        app.add_routes(
            [web.get("/stream", self.account_stream.serve), web.get("/v2/{feed:iex|sip|test}", self.data_stream.serve)]
        )
        self._door = await Door.open(app, self.settings.port)
        self._time = asyncio.gather(self.agenda.run(), follow(self.market, self.settings.follow))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._time.cancel()
        for socket in list(self.sockets):
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
        """The trading service, without /v2."""
        return f"http://{self.address}"

    @property
    def data_url(self) -> str:
        """The market data service: the same server."""
        return self.url

    @property
    def stream_url(self) -> str:
        """The account stream."""
        return f"ws://{self.address}/stream"

    @property
    def data_stream_url(self) -> str:
        """The market data stream of the free feed."""
        return f"ws://{self.address}/v2/iex"

    def instant(self) -> Instant:
        """Now, in the sandbox."""
        return self.clock.instant()

    def ahead(self, seconds: float) -> float:
        """The time of the headers so many sandbox seconds from now, in seconds since 1970."""
        speed = self.clock.speed if self.settings.http_time == "wall" else 1.0
        return self.seconds() + seconds / (speed or 1.0)

    def knows(self, key_id: object, secret_key: object) -> bool:
        """Whether these are the account's keys."""
        given = f"{key_id}\n{secret_key}".encode()
        return hmac.compare_digest(given, f"{self.settings.key_id}\n{self.settings.secret_key}".encode())

    def served(self, what: Occasion, status: int) -> None:
        """Note a request and the answer's status; 0 when there was none."""
        at = rfc3339(self.instant())
        name = what.client_order_id
        self.requests.append(Served(at=at, method=what.method, path=what.path, status=status, client_order_id=name))

    def state(self) -> Json:
        """Everything the venue knows, as GET /sandbox/state tells it."""
        return state_of(self)

    def card(self) -> dict[str, str]:
        """What a client needs: the four addresses and the keys."""
        return {
            "url": self.url,
            "data_url": self.data_url,
            "stream_url": self.stream_url,
            "data_stream_url": self.data_stream_url,
            "key_id": self.settings.key_id,
            "secret_key": self.settings.secret_key,
            "account_id": self.book.account.id,
            "account_number": self.book.account.number,
        }
