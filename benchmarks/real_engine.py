"""The engine for benchmarks: the real loop, journal and Alpaca executor, over HTTP to the sandbox on the loopback."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import msgspec

from tidegate import boot
from tidegate.core.domain.events import AlertReceived, EngineStarted, QuoteSeen, TakeSeal
from tidegate.core.domain.rules import Gate, Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Alert, Quote, Signal, Verdict, passed
from tidegate.core.inbox import LiveInbox
from tidegate.core.journaling.journal import Journal
from tidegate.core.loop import Loop
from tidegate.core.plugins.bases import Feed, Source
from tidegate.plugins.executors.alpaca.plugin import Alpaca
from tidegate.sandbox.alpaca import Habits, Sandbox, SandboxThread, Settings

PRICE = Decimal(100)
LOOK_S = 0.005
PER_MINUTE = 10_000


class Waved:
    """A gate that is asked, and lets everything pass."""

    def __init__(self, gate: Gate) -> None:
        self._gate, self.on_error = gate, gate.on_error

    def check(self, signal: Signal, state: State) -> Verdict:
        """The gate's work, and then a pass."""
        self._gate.check(signal, state)
        return passed()

    def halt(self, state: State) -> str | None:
        """The gate's work, and then no reason."""
        self._gate.halt(state)
        return None


class Surroundings:
    """The loop's: the shipped rules, timed as in a run; no toggles, no gauges."""

    def __init__(self, folder: Path) -> None:
        (folder / "none.jsonl").touch()
        host = boot.configure(state_dir=folder, files=[folder / "none.jsonl"]).host
        decided = host.timed(host.rules())
        self._rules = msgspec.structs.replace(decided, gates=tuple((key, Waved(gate)) for key, gate in decided.gates))

    def rules(self) -> Rules:
        """The rules, with gates that wave everything through."""
        return self._rules

    def toggle(self, plugin: str, *, enabled: bool) -> None:
        """Nothing to toggle."""

    def seal(self, wanted: TakeSeal) -> None:
        """Nothing to seal."""

    def alarm(self, text: str) -> None:
        """Nobody to alarm."""

    def gauges(self, state: State) -> dict[str, object]:  # noqa: ARG002 - the loop's protocol
        """Nothing to tell."""
        return {}


class Script(Source, frozen=True, kw_only=True):
    """A source that hands its feed to whoever measures."""

    name: ClassVar[str] = "script"
    feeds: asyncio.Queue[Feed]

    async def stream(self, feed: Feed) -> None:
        """Stay open."""
        await self.feeds.put(feed)
        await asyncio.Event().wait()


class Engine:
    """A running engine: `say` publishes alerts, `state` is what it knows."""

    def __init__(self, loop: Loop, feed: Feed) -> None:
        self.loop, self._feed = loop, feed

    @property
    def state(self) -> State:
        """The engine's state, to read."""
        return self.loop.state()

    async def say(self, symbol: str, part: int) -> None:
        """An alert on a symbol; the third `part` completes a cluster, whose signal is entered."""
        at = self._feed.now()
        await self._feed.publish((at, AlertReceived(source="unusual_whales", alert=alert(symbol, part, at))))

    async def leave(self, symbol: str) -> None:
        """A price at which every stop acts; returns when the position is sold."""
        at = self._feed.now()
        quote = Quote(symbol=symbol, at=at, last=float(PRICE) * 0.8)
        await self._feed.publish((at, QuoteSeen(source="unusual_whales", quote=quote)))
        await self.until(lambda state: symbol not in state.positions)

    async def until(self, true: Callable[[State], bool]) -> None:
        """Wait for the state, at most 30 seconds."""
        async with asyncio.timeout(30.0):
            while not true(self.state):  # noqa: ASYNC110 - a state is not waited for, only read
                await asyncio.sleep(LOOK_S)


def alert(symbol: str, part: int, at: datetime) -> Alert:
    """A call bought at the ask."""
    return Alert(
        id=f"{symbol}-{part}", symbol=symbol, contract=f"{symbol}-{part}", option_type="call", strike=100.0,
        expiry=at.date(), start=at, at=at, premium=900_000.0 + part, ask_premium=900_000.0, bid_premium=0.0,
        underlying_price=float(PRICE), volume=100, open_interest=0,
    )  # fmt: skip


def sandbox() -> SandboxThread:
    """A venue that is quick, rich and always open; its keys are put into the environment."""
    made = Settings(requests_per_minute=None, always_open=True, cash=Decimal(100_000_000))
    os.environ |= {"APCA_API_KEY_ID": made.key_id, "APCA_API_SECRET_KEY": made.secret_key}
    return SandboxThread(made)


def priced(box: SandboxThread, symbols: list[str], price: Decimal) -> None:
    """Give symbols a price in USD."""

    def change(it: Sandbox) -> None:
        it.matching.habits = Habits(accept_ms=1, fill_ms=1, cancel_ms=1)
        for symbol in symbols:
            it.market.set_price(symbol, price)

    box.call(change)


def executor(box: SandboxThread) -> Alpaca:
    """The executor of the sandbox's account."""
    return Alpaca(base_url=box.url, stream_url=box.stream_url, requests_per_minute=PER_MINUTE)


@asynccontextmanager
async def running(folder: Path, box: SandboxThread, *, tick_s: float, protects: bool) -> AsyncIterator[Engine]:
    """An engine whose books are compared and whose account is known."""
    journal, feeds = Journal.open(folder), asyncio.Queue[Feed]()
    loop = Loop(
        journal=journal,
        state=State(),
        inbox=LiveInbox(tick_s=tick_s),
        executor=executor(box),
        sources=(("sources.script", Script(feeds=feeds)),),
        sinks=(),
        watcher=Surroundings(folder),
        group=2048,
        checkpoint_every=1_000_000,
    )
    started = EngineStarted(mode="bench", version="0", reconciles=True, protects=protects)
    task = asyncio.create_task(loop.run(started))
    try:
        engine = Engine(loop, await feeds.get())
        await engine.until(lambda state: state.reconciled_at is not None and state.account is not None)
        yield engine
    finally:
        loop.stop("measured")
        await task
        journal.close()


def part_of(values: Sequence[float], share: float) -> float:
    """The value that this share of all does not exceed."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
