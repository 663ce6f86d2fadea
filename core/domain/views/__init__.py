"""What people look at, as plain values: pure functions of the state, with no word on how they are drawn.

Every surface (desk, command line, reports) shows these and computes nothing of its own. Amounts are US dollars,
ages are seconds of the state's own time, percentages are 0..100.
"""

from collections.abc import Iterable
from datetime import datetime

from tidegate.core.domain.events import Recorded, SignalJudged
from tidegate.core.domain.values import DecisionKind, Direction, Value, Verdict
from tidegate.core.domain.views.board import Book, Dashboard, PositionRow, QueueRow, dashboard
from tidegate.core.domain.views.comparison import BookRow, Books, books
from tidegate.core.domain.views.heat import Heat, HeatCell, heat
from tidegate.core.domain.views.steps import Detail
from tidegate.core.domain.views.timeline import Step, TraceView, trace_view

__all__ = [
    "Book",
    "BookRow",
    "Books",
    "Dashboard",
    "Detail",
    "Heat",
    "HeatCell",
    "PositionRow",
    "QueueRow",
    "Step",
    "TraceView",
    "WhyRow",
    "books",
    "dashboard",
    "heat",
    "trace_view",
    "why_not",
]


class WhyRow(Value, frozen=True, kw_only=True):
    """One judgement with every verdict, as the why-not ledger lists it."""

    trace: str
    at: datetime
    symbol: str
    direction: Direction
    score: float
    coverage: float
    decision: DecisionKind
    verdicts: tuple[Verdict, ...]


def why_not(events: Iterable[Recorded], symbol: str | None = None) -> list[WhyRow]:
    """Every judgement among `events` (of one symbol, if given), oldest first."""
    return [
        _why(recorded.at, recorded.event)
        for recorded in events
        if isinstance(recorded.event, SignalJudged) and symbol in (None, recorded.event.judgement.signal.symbol)
    ]


def _why(at: datetime, event: SignalJudged) -> WhyRow:
    signal = event.judgement.signal
    return WhyRow(
        trace=signal.trace,
        at=at,
        symbol=signal.symbol,
        direction=signal.direction,
        score=signal.score,
        coverage=signal.coverage,
        decision=event.judgement.decision,
        verdicts=event.judgement.verdicts,
    )
