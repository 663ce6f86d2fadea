"""What every venue has behind its server: time, faults, the requests that were answered, and open sockets."""

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from tidegate.sandbox.clock import Agenda, Clock
from tidegate.sandbox.faults import Faults
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.plan import F, PlanOf
from tidegate.sandbox.sockets import Socket
from tidegate.sandbox.times import Instant

REQUESTS = 100_000


class CommonSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The make-up of any sandbox. `port` 0 is any free one; `always_open` knows no nights; `seed` decides chances."""

    port: int = 0
    speed: float = 1.0
    seed: int = 7
    always_open: bool = False


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One request that was answered (status 0: its connection was cut)."""

    at: str
    method: str
    path: str
    status: int


S = TypeVar("S", bound=Served)


class VenueOf(Generic[F, S]):
    """Parts that all venues have; handlers get these and know nothing of the server. `requests` are the latest."""

    def __init__(self, settings: CommonSettings, clock: Clock, plan: PlanOf[F]) -> None:
        self.port, self.clock = settings.port, clock
        self.hours = Hours(always=settings.always_open)
        self.agenda = Agenda(clock)
        self.faults: Faults[F] = Faults(clock, plan)
        self.requests: deque[S] = deque(maxlen=REQUESTS)
        self.sockets: set[Socket] = set()

    def instant(self) -> Instant:
        """Now, in the sandbox."""
        return self.clock.instant()

    @asynccontextmanager
    async def connected(self, request: web.Request, *, binary: bool = False, limit: int = 0) -> AsyncIterator[Socket]:
        """The socket of one connection, which is among `sockets` while the block runs."""
        socket = Socket(request, self.faults, binary=binary, limit=limit)
        try:
            async with socket:
                self.sockets.add(socket)
                yield socket
        finally:
            self.sockets.discard(socket)
