"""The market data socket: one per account, so it is closed politely, and a busy one is left alone for a while.

Websockets by hand and not by the SDK, whose stream retries wrong keys for ever and never tells that it lost touch.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tidegate import VenueError, elapsed, pause_s
from tidegate.plugins.sources.alpaca_market.rows import Frame, frame_of, rows_of
from tidegate.plugins.sources.live.socket import ANSWER_S, LostError, listen, losses, opened, status_of, told

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

TOO_MANY_SYMBOLS, BUSY = 405, 406
FINAL = {
    402: "the keys are refused",
    408: "this account has no v2 stream",
    409: "your plan does not include the feed; change sources.alpaca_market.feed",
}


class Listener(Protocol):
    """Who hears what the socket says."""

    async def heard(self, frame: Frame, raw: msgspec.Raw) -> None:
        """One message with data."""

    async def troubled(self, what: str, reason: str) -> None:
        """Something does not work and is tried again."""

    async def reject(self, where: str, reason: str) -> None:
        """A message that cannot be read."""


class Stream:
    """Keeps one subscribed connection. `mute_s` of silence while `open_now` says the market is open end it."""

    def __init__(  # noqa: PLR0913 - everything a connection needs, by keyword
        self,
        *,
        url: str,
        keys: tuple[str, ...],
        limit: int,
        mute_s: float,
        busy_s: float,
        open_now: Callable[[], bool],
        wanted: Callable[[], tuple[str, ...]],
        listener: Listener,
    ) -> None:
        self._url, self._keys, self._limit = url, keys, limit
        self._mute_s, self._busy_s, self._open_now = mute_s, busy_s, open_now
        self._wanted, self._listener = wanted, listener
        self._asked: frozenset[str] = frozenset()
        self._live: frozenset[str] = frozenset()
        self._heard_at: float | None = None

    def covers(self) -> frozenset[str]:
        """The symbols that need no polling: subscribed on a connection that has spoken and is not silent."""
        if self._heard_at is None or (elapsed() - self._heard_at > self._mute_s and self._open_now()):
            return frozenset()
        return self._live

    async def run(self) -> None:
        """Connect and listen, again and again, until cancelled.

        Raises:
            VenueError: The service refuses for a reason that trying again does not change.
        """
        failures = 0
        while True:
            try:
                await self._connection()
            except losses() as error:
                failures = 1 if self._heard_at is not None else failures + 1
                self._asked = self._live = frozenset()
                self._heard_at = None
                await self._listener.troubled("stream", told(error))
                await asyncio.sleep(self._busy_s if _is_busy(error) else pause_s(failures))

    async def _connection(self) -> None:
        async with opened(self._url) as socket:
            await self._reach(socket, "connected")
            await self._send(socket, action="auth", key=self._keys[0], secret=self._keys[1])
            await self._reach(socket, "authenticated")
            look = partial(self._subscribe, socket)
            await listen(socket, self._take, mute_s=self._mute_s, open_now=self._open_now, look=look)

    async def _reach(self, socket: "ClientConnection", word: str) -> None:
        """Wait until the server says `word`."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                for raw in await self._rows(await socket.recv()):
                    frame = await self._frame(raw)
                    if frame is not None and frame.T == "error":
                        self._wrong(frame)
                    if frame is not None and frame.T == "success" and frame.msg == word:
                        return

    async def _take(self, text: str | bytes) -> bool:
        """Hear what a text says; whether it held data."""
        data = False
        for raw in await self._rows(text):
            frame = await self._frame(raw)
            if frame is None:
                continue
            if frame.S:
                data, self._heard_at = True, elapsed()
                await self._listener.heard(frame, raw)
            elif frame.T == "subscription":
                self._live = frozenset(frame.trades) & frozenset(frame.quotes)
            elif frame.T == "error":
                self._wrong(frame)
        return data

    async def _subscribe(self, socket: "ClientConnection") -> None:
        want = frozenset(self._wanted()[: self._limit])
        for action, symbols in (("unsubscribe", self._asked - want), ("subscribe", want - self._asked)):
            if symbols:
                names = sorted(symbols)
                await self._send(socket, action=action, trades=names, quotes=names, bars=names)
        self._asked = want

    def _wrong(self, frame: Frame) -> None:
        """Act on an error message: give up, ask for less, or begin anew."""
        said = f"{frame.msg} ({frame.code})"
        if frame.code in FINAL:
            raise VenueError(f"stream: {FINAL[frame.code]}: {said}")
        if frame.code != TOO_MANY_SYMBOLS:
            raise LostError(said, busy=frame.code == BUSY)
        if self._limit == 1:
            raise VenueError(f"stream: {said}")
        self._limit, self._asked = self._limit // 2, self._live

    async def _rows(self, text: str | bytes) -> list[msgspec.Raw]:
        try:
            return rows_of(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            await self._listener.reject("stream", f"broken JSON: {error}")
            return []

    async def _frame(self, raw: msgspec.Raw) -> Frame | None:
        try:
            return frame_of(raw)
        except msgspec.DecodeError as error:
            await self._listener.reject("stream", str(error))
            return None

    @staticmethod
    async def _send(socket: "ClientConnection", **message: Any) -> None:  # noqa: ANN401 - names and lists of names
        await socket.send(msgspec.json.encode(message).decode())


def _is_busy(error: Exception) -> bool:
    """Whether the account's one place is taken."""
    return error.busy if isinstance(error, LostError) else status_of(error) in (BUSY, 429)
