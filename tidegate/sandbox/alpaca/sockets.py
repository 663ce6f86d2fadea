"""What both streams have in common: a place per account, a codec, and frames that faults may touch."""

import asyncio
from datetime import datetime
from typing import Self

import msgspec
from aiohttp import WSMsgType, web

from tidegate.sandbox.alpaca.clock import Clock
from tidegate.sandbox.alpaca.faults import Faults, change
from tidegate.sandbox.alpaca.plan import Disconnect, Duplicate, Missing, Occasion, Reorder, Strange
from tidegate.sandbox.alpaca.wire import NANO, Json

DEAD = frozenset({None, 1006})
PACKED = "application/msgpack"


class Place:
    """The one connection that an account may have. After one that died it stays taken for `hold_s` of sandbox time."""

    def __init__(self, clock: Clock, hold_s: float) -> None:
        self.clock, self.hold_s = clock, hold_s
        self._taken, self._until = False, 0

    @property
    def free(self) -> bool:
        """Whether somebody may connect."""
        return not self._taken and self.clock.instant() >= self._until

    def take(self) -> None:
        """Connect."""
        self._taken = True

    def leave(self, close_code: int | None) -> None:
        """Disconnect: politely, or not."""
        self._taken = False
        if close_code in DEAD:
            self._until = self.clock.instant() + int(self.hold_s * NANO)


class Socket:
    """One client. Frames wait in a queue and go out in order; `binary` ones hold JSON, unless MessagePack is spoken."""

    def __init__(self, request: web.Request, faults: Faults, *, binary: bool) -> None:
        self.ws = web.WebSocketResponse()
        self.faults, self.binary = faults, binary
        self.packed = request.headers.get("Content-Type") == PACKED
        self._request = request
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._late: list[bytes] = []
        self.sent = 0

    async def __aenter__(self) -> Self:
        await self.ws.prepare(self._request)
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)

    async def receive(self) -> Json | None:
        """The next message; None when the client is gone. What is no message is {}."""
        message = await self.ws.receive()
        if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
            return None
        try:
            read = msgspec.msgpack.decode if self.packed else msgspec.json.decode
            found = read(message.data)
        except msgspec.DecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    def say(self, document: object) -> None:
        """Send an answer of the protocol; faults do not touch those."""
        self._frames.put_nowait(self._encoded(document))

    def tell(self, what: Occasion, document: object) -> None:
        """Send news, through the fault plan."""
        copies, late = 1, False
        for fault in self.faults.pick(what):
            match fault:
                case Duplicate():
                    copies = 2
                case Reorder():
                    late = True
                case Missing():
                    return
                case Disconnect():
                    self.cut()
                    return
                case Strange():
                    document = change(document, fault.field, fault.value)
        frames = [self._encoded(document)] * copies
        if late:
            self._late += frames
            return
        for frame in (*frames, *self._late):
            self._frames.put_nowait(frame)
        self._late.clear()

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def end(self) -> None:
        """Send what waits, and close in the proper way."""
        await self._frames.join()
        await self.ws.close()

    def _encoded(self, document: object) -> bytes:
        return msgspec.msgpack.encode(_timed(document)) if self.packed else msgspec.json.encode(document)

    async def _write(self) -> None:
        while True:
            frame = await self._frames.get()
            try:
                if self.binary or self.packed:
                    await self.ws.send_bytes(frame)
                else:
                    await self.ws.send_str(frame.decode())
                self.sent += 1
            except ConnectionError:  # the client is gone; its reader will notice
                pass
            finally:
                self._frames.task_done()


def _timed(document: object) -> object:
    """MessagePack has a type for times: data messages carry theirs ("t") in it, cut to microseconds."""
    if isinstance(document, list):
        return [_timed(each) for each in document]
    if isinstance(document, dict) and isinstance(document.get("t"), str):
        return {**document, "t": datetime.fromisoformat(document["t"])}
    return document
