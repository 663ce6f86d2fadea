"""The end-of-week audit, computed from the journal alone, in one pass over the week's events."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from tidegate.audit.judged import Judged, Queued
from tidegate.audit.rows import Rows, Span
from tidegate.audit.samples import FEW, samples
from tidegate.audit.shapes import AuditShape
from tidegate.audit.told import SEALING, SWITCHED, Faults, Learned, Lockdowns, Told
from tidegate.audit.trades import Trades
from tidegate.audit.week import Week
from tidegate.core.domain import events as e
from tidegate.folders import JOURNAL
from tidegate.verification.verify import Report, verify

FAULTS: tuple[type[e.Event], ...] = (
    e.RateLimited, e.OrderUnknown, e.OrderRejected, e.OrderMoveRefused, e.VenueUnavailable, e.SourceFailed,
    e.InputRejected, e.PluginFailed, e.PluginQuarantined, e.StorageFailed, e.EntryAbandoned, e.DiskLow,
    e.ClockSkewed,
)  # fmt: skip
RUNS: tuple[type[e.Event], ...] = (e.EngineStarted, e.EngineStopped)
QUEUE: tuple[type[e.Event], ...] = (e.SignalQueued, e.QueueDrained, e.QueueDropped, e.QueueExpired)
STEERED: tuple[type[e.Event], ...] = (
    e.BeliefReset, e.BeliefRolledBack, e.BeliefPromoted, e.LearnerFrozen, e.PluginToggled,
)  # fmt: skip
DIFFERENCES: tuple[type[e.Event], ...] = (
    e.DifferenceFound, e.DifferenceSettled, e.PositionAdopted, e.PositionCorrected, e.OrderForeign,
)  # fmt: skip
HALTS: tuple[type[e.Event], ...] = (e.HaltLatched, e.HaltReleased, e.DrawdownRestarted)
SHOWN = 10


class Part(Protocol):
    """A part of the audit: it hears of the events of its kinds."""

    def take(self, recorded: e.Recorded) -> None:
        """One event."""


class Audit:
    """One week, told event by event."""

    def __init__(self, rows: Rows) -> None:
        self.trades, self.judged, self.queued = Trades(rows), Judged(), Queued()
        self.learned, self.faults = Learned(), Faults()
        self.steered, self.differences, self.halts = Told(STEERED), Told(DIFFERENCES), Told(HALTS)
        self.lockdowns, self.runs = Lockdowns(), Told(RUNS)
        parts: tuple[tuple[Part, tuple[type[e.Event], ...]], ...] = (
            (self.trades, (e.PositionClosed,)),
            (self.judged, (e.SignalJudged,)),
            (self.queued, QUEUE),
            (self.learned, (e.BeliefUpdated,)),
            (self.faults, (*FAULTS, *RUNS)),
            (self.runs, RUNS),
            (self.steered, STEERED),
            (self.differences, DIFFERENCES),
            (self.halts, HALTS),
            (self.lockdowns, (*SEALING, e.LockdownRefused, e.DriftSeen, *SWITCHED)),
        )
        self._parts = defaultdict[type[e.Event], list[Part]](list)
        for part, kinds in parts:
            for kind in kinds:
                self._parts[kind].append(part)

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds of events it wants to hear."""
        return _names(tuple(self._parts))

    def take(self, recorded: e.Recorded) -> None:
        """One event."""
        for part in self._parts[type(recorded.event)]:
            part.take(recorded)


def audit(folder: Path, week: Week | None) -> AuditShape:
    """The audit of a week; without one, of the week of the journal's last event.

    Raises:
        JournalError: The journal cannot be opened.
    """
    rows = Rows.open(folder)
    try:
        whole = rows.span()
        week = week or Week.of(whole.last or datetime.now(UTC))
        told = Audit(rows)
        told.faults.running = rows.newest(_names(RUNS), week.since) == "EngineStarted"
        told.lockdowns.sealed = rows.newest(_names(SEALING), week.since) == "LockdownSealed"
        for recorded in rows.events(told.kinds, week):
            told.take(recorded)
        return _shape(told, rows, week, whole, verify(folder / JOURNAL, again=False))
    finally:
        rows.close()


def _names(kinds: Sequence[type[e.Event]]) -> list[str]:
    return [kind.__name__ for kind in kinds]


def _shape(told: Audit, rows: Rows, week: Week, whole: Span, checked: Report) -> AuditShape:
    counts, span, trades = rows.counts(week), rows.span(week), told.trades
    shape = AuditShape(
        week=str(week),
        since=week.since,
        until=week.until,
        empty=span.events == 0,
        over=whole.last is not None and whole.last >= week.until,
        events=span.events,
        first_at=span.first,
        last_at=span.last,
        modes=rows.modes(week),
        unreadable=sorted(rows.unreadable),
        tampered=[each.what for each in checked.findings],
        alerts=counts.get("AlertReceived", 0),
        signals=told.judged.signals,
        decisions=dict(sorted(told.judged.decisions.items())),
        orders=counts.get("OrderPlaced", 0),
        fills=counts.get("OrderFilled", 0),
        open_at_end=rows.open_at(week.until),
        total=trades.total.shape("all"),
        by_regime=samples(trades.regimes),
        by_component=samples(trades.components, costs="net"),
        by_exit=samples(trades.exits),
        by_symbol=samples(trades.symbols),
        trades=trades.shapes,
        blocks=told.judged.blocks(),
        passed_by_policy=dict(sorted(told.judged.passed.items())),
        queue=told.queued.shape(),
        learned=told.learned.shapes(),
        steered=told.steered.shapes,
        compared=counts.get("Reconciled", 0),
        differences=told.differences.shapes,
        faults=told.faults.shapes(),
        halts=told.halts.shapes,
        lockdown=told.lockdowns.compliance(),
        lockdowns=told.lockdowns.shapes,
        runs=told.runs.shapes,
        notes=[],
    )
    return replace(shape, notes=list(_notes(shape, whole)))


def _notes(shape: AuditShape, whole: Span) -> Iterator[str]:
    """What a reader must not miss."""
    if shape.empty:
        reach = f"it reaches from {whole.first:%Y-%m-%d} to {whole.last:%Y-%m-%d}" if whole.events else "it is empty"
        yield f"Nothing happened in this week: the journal has no event in it ({reach}, UTC)."
        return
    if not shape.over:
        yield f"The journal ends within this week, at {shape.last_at:%Y-%m-%d %H:%M} UTC: what came later is not here."
    if shape.tampered:
        more = f" (and {len(shape.tampered) - 1} more)" if len(shape.tampered) > 1 else ""
        yield f"Do not trust these numbers: the journal is not what was written: {shape.tampered[0]}{more}."
    if shape.unreadable:
        first = ", ".join(map(str, shape.unreadable[:SHOWN]))
        yield f"{len(shape.unreadable)} events cannot be read and are missing from these numbers (first: {first})."
    if shape.open_at_end:
        held = ", ".join(shape.open_at_end)
        yield f"Open at the end, their profit or loss not in these numbers: {held}."
    if shape.total.slippage_known < shape.total.trades:
        blind = shape.total.trades - shape.total.slippage_known
        yield f"{blind} trades changed without an order of ours: their slippage is unknown, and a price may be a guess."
    yield f"Groups of fewer than {FEW} trades get no conclusion. One in twenty of the others looks sure by chance."
