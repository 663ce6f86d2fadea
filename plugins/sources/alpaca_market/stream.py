"""The market data socket: one per account, so it is closed politely, and a busy one is left alone for a while.

Websockets by hand and not by the SDK, whose stream retries wrong keys for ever and never tells that it lost touch.
"""

import asyncio
import logging
from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from tidegate import VenueError, elapsed, pause_s
from tidegate.plugins.sources.alpaca_market.rows import Frame, frame_of, rows_of
from tidegate.plugins.sources.live.lost_socket import BUSY, FINAL, TOO_MANY_SYMBOLS, LostError, is_busy, told

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

ANSWER_S = 10.0  # the longest wait for the server's word while signing in
LOOK_S = 1.0  # how often subscriptions and silence are looked at
QUIET = logging.getLogger("tidegate.alpaca_data_stream")
QUIET.setLevel(logging.WARNING)  # at DEBUG websockets logs every frame, and ours holds the keys


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
        from websockets.exceptions import WebSocketException  # noqa: PLC0415 - only with `stream = true`

        failures = 0
        while True:
            try:
                await self._connection()
            except (LostError, OSError, TimeoutError, WebSocketException) as error:
                failures = 1 if self._heard_at is not None else failures + 1
                self._asked = self._live = frozenset()
                self._heard_at = None
                await self._listener.troubled("stream", told(error))
                await asyncio.sleep(self._busy_s if is_busy(error) else pause_s(failures))

    async def _connection(self) -> None:
        from websockets.asyncio.client import connect  # noqa: PLC0415 - only with `stream = true`

        async with connect(self._url, logger=QUIET, open_timeout=ANSWER_S, close_timeout=2.0) as socket:
            try:
                await self._reach(socket, "connected")
                await self._send(socket, action="auth", key=self._keys[0], secret=self._keys[1])
                await self._reach(socket, "authenticated")
                await self._listen(socket)
            finally:
                await socket.close()  # a goodbye frees the account's only place at once

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

    async def _listen(self, socket: "ClientConnection") -> None:
        look_s = min(LOOK_S, self._mute_s / 4.0)
        spoke_at = elapsed()
        looked_at = -inf
        while True:
            if elapsed() - looked_at >= look_s:
                looked_at = elapsed()
                await self._subscribe(socket)
            try:
                async with asyncio.timeout(look_s):  # wait_for may swallow a cancellation in Python 3.11
                    text = await socket.recv()
            except TimeoutError:
                spoke_at = spoke_at if self._open_now() else elapsed()
            else:
                spoke_at = elapsed() if await self._take(text) else spoke_at
            if self._open_now() and elapsed() - spoke_at > self._mute_s:
                raise LostError("connected, but mute while the market is open")

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
