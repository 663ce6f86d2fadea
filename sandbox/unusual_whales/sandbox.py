"""The sandbox: an Unusual Whales of our own on the loopback, with one token.

async with Sandbox(Settings(recording="demo")) as box:
    ...  # clients talk to box.url and box.socket_url
    assert box.flow.listed.keys() == box.flow.served
"""

import time

from aiohttp import web

from tidegate.sandbox.answers import Json
from tidegate.sandbox.server import Server
from tidegate.sandbox.unusual_whales.parts import Venue
from tidegate.sandbox.unusual_whales.rows.generator import alerts
from tidegate.sandbox.unusual_whales.service.answers import SOCKET, around
from tidegate.sandbox.unusual_whales.service.control import Control, state_of
from tidegate.sandbox.unusual_whales.service.rest import Rest
from tidegate.sandbox.unusual_whales.service.stream import Stream
from tidegate.sandbox.unusual_whales.settings import Settings


class Sandbox(Venue, Server):
    """The service, and the server in front of it. Use it with `async with`.

    Raises:
        InputError: The recording or the clock cannot be read.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings or Settings())
        self.stream = Stream(self)

    def application(self) -> web.Application:
        """REST, the socket, and the paths of the driver; alerts of the past are listed already."""
        self._plan()
        app = web.Application(middlewares=[around(self)])
        for service in (Control(self, self.stream), Rest(self)):
            app.add_routes(service.routes())
        app.add_routes([web.get(SOCKET, self.stream.serve)])
        return app

    async def pass_time(self) -> None:
        """What falls due happens."""
        await self.agenda.run()

    @property
    def socket_url(self) -> str:
        """The socket, without its token."""
        return f"ws://{self.address}{SOCKET}"

    def state(self) -> Json:
        """Everything the service knows, as GET /sandbox/state tells it."""
        return state_of(self, self.stream)

    def card(self) -> dict[str, str]:
        """What a client needs: the addresses, the token, and the clock for an engine that rehearses."""
        clock = f"{self.clock.now().isoformat()} {self.clock.speed} {time.time()}"
        return {"url": self.url, "socket_url": self.socket_url, "token": self.settings.token, "clock": clock}

    def _plan(self) -> None:
        """Have alerts come: those of the recording, or invented ones."""
        if self.recording is not None:
            self.flow.plan(self.recording.alerts)
        else:
            made, start = self.settings, self.instant()
            self.flow.follow(alerts(self.books, made.symbols, start=start, per_minute=made.per_minute))
        self.agenda.turn()
