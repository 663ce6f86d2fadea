"""The list of signals with its filter, and one trace as a timeline."""

from tidegate.core.domain.values import Direction
from tidegate.core.domain.values.ledger import LedgerRow
from tidegate.core.domain.views import Detail, Step, TraceView
from tidegate.tui.viewmodel.desk.tables import DECISIONS, direction, why
from tidegate.tui.viewmodel.numbers import bar, clock_time, countdown, delay, signed
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread

TRACES = (
    Column("TIME", 8),
    Column("SYM", 5),
    Column("DIRECTION", 9),
    Column("SCORE", 5, "right"),
    Column("COVER", 5, "right", 2),
    Column("DECISION", 8, "left", 1),
    Column("STATUS", 9),
    Column("P&L USD", 10, "right"),
    Column("P&L %", 8, "right", 3),
    Column("WHY", 23, flex=True),
    Column("TRACE", 19, "left", 4),
)
TIMELINE = (
    Column("TIME", 8, "left", 1),
    Column("DELAY", 8, "right"),
    Column("STEP", 9),
    Column("", 50, flex=True),
)
NO_TRACES = "No signal yet. Every signal, entered or blocked, is listed with its reason."
NO_MATCH = "No signal matches. Enter looks the text up as an id; esc clears."
NAME, TEXT, BAR = 20, 26, 10


def traces_title(shown: int, known: int, text: str, width: int) -> Line:
    """The panel's title with the filter in force."""
    count = f"{shown} of {known}" if text else str(known)
    left = line(Piece(" TRACES ", "title"), Piece(count, "strong"))
    if text:
        left = line(*left, Piece("   filter ", "dim"), Piece(text, "accent"))
    return spread(left, line(Piece("newest first ", "dim")), width)


def matches(row: LedgerRow, text: str) -> bool:
    """Whether every word of the filter is part of some field of the row."""
    fields = (row.symbol, row.direction.value, row.decision.value, row.status, row.reason, row.trace)
    line_of = " ".join(fields).casefold()
    return all(word in line_of for word in text.casefold().split())


def trace_rows(ledger: list[LedgerRow], text: str) -> list[Row]:
    """The signals that match, newest first."""
    return [Row(row.trace, _cells(row), row.trace, row.trace) for row in reversed(ledger) if matches(row, text)]


def _cells(row: LedgerRow) -> tuple[Line, ...]:
    empty = line(Piece("", "dim"))
    return (
        line(Piece(clock_time(row.at), "dim")),
        line(Piece(row.symbol, "strong")),
        line(direction(row.direction)),
        line(f"{row.score:.2f}"),
        line(Piece(f"{row.coverage:.2f}", "dim")),
        line(Piece(row.decision.value, DECISIONS[row.decision])),
        line(row.status),
        empty if row.pnl is None else line(signed(row.pnl, width=10)),
        empty if row.pnl_pct is None else line(signed(row.pnl_pct, width=8)),
        line(why(row)),
        line(Piece(row.trace, "dim")),
    )


# ---- one trace


def timeline_title(view: TraceView, width: int) -> list[Line]:
    """The trace's id, subject and outcome."""
    subject = [Piece(f"  {view.symbol} ", "strong")]
    if view.direction is not Direction.NEUTRAL:
        subject.append(direction(view.direction))
    right = [Piece(view.status, "accent")]
    if view.pnl is not None:
        right += [Piece("  "), signed(view.pnl), Piece(" USD", "dim")]
    if view.pnl_pct is not None:
        right += [Piece(f"  {view.pnl_pct:+.2f} %", "dim")]
    right += [Piece(f"  {countdown(view.duration_s)} ", "dim")]
    return [spread(line(Piece(" TRACE ", "title"), Piece(view.trace, "accent"), *subject), tuple(right), width)]


def timeline_rows(view: TraceView) -> list[Row]:
    """Every step, each followed by its numbers; y copies the order's id where a step names one."""
    rows: list[Row] = []
    for step in view.steps:
        copied = _order_id(step) or view.trace
        rows.append(Row(f"{step.seq}", _step(step), copied))
        rows += [Row(f"{step.seq}/{index}", _detail(each), copied) for index, each in enumerate(step.details)]
    return rows


def _order_id(step: Step) -> str:
    return next((word for word in step.text.split() if word.startswith("tg-")), "")


def _step(step: Step) -> tuple[Line, ...]:
    tones = {"closed": "strong", "rejected": "bad", "limited": "warn", "unknown": "warn", "judged": "strong"}
    return (
        line(Piece(clock_time(step.at), "dim")),
        line(Piece(delay(step.delay_s), "dim")),
        line(Piece(step.word, tones.get(step.word, "accent"))),
        line(step.text),
    )


def _detail(detail: Detail) -> tuple[Line, ...]:
    marks = {"pass": Piece("pass", "good"), "block": Piece("BLOCK", "bad"), "unknown": Piece("unknown", "warn")}
    parts = [Piece(f"{detail.name[:NAME]:<{NAME}} ", "dim"), Piece(f"{detail.text:<{TEXT}} ")]
    if detail.fraction is not None:
        parts.append(Piece(bar(detail.fraction, BAR), "bad" if detail.mark == "block" else "held"))
    mark = line(marks[detail.mark]) if detail.mark in marks else ()
    return ((), (), mark, tuple(parts))
