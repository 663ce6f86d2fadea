"""A sandbox beside blocking code: in a thread, or in a process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Self, TypeVar

import msgspec

from core.errors import TidegateError
from tidegate.sandbox.alpaca.sandbox import Sandbox, Settings

T = TypeVar("T")
WATCH_S = 0.5
INIT = 1


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sandbox is, and its keys."""

    url: str
    data_url: str
    stream_url: str
    data_stream_url: str
    key_id: str
    secret_key: str
    account_id: str
    account_number: str


class SandboxThread:
    """`with SandboxThread() as box`: the addresses as attributes; `box.call(lambda it: ...)` reaches the Sandbox."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._settings = settings
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._failed: BaseException | None = None
        self._box: Sandbox | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failed is not None:
            raise TidegateError(f"The sandbox did not start: {self._failed}") from self._failed
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    @property
    def card(self) -> Card:
        """Where it is, and its keys."""
        assert self._box is not None
        return msgspec.convert(self._box.card(), Card)

    @property
    def url(self) -> str:
        """The trading service."""
        return self.card.url

    @property
    def data_url(self) -> str:
        """The market data service."""
        return self.card.data_url

    @property
    def stream_url(self) -> str:
        """The account stream."""
        return self.card.stream_url

    @property
    def data_stream_url(self) -> str:
        """The market data stream."""
        return self.card.data_stream_url

    def call(self, what: Callable[[Sandbox], T]) -> T:
        """Do something to the sandbox in its own thread, and wait for the result."""

        async def inside() -> T:
            assert self._box is not None
            return what(self._box)

        return asyncio.run_coroutine_threadsafe(inside(), self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the start
            self._failed = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with Sandbox(self._settings) as self._box:
            self._ready.set()
            await self._stop.wait()


class SandboxProcess:
    """`with SandboxProcess("--seed", "3") as card`: the command on a free port; it ends with the block."""

    def __init__(self, *arguments: str) -> None:
        self.arguments: Sequence[str] = arguments

    def __enter__(self) -> Card:
        command = [sys.executable, "-m", "tidegate", "sandbox", "alpaca", "--port", "0", "--json", *self.arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own program
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=Card)
        except msgspec.DecodeError:
            said = (line + self._process.communicate()[0]).decode().strip()
            raise TidegateError(f"The sandbox ended with code {self._process.returncode}: {said}") from None

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def serve(settings: Settings, ready: Callable[[Sandbox], None]) -> None:
    """Run until SIGTERM or SIGINT, or until the parent process is gone."""
    stop, loop, parent = asyncio.Event(), asyncio.get_running_loop(), os.getppid()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with Sandbox(settings) as box:
        ready(box)  # whoever waited for this may be gone the next instant
        while box.running and not stop.is_set() and (parent == INIT or os.getppid() == parent):
            try:
                await asyncio.wait_for(stop.wait(), WATCH_S)
            except TimeoutError:
                continue
