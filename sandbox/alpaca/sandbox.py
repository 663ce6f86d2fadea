"""The sandbox: an Alpaca of our own on the loopback, with one account.

async with Sandbox(Settings(cash=Decimal(25_000))) as box:
    box.market.set_price("KO", "67.10")
    ...  # clients talk to box.url, box.stream_url, box.data_url, box.data_stream_url
    assert box.book.fills
"""

import asyncio

from aiohttp import web

from tidegate.sandbox.alpaca.follow import follow
from tidegate.sandbox.alpaca.parts import Venue
from tidegate.sandbox.alpaca.service.answers import around
from tidegate.sandbox.alpaca.service.control import Control, state_of
from tidegate.sandbox.alpaca.service.market_data import MarketData
from tidegate.sandbox.alpaca.service.streams.account import AccountStream
from tidegate.sandbox.alpaca.service.streams.market_data import MarketDataStream
from tidegate.sandbox.alpaca.service.trading import Trading
from tidegate.sandbox.alpaca.settings import Settings
from tidegate.sandbox.answers import Json
from tidegate.sandbox.server import Server


class Sandbox(Venue, Server):
    """The venue, and the server in front of it. Use it with `async with`."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings or Settings())
        self.account_stream, self.data_stream = AccountStream(self), MarketDataStream(self)

    def application(self) -> web.Application:
        """Both services, both streams, and the paths of the driver."""
        app = web.Application(middlewares=[around(self)])
        for service in (Control(self, self.state), Trading(self), MarketData(self)):
            app.add_routes(service.routes())
        app.add_routes(
            [web.get("/stream", self.account_stream.serve), web.get("/v2/{feed:iex|sip|test}", self.data_stream.serve)]
        )
        return app

    async def pass_time(self) -> None:
        """What falls due happens; prices follow an engine's where they shall."""
        await asyncio.gather(self.agenda.run(), follow(self.market, self.settings.follow))

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

    def state(self) -> Json:
        """Everything the venue knows, as GET /sandbox/state tells it."""
        account, prices = self.account_stream.listener, self.data_stream.listener
        return state_of(self, {"account": account is not None, "data": prices is not None})

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
