"""The venue: 500 positions reconciled, from the broker's book to all that follows from it on disk."""

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

from msgspec.structs import replace

from benchmarks.real_engine import PRICE, Surroundings, executor, sandbox
from tidegate.core.domain.events import AnyEvent, BrokerSeen, EngineStarted, Fact, PositionAdopted, Reconciled, Recorded
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.broker import BrokerPosition
from tidegate.core.journaling.journal import Journal
from tidegate.sandbox.alpaca import Sandbox
from tidegate.testing import a_position

HELD, TIMES = 500, 7
T0 = datetime(2026, 10, 8, 14, 0, tzinfo=UTC)
Row = tuple[str, str, float]


class Silent:
    """The engine's side of an executor that is only asked."""

    def now(self) -> datetime:
        """The time of the books."""
        return T0

    def state(self) -> State:
        """Nothing."""
        return State(at=T0)

    def publish(self, at: datetime, fact: Fact) -> None:
        """Nobody listens."""


def holding() -> State:
    """A state that holds 500 positions, and has compared its books before."""
    state = State()
    entry = a_position().entry
    facts: list[AnyEvent] = [EngineStarted(mode="bench", version="0", reconciles=True, protects=True)]
    facts += [
        PositionAdopted(
            symbol=f"H{number}", side=PositionSide.LONG, quantity=Decimal(10), average_price=PRICE,
            entry=replace(entry, trace=f"uw_{number:016x}"),
        )
        for number in range(HELD)
    ]  # fmt: skip
    for fact in (*facts, Reconciled(differences=0)):
        fold(state, Recorded(state.seq + 1, T0, "", fact))
    return state


def book(*, differ: bool) -> BrokerSeen:
    """The broker's book: as ours, or with 30 other quantities, 10 positions gone and 10 that we do not know."""
    rows = [(f"H{number}", 10) for number in range(HELD)]
    if differ:
        rows = [(name, 12 if number < 30 else 10) for number, (name, _) in enumerate(rows[10:])]
        rows += [(f"N{number}", 10) for number in range(10)]
    return BrokerSeen(
        positions=tuple(
            BrokerPosition(symbol=name, side=PositionSide.LONG, quantity=Decimal(quantity), average_price=PRICE)
            for name, quantity in rows
        )
    )


def reconciled(rules: Rules, seen: BrokerSeen) -> float:
    """Milliseconds from the broker's book to all that follows from it on disk, as the loop does it."""
    with tempfile.TemporaryDirectory() as name:
        state, journal = holding(), Journal.open(Path(name))
        begun = perf_counter()
        news = admit(state, seen)
        assert news is not None
        records, _ = advance(state, news, T0 + timedelta(seconds=60), rules)
        journal.append(records)
        journal.commit()
        took = perf_counter() - begun
        journal.close()
    return took * 1000


def given(box: Sandbox) -> None:
    """500 positions, at the sandbox."""
    for number in range(HELD):
        box.order_entry.give(f"H{number}", Decimal(10), PRICE)


async def read() -> float:
    """Milliseconds in which the executor asks for 500 positions and reads them."""
    with sandbox() as box:
        box.call(given)
        asked = replace(executor(box), stream=False)
        await asked.open(Silent())
        begun = perf_counter()
        seen = await asked.broker(T0)
        took = perf_counter() - begun
        await asked.close()
    assert seen is not None
    assert len(seen.positions) == HELD
    return took * 1000


def main() -> list[Row]:
    """All rows."""
    with tempfile.TemporaryDirectory() as name:
        rules = Surroundings(Path(name)).rules()
    cases = (("50 differ: adopted, on disk", True), ("agree: 500 stops placed, on disk", False))
    return [
        (f"{HELD} positions asked for and read", "ms", median(asyncio.run(read()) for _ in range(TIMES))),
        *(
            (f"{HELD} positions, {case}", "ms", median(reconciled(rules, book(differ=differ)) for _ in range(TIMES)))
            for case, differ in cases
        ),
    ]
