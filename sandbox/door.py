"""The door of a server: opened on the loopback, and closed so that nobody is left standing in it."""

import asyncio

from aiohttp import web

LOOPBACK = "127.0.0.1"
STEPS = 3  # turns of the event loop from accepted to let in


class Door:
    """Lets connections in to a runner. `address` is host and port."""

    def __init__(self, runner: web.AppRunner, listener: asyncio.Server) -> None:
        self._runner, self._listener = runner, listener
        host, port = listener.sockets[0].getsockname()[:2]
        self.address = f"{host}:{port}"

    @classmethod
    async def open(cls, app: web.Application, port: int = 0) -> "Door":
        """Listen on a port, 0 for any free one. Raises OSError when it is taken."""
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        assert runner.server is not None
        try:
            listener = await asyncio.get_running_loop().create_server(runner.server, LOOPBACK, port)
        except OSError:
            await runner.cleanup()
            raise
        return cls(runner, listener)

    async def close(self) -> None:
        """Accept nobody more, let in who was accepted, and show everybody out.

        A listener that closes between the two (Python 3.11) forgets a connection, which then stays open.
        """
        for each in self._listener.sockets:
            asyncio.get_running_loop().remove_reader(each.fileno())
        for _ in range(STEPS):
            await asyncio.sleep(0)
        self._listener.close()
        await self._runner.cleanup()
