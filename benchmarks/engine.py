"""The engine: alerts per second of a replay, in memory and of a bare loop; time from alert to committed order."""

import asyncio
import gzip
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter, process_time
from typing import ClassVar

import msgspec

from tidegate import boot
from tidegate.core.domain.events import (
    AccountSeen,
    AlertReceived,
    EngineStarted,
    Fact,
    OrderRejected,
    QuoteSeen,
    TakeSeal,
)
from tidegate.core.domain.orders import Order
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Alert, Quote
from tidegate.core.domain.values.broker import Account
from tidegate.core.inbox import LiveInbox
from tidegate.core.journaling.journal import Journal
from tidegate.core.loop import Loop
from tidegate.core.plugins.bases import Executor, Feed, Line, Source
from tidegate.plugins.sources.unusual_whales.alerts import alert_of
from tidegate.testing import a_position

ALERTS = 100_000
ORDERS = 400
SECONDS = 300
START = datetime(2025, 6, 18, 13, 30, tzinfo=UTC)
Row = tuple[str, str, float]


def wire(count: int) -> Iterator[dict[str, object]]:
    """Alerts in UW's wire shape, a busy day on 300 symbols; one in four passes the base filter, as recorded ones do."""
    chance = random.Random(11)
    at = START
    for number in range(count):
        at += timedelta(milliseconds=chance.expovariate(1 / 230.0))
        symbol = f"T{chance.randrange(300):03d}".translate(str.maketrans("0123456789", "ABCDEFGHIJ"))
        premium = round(chance.lognormvariate(11.3, 0.9), 2)
        asked = round(premium * chance.choice((0.0, 0.1, 0.45, 0.9, 1.0)), 2)
        expiry, side = ("250620", "250627", "250718")[chance.randrange(3)], chance.choice("CP")
        millis = int(at.timestamp() * 1000)
        yield {
            "id": f"{number:08d}-0000-4000-8000-000000000000", "ticker": symbol,
            "option_chain": f"{symbol}{expiry}{side}{chance.randrange(20, 900) * 1000:08d}",
            "total_premium": str(premium), "total_ask_side_prem": str(asked),
            "total_bid_side_prem": str(round(premium - asked, 2)), "underlying_price": "101.5", "price": "2.8",
            "volume": chance.randrange(100, 9000), "open_interest": chance.randrange(9000), "total_size": 514,
            "start_time": millis - 40, "end_time": millis, "created_at": at.isoformat(), "alert_rule": "RepeatedHits",
            "has_multileg": chance.random() < 0.1, "has_sweep": False, "has_floor": False, "trade_count": 8,
        }  # fmt: skip


def rules(folder: Path) -> Rules:
    """The shipped configuration."""
    return boot.configure(state_dir=folder, files=[folder / "alerts.jsonl.gz"]).host.rules()


def replayed(folder: Path) -> tuple[float, float]:
    """Alerts per second of `tidegate replay` with the journal on disk, and the process's peak memory in MB."""
    script = (
        "import re, sys; from tidegate.cli import run; code = run(sys.argv[1:]); "
        "peak = re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1); "
        "print(int(peak) / 1024, file=sys.stderr); sys.exit(code)"
    )
    words = ["replay", str(folder / "alerts.jsonl.gz"), "--json", "--state-dir", str(folder / "replay")]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["alerts_per_second"], float(done.stderr.splitlines()[-1])


def in_memory(alerts: list[tuple[datetime, Alert]], decided: Rules) -> float:
    """Alerts per second of door, fold and step alone."""
    state = State()
    begun = perf_counter()
    for at, alert in alerts:
        fact = admit(state, AlertReceived(source="unusual_whales", alert=alert))
        if fact is not None:
            advance(state, fact, at, decided)
    return len(alerts) / (perf_counter() - begun)


def bare_loop(alerts: list[tuple[datetime, Alert]]) -> float:
    """Alerts per second of a loop over the same decoded alerts that only adds up premiums by symbol."""
    total: dict[str, float] = {}
    begun = perf_counter()
    for _, alert in alerts:
        total[alert.symbol] = total.get(alert.symbol, 0.0) + alert.premium
    return len(alerts) / (perf_counter() - begun)


class Stopwatch(Executor, frozen=True, kw_only=True):
    """A venue that notes when it is asked (the order's intent is on disk by then) and refuses."""

    name: ClassVar[str] = "stopwatch"
    simulated: ClassVar[bool] = True
    asked: dict[str, float]
    lines: list[Line]

    async def open(self, line: Line) -> None:
        """Take the line."""
        self.lines.append(line)

    async def submit(self, order: Order, at: datetime) -> None:
        """Note the time, and refuse so that no order keeps working."""
        self.asked[order.trace] = perf_counter()
        refusal = OrderRejected(client_order_id=order.client_order_id, code="bench", reason="only measured")
        self.lines[0].publish(at, refusal)

    async def find(self, order: Order) -> None:
        """Nothing is found."""

    async def account(self, at: datetime) -> AccountSeen | None:
        """A rich account."""
        usd = Decimal(100_000_000)
        return AccountSeen(account=Account(at=at, equity=usd, cash=usd, buying_power=usd))


