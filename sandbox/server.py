"""The server in front of a venue: it listens on the loopback, and time passes, inside `async with`."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self

from aiohttp import web

from tidegate.sandbox.door import Door
from tidegate.sandbox.sockets import Socket


class Server(ABC):
    """Stands beside the parts of a venue, which have the port (0 is any free one) and the open sockets."""

    port: int
    sockets: set[Socket]
    _door: Door | None = None

    @abstractmethod
    def application(self) -> web.Application:
        """Every path; called once, before the first request can come."""

    @abstractmethod
    async def pass_time(self) -> None:
        """Have everything happen at its time, until cancelled."""

    async def __aenter__(self) -> Self:
        self._door = await Door.open(self.application(), self.port)
        self._time = asyncio.create_task(self.pass_time())
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
        """The REST services, without their first folder (/v2, /api)."""
        return f"http://{self.address}"
