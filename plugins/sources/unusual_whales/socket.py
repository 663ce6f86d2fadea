"""The flow-alerts socket: joined, listened to, made again; what it misses, a look by REST makes good.

The service keeps nothing for those who are slow or away, and sends no heartbeat. So frames go through a bounded queue,
and every gap (a connection made anew, a frame dropped) is told to whoever reads by REST. The token is in the address,
which is why no address and no text of the library's errors is ever repeated.
"""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from tidegate import pause_s
from tidegate.plugins.sources.live.socket import ANSWER_S, LostError, listen, losses, opened, status_of, told
from tidegate.plugins.sources.unusual_whales.rows import CHANNEL, GOOD, answer_of, is_ours

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

BATCH = 256  # frames heard before others have a turn
JOIN = f'{{"channel":"{CHANNEL}","msg_type":"join"}}'
REFUSALS = (401, 403)


class Listener(Protocol):
    """Who hears what the socket says."""

    async def heard(self, text: str | bytes) -> None:
        """One frame."""

    async def troubled(self, what: str, reason: str) -> None:
        """Something does not work and is tried again."""

    def gap(self) -> None:
        """Something may have been missed: a connection began or ended, or a frame was dropped."""


class Socket:
    """Keeps one joined connection. `mute_s` of silence while `open_now` says the market is open end it."""

    def __init__(  # noqa: PLR0913 - everything a connection needs, by keyword
        self,
        *,
        url: str,
        token: str,
        queue_limit: int,
        mute_s: float,
        open_now: Callable[[], bool],
        listener: Listener,
    ) -> None:
        self.dropped = self.joins = 0
        self._url = f"{url}?token={quote(token, safe='')}"
        self._queue = asyncio.Queue[str | bytes](maxsize=queue_limit)
        self._mute_s, self._open_now, self._listener = mute_s, open_now, listener
        self._joined = self._heard = False

    @property
    def live(self) -> bool:
        """Whether it is joined, and so no poll is needed."""
        return self._joined

    @property
    def queued(self) -> int:
        """Frames that wait."""
        return self._queue.qsize()

    async def hear(self) -> None:
        """Hand over the frames that wait, for ever."""
        for heard in count(1):
            await self._listener.heard(await self._queue.get())
            if heard % BATCH == 0:
                await asyncio.sleep(0)

    async def run(self) -> None:
        """Connect and listen, again and again; returns when the service refuses the socket to this token."""
        failures = 0
        while True:
            try:
                await self._connection()
            except losses(ValueError) as error:
                failures = 1 if self._heard else failures + 1
                if self._joined:
                    self._joined = False
                    self._listener.gap()
                if (status := status_of(error)) in REFUSALS:
                    refused = f"refused (HTTP {status}): the plan of this token has no socket; polling instead"
                    await self._listener.troubled("socket", refused)
                    return
                await self._listener.troubled("socket", told(error))
                await asyncio.sleep(pause_s(failures))

    async def _connection(self) -> None:
        self._heard = False
        async with opened(self._url) as socket:
            await self._join(socket)
            await listen(socket, self._take, mute_s=self._mute_s, open_now=self._open_now)

    async def _join(self, socket: "ClientConnection") -> None:
        await socket.send(JOIN)
        try:
            async with asyncio.timeout(ANSWER_S):
                while not self._joined:
                    await self._take(await socket.recv())
        except TimeoutError:
            raise LostError("the join was not answered") from None

    async def _take(self, text: str | bytes) -> bool:
        """Queue a frame; False when it is not data but the answer to a join."""
        status = answer_of(text)
        if status is not None and status != GOOD:
            raise LostError(f"the join was refused: {status}")
        if not self._joined and (status == GOOD or is_ours(text)):
            self._joined = True
            self.joins += 1
            self._listener.gap()
        if status is not None:
            return False
        self._heard = True
        try:
            self._queue.put_nowait(text)
        except asyncio.QueueFull:
            self.dropped += 1
            self._listener.gap()
        return True
