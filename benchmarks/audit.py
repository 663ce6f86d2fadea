"""The audit of a week of a million events with 5,000 closed trades, in a process of its own for its peak of memory."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import client_order_id, trace_of
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, Entry, ExitDecision, Outcome
from tidegate.core.domain.values import (
    Component,
    DecisionKind,
    Direction,
    Judgement,
    PositionSide,
    Quote,
    Regime,
    Result,
    Side,
    Signal,
    Verdict,
)
from tidegate.core.journaling.journal import Journal

EVENTS, TRADES = 1_000_000, 5_000
BEGIN = datetime(2026, 10, 5, 13, 30, tzinfo=UTC)
STEP = timedelta(milliseconds=400)
REGIMES = (Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC)
PARTS = {name: Component(value=0.5, weight=1.0) for name in ("options_flow", "dark_pool", "iv_rank", "congress")}
GATES = tuple(Verdict(gate=f"gate{number}", result=Result.PASS, measured=1.0, limit=2.0) for number in range(15))
CODE = """
import resource, sys, time
from pathlib import Path
from tidegate.audit.report import audit
from tidegate.audit.text import markdown
from tidegate.output.presenting import to_json
begun = time.perf_counter()
shape = audit(Path(sys.argv[1]), None)
assert shape.total.trades == int(sys.argv[2])
markdown(shape), to_json(shape)
print(time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""
Row = tuple[str, str, float]
Traced = tuple[str, e.AnyEvent]


def week() -> Iterator[e.Recorded]:
    """Trades at even distances among quotes."""
    seq, every = 0, EVENTS // TRADES
    for number in range(TRADES):
        story = trade(number)
        for trace, event in [*story, *quotes(number, every - len(story))]:
            seq += 1
            yield e.Recorded(seq, BEGIN + STEP * seq, trace, event)


def quotes(number: int, count: int) -> Iterator[Traced]:
    """Prices between two trades."""
    for each in range(count):
        quote = Quote(symbol=f"S{each % 40:02}", at=BEGIN, last=100.0 + number % 7, bid=99.9, ask=107.1)
        yield "", e.QuoteSeen(source="unusual_whales", cursor=each, quote=quote)


def trade(number: int) -> list[Traced]:
    """The events of one trade that the audit reads, and some that it does not."""
    symbol, trace, regime = f"S{number % 40:02}", trace_of("bench", str(number)), REGIMES[number % 4]
    signal = Signal(
        trace=trace, symbol=symbol, direction=Direction.BULLISH, at=BEGIN, newest=BEGIN, members=(trace,),
        components=PARTS, coverage=1.0, freshness=1.0, regime=regime, regime_modifier=1.0, score=4.0,
        decision_price=100.0,
    )  # fmt: skip
    judged = Judgement(signal=signal, decision=DecisionKind.ENTER, verdicts=GATES, quantity=Decimal(5))
    entry = Entry(
        trace=trace, at=BEGIN, direction=signal.direction, score=4.0, components=PARTS, coverage=1.0, regime=regime,
        verdicts=GATES,
    )  # fmt: skip
    out = ExitDecision(rule=("stop", "target")[number % 2], quantity=Decimal(5), full=True, reason="it was time")
    bought, sold = order(signal, "entry1", entry=entry), order(signal, "exit1", out=out)
    left = Decimal(98 + number % 6)
    done = outcome(signal, left, out.rule)
    moved = [
        e.BeliefUpdated(
            learner="learners.regime_beta", cell=f"{regime}/{name}", before=Cell(), after=Cell(), outcome=trace
        )
        for name in PARTS
    ]
    told: list[e.AnyEvent] = [
        e.SignalScored(signal=signal), e.SignalJudged(judgement=judged), e.OrderPlaced(order=bought),
        fill(bought, Decimal("100.02")), e.PositionOpened(symbol=symbol, entry=entry),
        e.ExitDecided(symbol=symbol, decision=out), e.OrderPlaced(order=sold), fill(sold, left),
        e.PositionClosed(outcome=done), *moved,
    ]  # fmt: skip
    return [(trace, event) for event in told]


def order(signal: Signal, leg: str, *, entry: Entry | None = None, out: ExitDecision | None = None) -> Order:
    """Five shares, decided at 100 USD."""
    return Order(
        client_order_id=client_order_id(signal.symbol, leg, signal.trace), trace=signal.trace, symbol=signal.symbol,
        leg=leg, side=Side.SELL if entry is None else Side.BUY, quantity=Decimal(5), limit=Decimal(100),
        decision_price=Decimal(100), placed_at=BEGIN, expires_at=BEGIN, entry=entry, exit=out,
    )  # fmt: skip


def fill(what: Order, price: Decimal) -> e.OrderFilled:
    """All of an order."""
    name = what.client_order_id
    return e.OrderFilled(
        client_order_id=name, execution_id=name, quantity=what.quantity, price=price, fee=Decimal("0.01")
    )


def outcome(signal: Signal, left: Decimal, rule: str) -> Outcome:
    """What it came to."""
    pnl = 5 * (left - Decimal("100.02")) - Decimal("0.02")
    return Outcome(
        id=signal.trace, trace=signal.trace, symbol=signal.symbol, direction=signal.direction, side=PositionSide.LONG,
        quantity=Decimal(5), entry_price=Decimal("100.02"), exit_price=left, opened_at=BEGIN, closed_at=BEGIN,
        pnl=pnl, fees=Decimal("0.02"), pnl_pct=0.0, reasons=(rule,), regime=signal.regime,
        contributions=dict.fromkeys(PARTS, 0.5), credit=dict.fromkeys(PARTS, pnl / 4),
    )  # fmt: skip


def main() -> list[Row]:
    """Rows of name, unit and value."""
    with tempfile.TemporaryDirectory() as name:
        journal = Journal.open(Path(name))
        for number, each in enumerate(week(), 1):
            journal.append([each])
            if number % 5_000 == 0:
                journal.commit()
        journal.close()
        command = [sys.executable, "-c", CODE, name, str(TRADES)]
        took, peak = map(float, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    return [
        (f"audit of {EVENTS:,} events, {TRADES:,} trades", "s", took),
        ("peak memory", "MB", peak / 1e6),
    ]


if __name__ == "__main__":
    for title, unit, value in main():
        print(f"{title:<50} {value:>14,.1f} {unit}")
