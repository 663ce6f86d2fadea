"""The account's trade_updates: a hint that an order moved, never the proof.

Our own small client: alpaca-py's tries wrong keys for ever, tells nobody when it lost its connection, and needs a
deprecated library (docs/decisions/0008). Each frame about an order, and each new connection, since the venue replays
nothing, asks the poller to look.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import msgspec

from tidegate import VenueError, pause_s

SLOT_S = 90.0  # the venue keeps a dead connection for so long, and refuses a second one
PING_S = 10.0
HELLO_S = 10.0
FRAME_BYTES = 2**20
REFUSED = "Alpaca's stream refused the keys; orders are watched by polling only"
QUIET = logging.getLogger("tidegate.alpaca_stream")
QUIET.setLevel(logging.WARNING)  # at DEBUG websockets logs every frame, and ours holds the keys
Standing = Literal["off", "connecting", "listening", "refused"]


class SlotTakenError(VenueError):
    """Another connection has the account's only place."""


class KeysRefusedError(VenueError):
    """The venue refused the keys; trying again changes nothing."""


class TradeUpdates:
    """Listens until cancelled. `moved` hears the client order id of an order that moved, or "" for all of them."""

    def __init__(
        self,
        url: str,
        *,
        keys: tuple[str, str],
        moved: Callable[[str], None],
        lost: Callable[[str], None],
        slot_s: float = SLOT_S,
    ) -> None:
        """`lost` hears once per outage that hints do not come; `slot_s` is the pause after a refused place."""
        self._url, self._keys, self._moved, self._lost, self._slot_s = url, keys, moved, lost, slot_s
        self._socket: Any = None
        self.standing: Standing = "off"
        self.connections = self.frames = 0

    async def run(self) -> None:
        """Connect, listen, and connect again after a growing pause; ends only when the keys are refused."""
        attempt = 0
        while True:
            self.standing = "connecting"
            before = self.connections
            error = await self._listen_once()
            attempt = 1 if self.connections > before else attempt + 1
            if isinstance(error, KeysRefusedError):
                self.standing = "refused"
                self._lost(str(error))
                return
            if attempt == 1:
                self._lost(str(error))
            await asyncio.sleep(self._slot_s if isinstance(error, SlotTakenError) else pause_s(attempt))

    async def _listen_once(self) -> VenueError:
        """Listen until something ends it, and say what."""
        try:
            await self._listen()
        except VenueError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a stream that fails is a hint less; polling goes on
            return VenueError(f"Alpaca's stream failed: {type(error).__name__}")
        return VenueError("Alpaca closed the stream")

    async def mute(self) -> None:
        """The stream is silent although orders moved: connect anew."""
        if self._socket is not None:
            await self._socket.close()

    async def _listen(self) -> None:
        from websockets.asyncio.client import connect  # noqa: PLC0415 - only runs that trade at Alpaca load it
        from websockets.exceptions import InvalidStatus  # noqa: PLC0415 - as above

        try:
            async with connect(
                self._url,
                logger=QUIET,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                open_timeout=HELLO_S,
                max_size=FRAME_BYTES,
            ) as socket:
                self._socket = socket
                await self._greet(socket)
                self.standing = "listening"
                self.connections += 1
                self._moved("")
                async for frame in socket:
                    self._hear(frame)
        except InvalidStatus as error:
            raise _refusal(error.response.status_code) from None
        finally:
            self._socket = None

    async def _greet(self, socket: Any) -> None:  # noqa: ANN401 - the library is imported lazily
        key, private = self._keys
        async with asyncio.timeout(HELLO_S):
            await socket.send(_json({"action": "authenticate", "data": {"key_id": key, "secret_key": private}}))
            data = await _answer(socket, "authorization")
            if data.get("status") != "authorized":
                raise KeysRefusedError(REFUSED)
            await socket.send(_json({"action": "listen", "data": {"streams": ["trade_updates"]}}))
            await _answer(socket, "listening")

    def _hear(self, frame: str | bytes) -> None:
        said = _read(frame)
        if said.get("stream") != "trade_updates":
            return
        self.frames += 1
        with suppress(KeyError, TypeError):
            name = said["data"]["order"]["client_order_id"]
            self._moved(name if isinstance(name, str) else "")


async def _answer(socket: Any, stream: str) -> dict[str, Any]:  # noqa: ANN401 - as above
    """The data of the next frame of this kind."""
    while True:
        said = _read(await socket.recv())
        data = said.get("data")
        told = data if isinstance(data, dict) else {}
        if said.get("stream") == "error" or said.get("T") == "error":
            raise _refusal(told.get("code", said.get("code")))
        if said.get("stream") == stream:
            return told


def _refusal(code: object) -> VenueError:
    if code in (406, 429):
        return SlotTakenError("another connection has the account's only place on the stream")
    if code in (401, 402, 403):
        return KeysRefusedError(REFUSED)
    return VenueError(f"Alpaca's stream answered {code}")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _read(frame: str | bytes) -> dict[str, Any]:
    """A frame, text or binary, as an object; an empty one when it is none. A list stands for its first item."""
    try:
        said = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    first = said[0] if isinstance(said, list) and said else said
    return first if isinstance(first, dict) else {}
