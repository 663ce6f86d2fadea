"""A bench for the Alpaca executor: a venue with a memory on the loopback, and the engine's side of the line."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar, cast

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from tests.waiting import PATIENCE_S
from tidegate import Fact, Order, Side, State, Status
from tidegate.core.domain.events import AnyEvent, Event, OrderPlaced, Recorded
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.stepping.admission import admit, trace_for
from tidegate.plugins.executors.alpaca.plugin import Alpaca
from tidegate.sandbox.alpaca import Habits, Sandbox, Settings
from tidegate.sandbox.alpaca.venue.orders import Order as VenueOrder
from tidegate.testing import a_position

T0 = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)
POST: dict[str, Any] = {"method": "POST", "path": "/v2/orders"}
FILLS: dict[str, Any] = {"method": "GET", "path": "/v2/account/activities/*"}
F = TypeVar("F", bound=Fact)
Scene = Callable[["Bench"], Coroutine[None, None, None]]


class Engine:
    """The engine's side of the line: what is published goes through the real door into a real state."""

    def __init__(self) -> None:
        self.at, self.book = T0, State(at=T0)
        self.said: list[Fact] = []
        self.records: list[Recorded] = []
        self._woken = asyncio.Event()

    def now(self) -> datetime:
        return self.at

    def state(self) -> State:
        return self.book

    def publish(self, at: datetime, fact: Fact) -> None:
        self.said.append(fact)
        news = admit(self.book, fact)
        if news is not None:
            self._fold(at, trace_for(news), news)
        self._woken.set()

    def place(self, order: Order) -> Order:
        self._fold(self.at, order.trace, OrderPlaced(order=order))
        return order

    def _fold(self, at: datetime, trace: str, event: Event) -> None:
        self.records.append(Recorded(self.book.seq + 1, at, trace, cast("AnyEvent", event)))
        fold(self.book, self.records[-1])

    def told(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.said if isinstance(fact, kind)]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._woken.clear()
                await self._woken.wait()

    async def done(self, order: Order, status: Status) -> None:
        await self.until(lambda: order.client_order_id in self.book.done)
        assert self.book.done[order.client_order_id].status is status

    async def hears(self, kind: type[F]) -> F:
        """The first fact of a kind, when it comes."""
        await self.until(lambda: bool(self.told(kind)))
        return self.told(kind)[0]

    def filled(self, order: Order) -> Decimal:
        """Shares that the engine counts as filled."""
        name = order.client_order_id
        working = self.book.orders.get(name) or self.book.done[name]
        return working.filled


class Bench:
    """A venue, an engine and the executor between them."""

    def __init__(self, box: Sandbox, engine: Engine, executor: Alpaca) -> None:
        self.box, self.engine, self.executor = box, engine, executor

    async def send(self, order: Order) -> Order:
        await self.executor.submit(self.engine.place(order), self.engine.at)
        return order

    async def restart(self) -> None:
        """Another process over the same state."""
        await self.executor.close()
        self.executor = msgspec.structs.replace(self.executor)
        await self.executor.open(self.engine)

    def orders(self) -> list[VenueOrder]:
        """What the venue holds for us, open or not."""
        return list(self.box.book.clients.values())

    async def ask(self, method: str, path: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        """A request of somebody else with the same keys."""
        keys = {"APCA-API-KEY-ID": self.box.settings.key_id, "APCA-API-SECRET-KEY": self.box.settings.secret_key}
        async with httpx.AsyncClient(base_url=self.box.url, headers=keys) as client:
            answer = await client.request(method, path, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def posted(self) -> int:
        return sum(each.method == "POST" and each.path == "/v2/orders" for each in self.box.requests)

    def held(self, symbol: str = "KO") -> Decimal:
        return self.box.book.account.quantity(symbol)


def an_order(
    name: str = "1",
    *,
    symbol: str = "KO",
    side: Side = Side.BUY,
    quantity: str = "4",
    limit: str = "70",
    entry: bool = True,
    **changes: object,
) -> Order:
    trace = f"uw_{int(name, 36):016x}"
    leg = "entry1" if entry else "exit1"
    made = Order(
        client_order_id=f"tg-{symbol}-{leg}-{trace}",
        trace=trace,
        symbol=symbol,
        leg=leg,
        side=side,
        quantity=Decimal(quantity),
        limit=Decimal(limit),
        decision_price=Decimal(limit),
        placed_at=T0,
        expires_at=T0 + timedelta(seconds=60),
        entry=a_position().entry if entry else None,
    )
    return replace(made, **changes)


@asynccontextmanager
async def opened(settings: Settings | None = None, **changes: object) -> AsyncIterator[Bench]:
    async with Sandbox(settings or Settings(requests_per_minute=None)) as box:
        box.market.set_price("KO", "67.10")
        box.matching.habits = Habits(accept_ms=1, fill_ms=2, cancel_ms=1)
        executor = Alpaca(
            base_url=box.url,
            stream_url=box.stream_url,
            requests_per_minute=10_000,
            timeout_s=5.0,
            stream=False,
            poll_s=0.05,
            lookup_pause_s=0.01,
        )
        bench = Bench(box, Engine(), replace(executor, **changes))
        await bench.executor.open(bench.engine)
        try:
            yield bench
        finally:
            await bench.executor.close()


def on_the_bench(settings: Settings | None = None, **changes: object) -> Callable[[Scene], Callable[..., None]]:
    """Play a scene on an open bench, with the venue's keys in the environment."""

    def wrap(scene: Scene) -> Callable[..., None]:
        async def play() -> None:
            async with opened(settings, **changes) as bench:
                await scene(bench)

        def test(monkeypatch: pytest.MonkeyPatch) -> None:
            known = settings or Settings()
            monkeypatch.setenv("APCA_API_KEY_ID", known.key_id)
            monkeypatch.setenv("APCA_API_SECRET_KEY", known.secret_key)
            asyncio.run(play())

        return test

    return wrap
