"""What moved one cell: the outcomes and what people did, newest first."""

from collections.abc import Mapping, Sequence

from tidegate.core.domain.values.ledger import LedgerRow
from tidegate.core.domain.views.beliefs import CellMove
from tidegate.tui.viewmodel.numbers import NEW_YORK, NONE, signed
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread

MOVES = (
    Column("WHEN (ET)", 14),
    Column("BEFORE", 6, "right"),
    Column("AFTER", 6, "right"),
    Column("CHANGE", 9, "right"),
    Column("EVIDENCE", 8, "right", 2),
    Column("SYM", 5, "left", 1),
    Column("P&L USD", 10, "right"),
    Column("TRACE", 19, flex=True),
)
NO_MOVES = "No move of this cell is known."


def moves_title(name: str, learner: str, known: int, since: int, width: int) -> Line:
    """The panel's title; `since` is the event after which moves are known, 0 when all are."""
    left = line(Piece(" MOVES ", "title"), Piece(name, "strong"), Piece(f"  {learner}  ", "dim"), f"{known:,}")
    right = f"since event {since:,}, newest first " if since else "newest first "
    return spread(left, line(Piece(right, "dim")), width)


def move_rows(moves: Sequence[CellMove], ledger: Mapping[str, LedgerRow]) -> list[Row]:
    """One row per move, newest first; enter opens the trace of an outcome."""
    return [
        Row(f"{each.seq}", _cells(each, ledger.get(each.trace)), each.trace, each.trace) for each in reversed(moves)
    ]


def _cells(move: CellMove, signal: LedgerRow | None) -> tuple[Line, ...]:
    before = None if move.before is None else move.before.mean
    pnl = None if signal is None or move.hand else signal.pnl
    return (
        line(Piece(f"{move.at.astimezone(NEW_YORK):%m-%d %H:%M:%S}", "dim")),
        line(NONE if before is None else f"{before:.3f}"),
        line(Piece(f"{move.after.mean:.3f}", "strong")),
        line(NONE if before is None else signed(move.after.mean - before, places=4, width=9)),
        line(Piece(f"{move.after.evidence:.2f}", "dim")),
        line(signal.symbol if signal is not None else NONE),
        line(NONE if pnl is None else signed(pnl, width=10)),
        line(Piece(move.hand, "warn") if move.hand else Piece(move.trace, "accent")),
    )
