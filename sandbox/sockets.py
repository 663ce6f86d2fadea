"""What all streams have in common: a codec, and frames that wait their turn and that faults may touch."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, Self

import msgspec
from aiohttp import WSMsgType, web

from tidegate.sandbox.answers import Json
from tidegate.sandbox.faults import change
from tidegate.sandbox.plan import Disconnect, Duplicate, Fault, Missing, Occasion, Reorder, Strange

PACKED = "application/msgpack"


class Picks(Protocol):
    """A fault plan at work, as far as a stream needs it."""

    def pick(self, what: Occasion) -> Sequence[Fault]:
        """The faults that strike here."""


class Socket:
    """One client. Frames wait in a queue and go out in order; `binary` ones hold JSON, unless MessagePack is spoken.

    A `limit` of frames that wait is for slow clients: what comes on top is dropped and counted; 0 is without limit.
    """

    def __init__(self, request: web.Request, faults: Picks, *, binary: bool = False, limit: int = 0) -> None:
        self.ws = web.WebSocketResponse()
        self.faults, self.binary = faults, binary
        self.packed = request.headers.get("Content-Type") == PACKED
        self._request = request
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(limit)
        self._late: list[bytes] = []
        self.sent = self.dropped = 0

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
        self._queue(self._encoded(document))

    def tell(self, what: Occasion, document: object) -> bool:
        """Send news, through the fault plan; whether it goes out."""
        copies, late = 1, False
        for fault in self.faults.pick(what):
            match fault:
                case Duplicate():
                    copies = 2
                case Reorder():
                    late = True
                case Missing():
                    return False
                case Disconnect():
                    self.cut()
                    return False
                case Strange():
                    document = change(document, fault.field, fault.value)
        frames = [self._encoded(document)] * copies
        if late:
            self._late += frames
            return True
        goes = [self._queue(frame) for frame in (*frames, *self._late)]
        self._late.clear()
        return goes[0]

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def end(self) -> None:
        """Send what waits, and close in the proper way."""
        await self._frames.join()
        await self.ws.close()

    def _queue(self, frame: bytes) -> bool:
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self.dropped += 1
            return False
        return True

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
