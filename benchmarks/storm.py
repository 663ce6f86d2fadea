"""The venue: how late the engine's event loop is while Alpaca answers everything with 429."""

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.real_engine import PRICE, Engine, part_of, priced, running, sandbox
from tidegate.sandbox.alpaca import RateLimit

STORM_S, PROBE_S, RESTING = 8.0, 0.005, 20
PAUSE_S = 0.05
SHARES = (("p50", 0.5), ("p99", 0.99), ("longest", 1.0))
Row = tuple[str, str, float]


async def storm(folder: Path) -> tuple[list[float], int]:
    """How late a sleeper on the engine's loop wakes, in milliseconds, and the answers of 429 meanwhile."""
    with sandbox() as box:
        resting, wanted = [f"R{number}" for number in range(RESTING)], [f"S{number}" for number in range(1000)]
        priced(box, resting, PRICE * 2)
        async with running(folder, box, tick_s=0.5, protects=True) as engine:
            for symbol in resting:
                await cluster(engine, symbol)
            await engine.until(lambda state: sum(each.arrived for each in state.orders.values()) == RESTING)
            box.call(lambda it: it.faults.add(RateLimit(reset_s=1.0)))
            talking = asyncio.create_task(talk(engine, wanted))
            late = await lateness()
            talking.cancel()
            answered = box.call(lambda it: len(it.faults.log))
            box.call(lambda it: it.faults.clear())
    return late, answered


async def talk(engine: Engine, symbols: list[str]) -> None:
    """A signal every `PAUSE_S`."""
    for symbol in symbols:
        await cluster(engine, symbol)
        await asyncio.sleep(PAUSE_S)


async def cluster(engine: Engine, symbol: str) -> None:
    """Three alerts, which make a signal."""
    for part in range(3):
        await engine.say(symbol, part)


async def lateness() -> list[float]:
    """Milliseconds beyond each short sleep."""
    late, end = [], perf_counter() + STORM_S
    while (begun := perf_counter()) < end:
        await asyncio.sleep(PROBE_S)
        late.append((perf_counter() - begun - PROBE_S) * 1000)
    return late


def main() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        late, refused = asyncio.run(storm(Path(name)))
    return [
        ("answers of 429 while it lasts", "1/s", refused / STORM_S),
        *((f"lag of the engine's loop, {name}", "ms", part_of(late, share)) for name, share in SHARES),
    ]
