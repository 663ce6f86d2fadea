"""The tables of the first screen: positions, queue, tape."""

from tidegate.core.domain.values import DecisionKind, Direction, Ignition
from tidegate.core.domain.values.ledger import LedgerRow
from tidegate.core.domain.views import Dashboard, PositionRow, QueueRow
from tidegate.tui.viewmodel.numbers import NONE, age, clock_time, countdown, price, shares, signed
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread

POSITIONS = (
    Column("SYM", 5),
    Column("SIDE", 5),
    Column("QTY", 4, "right"),
    Column("ENTRY", 7, "right"),
    Column("LAST", 7, "right"),
    Column("P&L USD", 10, "right"),
    Column("P&L %", 8, "right", 2),
    Column("AGE", 5, "right"),
    Column("SCORE", 5, "right"),
    Column("IGNITION", 8),
    Column("NEXT EXIT", 12),
    Column("REGIME", 8, "left", 3),
)
QUEUE = (
    Column("SYM", 5),
    Column("DIRECTION", 9),
    Column("SCORE", 5, "right"),
    Column("AGE", 6, "right"),
    Column("EXPIRES", 7, "right"),
    Column("TRIES", 5, "right"),
    Column("WHY", 20, flex=True),
)
TAPE = (
    Column("TIME", 8),
    Column("SYM", 5),
    Column("DIRECTION", 9),
    Column("SCORE", 5, "right"),
    Column("DECISION", 8),
    Column("STATUS", 9, "left", 1),
    Column("WHY", 32, flex=True),
)
NO_POSITIONS = "No open position. A signal that passes every gate opens one."
NO_QUEUE = "nothing waits; signals wait here when the venue answers 429 in PANIC"
NO_TAPE = "No judgement yet. Three aligned alerts in ten minutes make a signal."
EXIT_WORDS = {"trailing": "trail", "time_limit": "time", "target": "target", "stop": "stop"}
DECISIONS = {DecisionKind.ENTER: "good", DecisionKind.BLOCKED: "warn", DecisionKind.QUEUED: "accent"}


def positions_title(board: Dashboard, width: int) -> Line:
    """The panel's title with the money made and open."""
    left = _title("POSITIONS", len(board.positions))
    right = line(Piece("closed ", "dim"), signed(board.closed_pnl), Piece("   open ", "dim"), signed(board.open_pnl))
    return spread(left, (*right, Piece(" USD ", "dim")), width)


def queue_title(board: Dashboard, width: int) -> Line:
    """The panel's title with the reason for waiting."""
    until = board.limited_until
    why = [] if until is None else [Piece(f"  {board.regime}, venue limited until {clock_time(until)} ET", "warn")]
    flying = sum(row.in_flight for row in board.queue)
    right = line(Piece(f"{flying} being tried ", "accent")) if flying else ()
    if not board.queue:
        why.append(Piece(f"  {NO_QUEUE}", "dim"))
    return spread(line(*_title("QUEUE", len(board.queue)), *why), right, width)


def tape_title(width: int) -> Line:
    """The panel's title."""
    return spread(line(Piece(" TAPE ", "title")), line(Piece("newest first ", "dim")), width)


def position_rows(board: Dashboard) -> list[Row]:
    """Positions in the order they were opened."""
    return [Row(f"{row.symbol}/{row.trace}", _position(row), row.trace, row.trace) for row in board.positions]


def queue_rows(board: Dashboard) -> list[Row]:
    """The queue, best score first."""
    return [Row(row.trace, _queue(row), row.trace, row.trace) for row in board.queue]


def tape_rows(board: Dashboard) -> list[Row]:
    """The last judgements, newest first."""
    return [Row(row.trace, _tape(row), row.trace, row.trace) for row in board.tape]


def why(row: LedgerRow) -> str:
    """The reason, or for an entry its size and price."""
    if row.decision is DecisionKind.ENTER and not row.reason:
        return f"{shares(row.quantity)} x {price(row.price)}"
    return row.reason


def direction(value: Direction) -> Piece:
    """A direction with its tone."""
    tones = {Direction.BULLISH: "good", Direction.BEARISH: "bad", Direction.NEUTRAL: "dim"}
    return Piece(value.value, tones[value])


def _title(name: str, count: int) -> Line:
    return line(Piece(f" {name} ", "title"), Piece(str(count), "strong"))


def _position(row: PositionRow) -> tuple[Line, ...]:
    score = NONE if row.score is None else Piece(f"{row.score:.1f}")
    tone = "" if row.ignition is Ignition.PASSED else "warn" if row.ignition is Ignition.UNKNOWN else "dim"
    return (
        line(Piece(row.symbol, "strong")),
        line(row.side.value),
        line(shares(row.quantity)),
        line(price(row.entry_price)),
        line(price(row.last)),
        line(signed(row.pnl, width=10)),
        line(signed(row.pnl_pct, width=8)),
        line(age(row.age_s)),
        line(score),
        line(Piece(row.ignition.value.replace("not_checked", "off"), tone)),
        line(*_next_exit(row)),
        line(Piece(row.regime.value, "dim")),
    )


def _next_exit(row: PositionRow) -> Line:
    if row.closing:
        return line(Piece("closing", "accent"))
    if row.unpriced_s is not None:  # no rule about prices acts meanwhile
        return line(Piece(f"stale {age(row.unpriced_s)}", "warn"))
    if row.exit_rule is None:
        return line(NONE)
    if row.exit_pct is None:
        return line(row.exit_rule)
    word = EXIT_WORDS.get(row.exit_rule, row.exit_rule)[:6]
    return line(f"{word:<6}", Piece(f"{row.exit_pct:+5.1f}%", "warn" if abs(row.exit_pct) < 0.5 else ""))


def _queue(row: QueueRow) -> tuple[Line, ...]:
    reason = Piece("being tried now", "accent") if row.in_flight else Piece(row.reason)
    soon = "warn" if row.expires_s < 60 else ""
    return (
        line(Piece(row.symbol, "strong")),
        line(direction(row.direction)),
        line(f"{row.score:.1f}"),
        line(age(row.age_s)),
        line(Piece(countdown(row.expires_s), soon)),
        line(str(row.attempts)),
        line(reason),
    )


def _tape(row: LedgerRow) -> tuple[Line, ...]:
    return (
        line(Piece(clock_time(row.at), "dim")),
        line(Piece(row.symbol, "strong")),
        line(direction(row.direction)),
        line(f"{row.score:.1f}"),
        line(Piece(row.decision.value, DECISIONS[row.decision])),
        line(Piece(row.status, "dim")),
        line(*_outcome(row), why(row)),
    )


def _outcome(row: LedgerRow) -> Line:
    return () if row.pnl is None else line(signed(row.pnl), Piece("  "))
