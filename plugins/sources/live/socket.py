"""A socket with market data: opened quietly, listened to until it is mute, closed politely; and how it is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from tidegate import elapsed

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ANSWER_S = 10.0  # the longest wait for a connection, and for the server's word while signing in
GOODBYE_S = 2.0
LOOK_S = 1.0  # how often silence is looked at
QUIET = logging.getLogger("tidegate.live_socket")
QUIET.setLevel(logging.WARNING)  # at DEBUG websockets logs addresses and frames, and ours hold keys


class LostError(Exception):
    """The connection is of no more use; `busy` when the server still holds an older one."""

    def __init__(self, reason: str, *, busy: bool = False) -> None:
        super().__init__(reason)
        self.busy = busy


@asynccontextmanager
async def opened(url: str) -> AsyncIterator["ClientConnection"]:
    """A connection. It says goodbye however it ends: an account may have one place only, which that frees at once."""
    from websockets.asyncio.client import connect  # noqa: PLC0415 - only sources that listen pay for it

    async with connect(url, logger=QUIET, open_timeout=ANSWER_S, close_timeout=GOODBYE_S) as socket:
        try:
            yield socket
        finally:
            await socket.close()


async def nothing() -> None:
    """What to do now and then, when there is nothing to do."""


async def listen(
    socket: "ClientConnection",
    take: Callable[[str | bytes], Awaitable[bool]],
    *,
    mute_s: float,
    open_now: Callable[[], bool],
    look: Callable[[], Awaitable[None]] = nothing,
) -> None:
    """Hand every frame to `take`, which says whether it held data; `look` comes first, and about every second.

    Raises:
        LostError: No data came for `mute_s` seconds of `open_now`.
    """
    look_s = min(LOOK_S, mute_s / 4.0)
    spoke_at, looked_at = elapsed(), -inf
    while True:
        if elapsed() - looked_at >= look_s:
            looked_at = elapsed()
            await look()
        try:
            async with asyncio.timeout(look_s):  # wait_for may swallow a cancellation in Python 3.11
                text = await socket.recv()
        except TimeoutError:
            spoke_at = spoke_at if open_now() else elapsed()
        else:
            spoke_at = elapsed() if await take(text) else spoke_at
        if open_now() and elapsed() - spoke_at > mute_s:
            raise LostError("connected, but mute while the market is open")


def losses(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """The errors by which a connection ends, or is not made; and `more`."""
    from websockets.exceptions import WebSocketException  # noqa: PLC0415 - as above

    return LostError, OSError, TimeoutError, WebSocketException, *more


def told(error: Exception) -> str:
    """A loss for people: by its type when it is not our own, since its text may hold what was sent."""
    if isinstance(error, LostError):
        return str(error)
    status = status_of(error)
    return f"no connection ({type(error).__name__}{f', HTTP {status}' if status else ''})"


def status_of(error: Exception) -> int | None:
    """The HTTP status of a refused handshake."""
    status: int | None = getattr(getattr(error, "response", None), "status_code", None)
    return status