class Pulse(Source, frozen=True, kw_only=True):
    """Completes one cluster after another and notes when it hands over the completing alert."""

    name: ClassVar[str] = "pulse"
    said: list[float]
    done: asyncio.Event

    async def stream(self, feed: Feed) -> None:
        """Three alerts a cluster; the third is timed."""
        await asyncio.sleep(0.3)
        for _ in range(2):  # a first price needs a witness, a second later
            at = feed.now()
            await feed.publish(*((at, _touch(f"SYM{number}", 100.0, at)) for number in range(ORDERS)))
            await asyncio.sleep(1.1)
        for number in range(ORDERS):
            for part in range(3):
                at = feed.now()
                alert = _alert(number, part, at)
                if part == 2:
                    self.said.append(perf_counter())
                fact: Fact = AlertReceived(source="unusual_whales", alert=alert)
                await feed.publish((at, fact))
                await asyncio.sleep(0.002)
        self.done.set()
        await asyncio.sleep(3600)


def _touch(symbol: str, price: float, at: datetime) -> QuoteSeen:
    return QuoteSeen(source="bench", quote=Quote(symbol=symbol, at=at, last=price, bid=price - 0.01, ask=price + 0.01))


def quotes() -> list[tuple[datetime, QuoteSeen]]:
    """Looks at 100 symbols once a second in the session, each a small step from the last."""
    chance, at, prices = random.Random(5), START, [100.0] * 100
    told = []
    for _ in range(SECONDS):
        at += timedelta(seconds=1)
        prices = [round(price * (1.0 + chance.gauss(0.0, 0.0002)), 2) for price in prices]
        told += [(at, _touch(f"SYM{number}", price, at)) for number, price in enumerate(prices)]
    return told


def quoted(decided: Rules) -> float:
    """Looks at quotes per second of door, fold and step, 16 of the 100 symbols held."""
    state, told = State(), quotes()
    for number in range(16):
        held = a_position(symbol=f"SYM{number}")
        state.positions[held.symbol] = held
    begun = process_time()
    for at, fact in told:
        news = admit(state, fact)
        if news is not None:
            advance(state, news, at, decided)
    return len(told) / (process_time() - begun)


def _alert(number: int, part: int, at: datetime) -> Alert:
    symbol = f"SYM{number}"
    return Alert(
        id=f"{number}-{part}", symbol=symbol, contract=f"{symbol}-{part}", option_type="call", strike=100.0,
        expiry=at.date(), start=at, at=at, premium=900_000.0 + part, ask_premium=900_000.0, bid_premium=0.0,
        underlying_price=100.0, volume=100, open_interest=0,
    )  # fmt: skip


class Watch:
    """The loop's surroundings: rules that let everything pass, no toggles, no gauges."""

    def __init__(self, decided: Rules) -> None:
        self._rules = msgspec.structs.replace(decided, gates=())

    def rules(self) -> Rules:
        """The rules."""
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


async def latencies(folder: Path, decided: Rules) -> list[float]:
    """Seconds from the completing alert in the inbox to its order committed and handed to the venue, sorted."""
    journal, done = Journal.open(folder / "latency"), asyncio.Event()
    stopwatch, pulse = Stopwatch(asked={}, lines=[]), Pulse(said=[], done=done)
    loop = Loop(
        journal=journal,
        state=State(),
        inbox=LiveInbox(tick_s=10.0),
        executor=stopwatch,
        sources=(("sources.pulse", pulse),),
        sinks=(),
        watcher=Watch(decided),
        group=2048,
        checkpoint_every=1_000_000,
    )
    running = asyncio.create_task(loop.run(EngineStarted(mode="bench", version="0")))
    await done.wait()
    loop.stop("measured")
    await running
    journal.close()
    return sorted(b - a for a, b in zip(pulse.said, stopwatch.asked.values(), strict=True))


def main() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = list(wire(ALERTS))
        with gzip.open(folder / "alerts.jsonl.gz", "wt", compresslevel=1) as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        now = datetime.now(UTC)
        alerts = [alert_of(json.dumps(row).encode(), now) for row in rows]
        decided = rules(folder)
        journaled, memory = replayed(folder)
        took = asyncio.run(latencies(folder, decided))
        return [
            ("bare loop over decoded alerts", "alerts/s", bare_loop(alerts)),
            ("door, fold and step in memory, all plugins", "alerts/s", in_memory(alerts, decided)),
            ("looks at quotes in memory, 16 positions", "quotes/s", quoted(decided)),
            ("replay --speed max, decoded and journaled on disk", "alerts/s", journaled),
            ("replay, peak memory of the process", "MB", memory),
            ("alert in the inbox to committed order, p50", "ms", took[len(took) // 2] * 1000),
            ("alert in the inbox to committed order, p99", "ms", took[int(len(took) * 0.99)] * 1000),
        ]
