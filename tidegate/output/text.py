"""The same shapes as text for people: aligned columns, plain words, no colour. Times are New York's."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tidegate.core.domain.views import Step, TraceView
from tidegate.output import shapes

SESSIONS = {"demo": "DEMO, a synthetic trading day"}
BOOKS = {"": "kept here only", "differ": "differ: tidegate reconcile shows where"}
NEW_YORK = ZoneInfo("America/New_York")


def clock(at: datetime | None) -> str:
    """A time of the session: "10:42:11 ET"."""
    return "never" if at is None else f"{at.astimezone(NEW_YORK):%H:%M:%S} ET"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "") -> str:
    """Aligned columns under a head; the letters of `right` are the column numbers to align right ("02")."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if str(i) in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )


def number(value: float | None, *, digits: int = 2) -> str:
    """A measurement, or "unknown"."""
    return "unknown" if value is None else f"{value:,.{digits}f}"


def status(shape: shapes.StatusShape) -> str:
    """The engine in one look."""
    halt = "none" if shape.halt is None else f"{shape.halt.level} since {clock(shape.halt.at)}: {shape.halt.reason}"
    engine = f"running, pid {shape.pid}" if shape.pid is not None else f"stopped ({shape.stop_reason or 'never ran'})"
    mode = SESSIONS.get(shape.session, shape.mode.upper()) or "none yet"
    lines = {
        "engine": engine,
        "mode": mode,
        "last event": f"{clock(shape.at)}, number {shape.seq:,}" if shape.at else "none",
        "regime": shape.regime,
        "net delta": net_delta(shape),
        "equity": f"{shape.equity} USD" if shape.equity is not None else "unknown",
        "positions": str(shape.positions),
        "queue": str(shape.queue),
        "venue": shape.venue or "ok",
        "books": BOOKS.get(shape.books, shape.books),
        "halt": halt,
        "lockdown": shape.lockdown or "off",
        "quarantined": ", ".join(shape.quarantined) or "none",
        "journal": shape.folder,
    }
    return "\n".join(f"{name:<12} {value}" for name, value in lines.items())


def net_delta(shape: shapes.StatusShape) -> str:
    """The net delta, or what is known of it and why no more."""
    if shape.net_delta_pct is not None:
        return f"{shape.net_delta_pct:.1f} % of equity"
    why = f": {shape.net_delta_reason}" if shape.net_delta_reason else ""
    if shape.net_delta_between is None:
        return f"unknown{why}"
    low, high = shape.net_delta_between
    return f"between {low:.1f} and {high:.1f} % of equity{why}"


def positions(found: dict[str, shapes.PositionShape]) -> str:
    """Open positions."""
    if not found:
        return "No open positions."
    head = ("SYMBOL", "SIDE", "QTY", "ENTRY", "LAST", "P&L USD", "SCORE", "IGNITION", "REGIME", "SINCE", "TRACE")
    rows = [
        (
            symbol,
            each.side,
            each.qty,
            each.entry_price,
            number(each.last),
            each.unrealized or "unknown",
            number(each.entry_score),
            each.ignition_status,
            each.market_regime,
            clock(each.entry_ts),
            each.correlation_id,
        )
        for symbol, each in found.items()
    ]
    return table(head, rows, right="23456")


def queue(found: Sequence[shapes.QueueShape]) -> str:
    """Waiting signals."""
    if not found:
        return "The queue is empty."
    head = ("SYMBOL", "DIRECTION", "SCORE", "QUEUED", "EXPIRES", "TRIES", "WHY", "TRACE")
    rows = [
        (
            each.symbol,
            each.direction,
            number(each.score),
            clock(each.queued_at),
            clock(each.expires_at),
            str(each.attempts),
            each.reason,
            each.trace,
        )
        for each in found
    ]
    return table(head, rows, right="25")


def why(found: Sequence[shapes.WhyShape], *, symbol: str | None = None, judged: int = 0) -> str:
    """Judgements, each with the verdicts that did not simply pass; `judged` counts those of every symbol."""
    if not found and symbol is not None and judged:
        return f"No signal of {symbol.upper()} has been judged, and {judged:,} of other symbols."
    if not found:
        return "No signal has been judged yet."
    return "\n".join(_judgement(each) for each in found)


