"""A sandbox beside blocking code: in a thread, or in a process of its own."""

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import ClassVar, Generic, Protocol, Self, TypeVar

import msgspec

from tidegate.children import command, environment
from tidegate.core.errors import TidegateError

T = TypeVar("T")
WATCH_S = 0.5
INIT = 1


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """What every client of a sandbox needs; `url` is that of the REST services."""

    url: str


class Runnable(Protocol):
    """A sandbox: open inside `async with`."""

    @property
    def running(self) -> bool:
        """Whether time passes."""

    def card(self) -> Mapping[str, str]:
        """What a client needs."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


B = TypeVar("B", bound=Runnable)
C = TypeVar("C", bound=Address)


class BoxThread(Generic[B, C]):
    """A sandbox in a thread of its own, inside `with`; `call` reaches it."""

    def __init__(self, make: Callable[[], B], shape: type[C]) -> None:
        self._make, self._shape = make, shape
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._failed: BaseException | None = None
        self._box: B | None = None

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
    def card(self) -> C:
        """Where it is, and its keys."""
        assert self._box is not None
        return msgspec.convert(self._box.card(), self._shape)

    @property
    def url(self) -> str:
        """The REST services."""
        return self.card.url

    def call(self, what: Callable[[B], T]) -> T:
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
        async with self._make() as self._box:
            self._ready.set()
            await self._stop.wait()


class BoxProcess(Generic[C]):
    """The command `tidegate sandbox <venue>` on a free port; it ends with the `with` block, whose value is its card."""

    venue: ClassVar[str]
    shape: type[C]

    def __init__(self, *arguments: str) -> None:
        self.arguments: Sequence[str] = arguments

    def __enter__(self) -> C:
        words = command("sandbox", self.venue, "--port", 0, "--json", *self.arguments)
        self._process = subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE)  # noqa: S603 - our own program
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            return msgspec.json.decode(line, type=self.shape)
        except msgspec.DecodeError:
            said = (line + self._process.communicate()[0]).decode().strip()
            raise TidegateError(f"The sandbox ended with code {self._process.returncode}: {said}") from None

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def serve(box: B, ready: Callable[[B], None]) -> None:
    """Run a sandbox until SIGTERM or SIGINT, or until the parent process is gone."""
    stop, loop, parent = asyncio.Event(), asyncio.get_running_loop(), os.getppid()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with box:
        ready(box)  # whoever waited for this may be gone the next instant
        while box.running and not stop.is_set() and (parent == INIT or os.getppid() == parent):
            try:
                await asyncio.wait_for(stop.wait(), WATCH_S)
            except TimeoutError:
                continue
