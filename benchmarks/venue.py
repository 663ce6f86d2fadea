"""The venue: from an alert to its order on the way, beside one bare commit and one bare POST.

Alerts go through the real inbox, loop, journal and Alpaca executor to the sandbox on the loopback; all gates are
asked, and let everything pass. "Handed over" is when requests' Session.send is entered with the POST, "answered" when
it returns; the clock starts as the alert is published. Bare is one FULL commit of one row, then one POST by alpaca-py's
own client, from before the commit to the same two points; both are measured by turns.
"""

import asyncio
import sqlite3
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any
from unittest.mock import patch

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import LimitOrderRequest
from requests import PreparedRequest, Response, Session

from benchmarks.real_engine import PRICE, Engine, part_of, priced, running, sandbox
from tidegate.sandbox.alpaca import SandboxThread

DAYS, WARM, ROUNDS = 6, 10, 50  # engines, each with orders that do not count and stay, and orders that count
PAUSE_S = 0.01  # before each: an idle processor is slow at first, and both sides begin on one
Row = tuple[str, str, float]
Posted = tuple[float, float]  # handed over, answered; in milliseconds


@contextmanager
def posts_noted(posts: list[Posted]) -> Iterator[None]:
    """While this lasts, every POST of requests is noted, at the one point that both sides pass."""
    real = Session.send

    def send(self: Session, request: PreparedRequest, **options: Any) -> Response:  # noqa: ANN401 - theirs
        begun = perf_counter()
        try:
            return real(self, request, **options)
        finally:
            if request.method == "POST":
                posts.append((begun, perf_counter()))

    with patch.object(Session, "send", send):  # there is no hook before a request is sent
        yield


class Bare:
    """One SQLite FULL commit and one POST by alpaca-py, with nothing around them."""

    def __init__(self, folder: Path, box: SandboxThread) -> None:
        self._db = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 8000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        self._client = TradingClient(box.card.key_id, box.card.secret_key, raw_data=True, url_override=box.url)

    def go(self, name: str) -> float:
        """Both, once; when it began."""
        wanted = LimitOrderRequest(
            symbol="KO", qty=1, side=OrderSide.BUY, time_in_force=TimeInForce.DAY, limit_price=70.0,
            client_order_id=f"bare-{name}",
        )  # fmt: skip
        sleep(PAUSE_S)
        begun = perf_counter()
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO journal (body) VALUES (?)", ("x" * 200,))
        self._db.execute("COMMIT")
        self._client.submit_order(wanted)
        return begun

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


async def sent(folder: Path) -> list[tuple[Posted, Posted]]:
    """Milliseconds to both points, the bare way and the engine's by turns."""
    pairs = list[tuple[Posted, Posted]]()
    with sandbox() as box:
        names = [f"S{number}" for number in range(WARM + ROUNDS)]
        priced(box, names, PRICE)
        way = Bare(folder, box)
        async with running(folder, box, tick_s=10.0, protects=False) as engine:
            for number, symbol in enumerate(names):
                ours = await noted(entered(engine, symbol))
                theirs = await noted(asyncio.to_thread(way.go, symbol))
                if number >= WARM:
                    pairs.append((theirs, ours))
                    await engine.leave(symbol)
        way.close()
    return pairs


async def noted(act: Awaitable[float]) -> Posted:
    """The one POST that happens meanwhile, counted from when `act` says that it began."""
    posts: list[Posted] = []
    with posts_noted(posts):
        begun = await act
    (post,) = posts
    return (post[0] - begun) * 1000, (post[1] - begun) * 1000


async def entered(engine: Engine, symbol: str) -> float:
    """A cluster on a symbol, until its order is filled; when its last alert was published."""
    for part in range(2):
        await engine.say(symbol, part)
    await engine.until(lambda state: symbol in state.symbols and len(state.symbols[symbol].flow) == 2)
    await asyncio.sleep(PAUSE_S)
    begun = perf_counter()
    await engine.say(symbol, 2)
    await engine.until(lambda state: symbol in state.positions and not state.orders)
    return begun


def main() -> list[Row]:
    """All rows."""
    pairs: list[tuple[Posted, Posted]] = []
    for _ in range(DAYS):
        with tempfile.TemporaryDirectory() as name:
            pairs += asyncio.run(sent(Path(name)))
    rows: list[Row] = []
    for label, share in (("p50", 0.5), ("p99", 0.99)):
        bare, ours = ([part_of([each[side][end] for each in pairs], share) for end in (0, 1)] for side in (0, 1))
        rows += [
            (f"bare commit and POST, handed over, {label}", "ms", bare[0]),
            (f"alert to handed over, {label}", "ms", ours[0]),
            (f"bare commit and POST, answered, {label}", "ms", bare[1]),
            (f"alert to answered, {label}", "ms", ours[1]),
            (f"alert to handed over, {label}, to the whole bare POST", "ms", ours[0]),
        ]
    return rows