def _judgement(shape: shapes.WhyShape) -> str:
    line = (
        f"{clock(shape.at)}  {shape.symbol:<6} {shape.direction:<8} score {shape.score:5.2f}  "
        f"coverage {shape.coverage:.2f}  {shape.decision:<8} {shape.trace}"
    )
    return "\n".join([line, *(f"    {verdict(each)}" for each in shape.verdicts if each.result != "PASS")])


def verdict(shape: shapes.VerdictShape) -> str:
    """One gate's answer in a line: what was measured against which limit, and why."""
    policy = {"open": " (passed by policy)", "closed": " (blocked by policy)", "observed": " (observed only)"}.get(
        shape.policy or "", ""
    )
    numbers = "" if shape.measured is None else f"{shape.measured:,.4g}"
    if shape.limit is not None:
        numbers = f"{numbers or 'unknown'} against {shape.limit:,.4g}"
    words = " ".join(part for part in (numbers, shape.unit if numbers else "", shape.reason) if part)
    return f"{shape.gate:<18} {shape.result}{policy}  {words}".rstrip()


def trace(view: TraceView | None) -> str:
    """A timeline from alert to attribution, each step with its delay, its numbers and every verdict."""
    if view is None:
        return "Nothing happened on this trace."
    profit = "" if view.pnl is None else f"  {view.pnl:+.2f} USD  {view.pnl_pct or 0.0:+.2f} %"
    head = f"{view.trace}  {view.symbol} {view.direction}  {view.status}{profit}"
    return "\n".join([head, *(line for step in view.steps for line in _step(step))])


def _step(step: Step) -> list[str]:
    line = f"{clock(step.at)}  {step.delay_s:+11.3f}  {step.word:<9} {step.text}".rstrip()
    return [line, *(f"{'':26}{each.name:<20} {each.mark:<8}{each.text}".rstrip() for each in step.details)]


def summary(shape: shapes.SummaryShape) -> str:
    """What one recording came to, with its notes."""
    blocked = ", ".join(f"{gate} {count}" for gate, count in sorted(shape.blocked.items(), key=lambda kv: -kv[1]))
    rows = f"{shape.rows_rejected} rejected, {shape.rows_ignored} not ours to use"
    lines = {
        "alerts": f"{shape.alerts:,} ({shape.neutral:,} neutral, {shape.filtered:,} filtered out), "
        f"{shape.duplicates:,} duplicates",
        "other rows": rows,
        "signals": f"{shape.signals} ({shape.entered} entered, {shape.blocked_signals} blocked, "
        f"{shape.rejected} rejected, {shape.abandoned} abandoned)",
        "blocked by": blocked or "no gate",
        "queued": f"{shape.queued} ({shape.drained} drained, {shape.dropped} dropped, {shape.expired} expired)",
        "orders": f"{shape.orders} with {shape.fills} fills",
        "trades": f"{shape.trades_closed} closed, {shape.positions_open} open",
        "profit": f"{shape.pnl} USD",
        "traces": f"{shape.traces_complete} of {shape.trades_closed} closed trades complete",
        "errors": str(shape.errors),
        "speed": f"{shape.alerts_per_second:,.0f} alerts/s",
        "journal": shape.folder or "temporary, removed",
    }
    title = f"{SESSIONS.get(shape.session, 'The run')}: {'finished' if shape.finished else 'not finished'}"
    return "\n".join([title, *(f"  {name:<11} {value}" for name, value in lines.items()), *shape.notes])


def plugins(found: Sequence[shapes.PluginShape]) -> str:
    """Every plugin with its state."""
    head = ("PLUGIN", "STATE", "DECIDED BY", "WHAT IT DOES")
    rows = [(each.key, _plugin_state(each), each.origin, each.problem or each.summary) for each in found]
    return table(head, rows)


def _plugin_state(shape: shapes.PluginShape) -> str:
    if shape.problem is not None:
        return "left out"
    return "on" if shape.enabled else "off"


def settings(found: Sequence[shapes.SettingShape]) -> str:
    """Every effective value with its origin."""
    return "\n".join(f"{each.key} = {each.value}  # {_origin(each)}" for each in found)


def _origin(shape: shapes.SettingShape) -> str:
    place = ":".join(str(part) for part in (shape.file, shape.line) if part is not None)
    return f"{shape.layer} {place}".strip()
