"""The information side: alerts decoded, a signal scored with every component, a learner's update, and a busy open."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import ClassVar

import msgspec

from benchmarks.engine import START, Stopwatch, Watch, wire
from benchmarks.real_engine import part_of
from tidegate import boot
from tidegate.core.domain.events import AlertReceived, EngineStarted
from tidegate.core.domain.positions import Cell, Outcome
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.rules import Cluster, Rules
from tidegate.core.domain.signals.scoring import score
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Alert, Direction, PositionSide, Reading, Regime
from tidegate.core.inbox import LiveInbox
from tidegate.core.journaling.journal import Journal
from tidegate.core.loop import Loop
from tidegate.core.plugins.bases import Feed, Source
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.plugins.sources.unusual_whales.alerts import alert_of

ROWS, REPEATS = 200, 60
OPEN_ALERTS, OPEN_SPEED, BURST, PROBE_S = 10_000, 6.0, 100, 0.002
LAGS = (("p50", 0.5), ("p99", 0.99))
Record = tuple[str, str, float]
READINGS = (
    *("dark_pool_net", "dark_pool_gross", "net_premium_slope", "net_premium_scale", "gamma_net", "gamma_gross"),
    *("iv_rank", "oi_opened_bullish", "oi_opened_bearish", "congress_buys", "congress_sells", "insider_buys_usd"),
    *("insider_sells_usd", "institutional_bought_usd", "institutional_sold_usd", "short_interest", "days_to_cover"),
    *("ftd_usd", "etf_flow_5d"),
)


def rate(work: Callable[[], object], items: int) -> float:
    """Items per second, the best of many."""
    best = float("inf")
    for _ in range(REPEATS):
        begun = perf_counter()
        work()
        best = min(best, perf_counter() - begun)
    return items / best


def decoding() -> list[Record]:
    """REST bodies of 200 rows, and socket frames; bare is msgspec into the same fields without judging them."""
    now = datetime.now(UTC)
    rows = list(wire(ROWS))
    body = json.dumps({"data": rows}).encode()
    frames = [json.dumps(["flow-alerts", frame(row)]).encode() for row in rows]
    known = msgspec.json.Decoder(dict[str, list[msgspec.Raw]]).decode
    pair = msgspec.json.Decoder(tuple[str, msgspec.Raw]).decode
    untyped = msgspec.json.Decoder().decode
    return [
        ("bare msgspec decode of a body, untyped", "alerts/s", rate(lambda: untyped(body), ROWS)),
        ("REST bodies", "alerts/s", rate(lambda: [alert_of(row, now) for row in known(body)["data"]], ROWS)),
        ("socket frames", "alerts/s", rate(lambda: [alert_of(pair(each)[1], now) for each in frames], ROWS)),
    ]


def frame(row: dict[str, object]) -> dict[str, object]:
    """The same alert as the socket tells it: floats, another name for the rule, nothing that the chain says anyway."""
    kept = {key: value for key, value in row.items() if key not in ("created_at", "alert_rule")}
    for name in ("total_premium", "total_ask_side_prem", "total_bid_side_prem", "underlying_price", "price"):
        kept[name] = float(str(row[name]))
    return {**kept, "rule_name": row["alert_rule"], "executed_at": row["end_time"], "url": "", "exchanges": ["XCBO"]}


def scoring(rules: Rules) -> list[Record]:
    """One signal with all sixteen components known, on a symbol with 60 alerts in its hour."""
    state = State()
    symbol = "BUSY"
    for number, row in enumerate(wire(60)):
        alert = alert_of(
            json.dumps({**row, "ticker": symbol, "option_chain": f"{symbol}250620C00020000"}).encode(), START
        )
        at = START + timedelta(seconds=60 * number)
        advance(state, AlertReceived(source="u", alert=msgspec.structs.replace(alert[1], at=at)), at, Rules())
    known = state.symbols[symbol]
    known.door = Door(price=100.0, at=state.now)
    amounts = dict.fromkeys(READINGS, 0.5)
    known.readings = {n: Reading(name=n, at=state.now, value=v, max_age_s=9e9) for n, v in amounts.items()}
    soon = state.now.timestamp() + 86_400
    known.readings["earnings_at"] = Reading(name="earnings_at", at=state.now, value=soon, max_age_s=9e9)
    for name in ("tide_call_30m", "tide_put_30m"):
        state.market[name] = Reading(name=name, at=state.now, value=1e6, max_age_s=9e9)
    cluster = Cluster(symbol=symbol, direction=Direction.BULLISH, trace="uw_0", newest=state.now, members=("uw_0",) * 3)
    unknown = [name for name, each in score(cluster, state, rules)[0].components.items() if each.value is None]
    assert unknown == [], unknown
    times = timed(lambda: score(cluster, state, rules), 5_000)
    return [
        ("one signal, all components, p50", "us", part_of(times, 0.5) * 1e6),
        ("one signal, all components, p99", "us", part_of(times, 0.99) * 1e6),
    ]


def learning() -> list[Record]:
    """One outcome with sixteen components, into a belief of four regimes."""
    names = [f"component{number}" for number in range(16)]
    belief = {f"{regime}/{name}": Cell(alpha=9.0, beta=7.0) for regime in Regime for name in names}
    outcome = Outcome(
        id="o", trace="o", symbol="S", direction=Direction.BULLISH, side=PositionSide.LONG, quantity=Decimal(4),
        entry_price=Decimal(100), exit_price=Decimal(101), opened_at=START, closed_at=START, pnl=Decimal(4),
        fees=Decimal(0), pnl_pct=1.0, reasons=("target",), regime=Regime.PANIC,
        contributions=dict.fromkeys(names, 0.5), credit={},
    )  # fmt: skip
    learner = RegimeBeta()
    times = timed(lambda: learner.learn(outcome, belief), 5_000)
    return [("learner update, 16 components, p50", "us", part_of(times, 0.5) * 1e6)]


def timed(work: Callable[[], object], count: int) -> list[float]:
    """Seconds of each of many calls."""
    found = []
    for _ in range(count):
        begun = perf_counter()
        work()
        found.append(perf_counter() - begun)
    return found


class Rush(Source, frozen=True, kw_only=True):
    """A busy open: 10,000 alerts of a minute in the bursts in which polls bring them, six times as fast."""

    name: ClassVar[str] = "rush"
    alerts: list[Alert]
    done: asyncio.Event

    async def stream(self, feed: Feed) -> None:
        """Say them all; the lag is probed meanwhile."""
        for start in range(0, len(self.alerts), BURST):
            begun = perf_counter()
            at = feed.now()
            facts = [AlertReceived(source="unusual_whales", alert=each) for each in self.alerts[start : start + BURST]]
            await feed.publish(*((at, fact) for fact in facts))
            await asyncio.sleep(max(0.0, BURST * 60.0 / OPEN_ALERTS / OPEN_SPEED - (perf_counter() - begun)))
        self.done.set()
        await asyncio.Event().wait()


async def busy_open(folder: Path, rules: Rules) -> list[Record]:
    """How late the engine's loop is at the open, and how much memory it adds after the first half."""
    now = datetime.now(UTC)
    alerts = [alert_of(json.dumps(row).encode(), now)[1] for row in wire(OPEN_ALERTS)]
    rush = Rush(alerts=alerts, done=asyncio.Event())
    loop = Loop(
        journal=(journal := Journal.open(folder / "open")),
        state=State(),
        inbox=LiveInbox(tick_s=10.0),
        executor=Stopwatch(asked={}, lines=[]),
        sources=(("sources.rush", rush),),
        sinks=(),
        watcher=Watch(rules),
        group=2048,
        checkpoint_every=1_000_000,
    )
    running = asyncio.create_task(loop.run(EngineStarted(mode="bench", version="0")))
    late: list[float] = []
    before = resident_mb()
    while not rush.done.is_set():
        begun = perf_counter()
        await asyncio.sleep(PROBE_S)
        late.append(perf_counter() - begun - PROBE_S)
    grown = resident_mb() - before
    loop.stop("measured")
    await running
    journal.close()
    lags = [(f"busy open x {OPEN_SPEED:.0f}, lag {name}", "ms", part_of(late, share) * 1000) for name, share in LAGS]
    return [*lags, (f"busy open, memory for {OPEN_ALERTS:,} alerts", "MB", grown)]


def resident_mb() -> float:
    """The memory of this process that is in use."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> list[Record]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "none.jsonl").touch()
        rules = boot.configure(state_dir=folder, files=[folder / "none.jsonl"]).host.rules()
        return [*decoding(), *scoring(rules), *learning(), *asyncio.run(busy_open(folder, rules))]
