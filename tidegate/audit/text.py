"""The audit as Markdown. Times are New York's."""

from collections.abc import Sequence
from datetime import datetime

from tidegate.audit.shapes import AuditShape, HappenedShape, SampleShape
from tidegate.output.reports import grid
from tidegate.output.text import NEW_YORK

SHOWN = 20  # of each long list; the JSON has all
TRACES = 3


def markdown(shape: AuditShape) -> str:
    """The whole report."""
    head = [
        f"# Audit of {shape.week}",
        f"{_when(shape.since)} to {_when(shape.until)} New York; {shape.events:,} events, computed from the journal.",
        f"Mode: {', '.join(shape.modes) or 'unknown'}.",
        "\n".join(f"- {each}" for each in shape.notes),
    ]
    if shape.empty:
        return "\n\n".join(head)
    return "\n\n".join([*head, *_trading(shape), *_judging(shape), *_told(shape)])


def _trading(shape: AuditShape) -> list[str]:
    decisions = ", ".join(f"{name} {count}" for name, count in shape.decisions.items()) or "none"
    said = [
        "## Trades and profit",
        f"{shape.alerts:,} alerts, {shape.signals:,} signals ({decisions}).",
        f"{shape.orders:,} orders, {shape.fills:,} fills, {shape.total.trades:,} trades closed.",
        "Dollars; profit is net of fees. Slippage is what fills cost against the decision price.",
        _samples("", [shape.total]),
    ]
    groups = {
        "regime at entry": shape.by_regime,
        "component (its credit, net of all costs)": shape.by_component,
        "exit rule (the shares that left under it)": shape.by_exit,
        "symbol": shape.by_symbol,
    }
    for name, found in groups.items():
        said += [f"### By {name}", _samples("", found)]
    return [*said, "### Largest trades", _largest(shape)]


def _samples(name: str, found: Sequence[SampleShape]) -> str:
    head = (name, "trades", "won", "lost", "profit", "fees", "slippage", "mean, 95 %", "conclusion")
    return grid(head, [_sample(each) for each in found])


def _sample(each: SampleShape) -> Sequence[object]:
    mean = "" if each.mean is None else f"{each.mean:+.2f} ({each.low:+.2f} to {each.high:+.2f})"
    fees, slippage = ("", "") if each.fees is None else (each.fees, each.slippage)
    return (each.name, each.trades, each.wins, each.losses, each.pnl, fees, slippage, mean, each.conclusion)


def _largest(shape: AuditShape) -> str:
    ordered = sorted(shape.trades, key=lambda trade: -abs(float(trade.pnl)))
    rows = [
        (each.symbol, each.side, each.regime, each.pnl, each.slippage, ", ".join(each.exits), each.trace)
        for each in ordered[:SHOWN]
    ]
    table = grid(("symbol", "side", "regime", "profit", "slippage", "left by", "trace"), rows)
    return _more(table, len(shape.trades), SHOWN)


def _judging(shape: AuditShape) -> list[str]:
    blocks = [(each.gate, each.signals, each.result, each.policy or "", each.reason) for each in shape.blocks]
    queue = shape.queue
    ends = f"{queue.queued} queued: {queue.drained} drained, {queue.dropped} dropped, {queue.expired} expired"
    return [
        "## What gates stopped",
        grid(("gate", "signals", "result", "policy", "reason"), blocks),
        "### Passed by policy (on_error open, or only observed)",
        grid(("gate", "judgements"), list(shape.passed_by_policy.items())),
        "## Queue",
        f"{ends}, {queue.waiting} still waiting.",
        grid(("dropped because", "signals"), list(queue.reasons.items())),
    ]


def _told(shape: AuditShape) -> list[str]:
    learned = [
        (each.learner, each.cell, each.moves, f"{each.before:.4f}", f"{each.after:.4f}", _traces(each.traces))
        for each in shape.learned
    ]
    faults = [
        (each.kind, each.place, each.count, _when(each.first), _when(each.last), each.example) for each in shape.faults
    ]
    return [
        "## What learners changed",
        grid(("learner", "cell", "moves", "mean before", "after", "traces"), learned),
        "### By hand, and plugins switched",
        _happened(shape.steered),
        "## Reconciliation",
        f"The books were compared {shape.compared} times.",
        _happened(shape.differences),
        "## Faults met",
        grid(("fault", "where", "times", "first", "last", "newest reason"), faults),
        "## Halts",
        _happened(shape.halts),
        "## Lockdown",
        shape.lockdown + ".",
        _happened(shape.lockdowns),
        "## Runs",
        _happened(shape.runs),
    ]


def _happened(found: Sequence[HappenedShape]) -> str:
    rows = [(each.seq, _when(each.at), each.kind, each.trace, each.text) for each in found[-SHOWN:]]
    return _more(grid(("event", "when", "what", "trace", "details"), rows), len(found), SHOWN)


def _traces(traces: Sequence[str]) -> str:
    more = f" and {len(traces) - TRACES} more" if len(traces) > TRACES else ""
    return ", ".join(traces[-TRACES:]) + more


def _more(table: str, count: int, shown: int) -> str:
    return table if count <= shown else f"{table}\n\n{count - shown} more: `--json` has all."


def _when(at: datetime) -> str:
    return f"{at.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
