"""One trace as a timeline: what happened, how long after the alert, and with which numbers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.values import DecisionKind, Direction, Value
from tidegate.core.domain.views.steps import DESCRIBE, Detail

WORDS = {DecisionKind.ENTER: "placed", DecisionKind.BLOCKED: "blocked", DecisionKind.QUEUED: "queued"}


class Step(Value, frozen=True, kw_only=True):
    """One event of the trace. `delay_s` counts from the alert that completed the cluster (negative: before it)."""

    seq: int
    at: datetime
    delay_s: float
    word: str
    text: str
    details: tuple[Detail, ...] = ()


class TraceView(Value, frozen=True, kw_only=True):
    """A trace from alert to attribution. `status` is the word of the ledger; money is dollars net of fees."""

    trace: str
    symbol: str
    direction: Direction
    status: str
    pnl: Decimal | None
    pnl_pct: float | None
    duration_s: float
    steps: tuple[Step, ...]


def trace_view(trace: str, events: Sequence[e.Recorded]) -> TraceView | None:
    """The timeline of a trace from its events, oldest first; None without events."""
    if not events:
        return None
    start = next((r.at for r in events if r.trace == trace and isinstance(r.event, e.AlertReceived)), events[0].at)
    orders = {r.event.order.client_order_id: r.event.order for r in events if isinstance(r.event, e.OrderPlaced)}
    steps = tuple(step for r in events if (step := _step(r, trace, start, orders)) is not None)
    outcome = next((r.event.outcome for r in reversed(events) if isinstance(r.event, e.PositionClosed)), None)
    symbol, direction = _subject(events)
    return TraceView(
        trace=trace,
        symbol=symbol,
        direction=direction,
        status=_status(events),
        pnl=None if outcome is None else outcome.pnl,
        pnl_pct=None if outcome is None else outcome.pnl_pct,
        duration_s=(events[-1].at - start).total_seconds(),
        steps=steps,
    )


def _step(recorded: e.Recorded, trace: str, start: datetime, orders: dict[str, Order]) -> Step | None:
    event = recorded.event
    describe = DESCRIBE.get(type(event))
    if describe is None:
        return None
    word, text, details = describe(event, orders)
    if recorded.trace != trace and isinstance(event, e.AlertReceived):
        word = "member"
    delay = (recorded.at - start).total_seconds()
    return Step(seq=recorded.seq, at=recorded.at, delay_s=delay, word=word, text=text, details=details)


def _subject(events: Sequence[e.Recorded]) -> tuple[str, Direction]:
    for recorded in events:
        if isinstance(recorded.event, e.SignalScored):
            return recorded.event.signal.symbol, recorded.event.signal.direction
    for recorded in events:
        if isinstance(recorded.event, e.AlertReceived):
            return recorded.event.alert.symbol, Direction.NEUTRAL
    for recorded in events:
        if isinstance(recorded.event, e.PositionAdopted):
            return recorded.event.symbol, recorded.event.entry.direction
    return "", Direction.NEUTRAL


_STATUS: dict[type[e.Event], str] = {
    e.AlertReceived: "alert only",
    e.SignalScored: "scored",
    e.SignalQueued: "queued",
    e.QueueDropped: "dropped",
    e.QueueExpired: "expired",
    e.EntryAbandoned: "abandoned",
    e.PositionOpened: "open",
    e.PositionAdopted: "open",
    e.PositionClosed: "closed",
}
_ENTRY_STATUS: dict[type[e.Event], str] = {
    e.OrderAccepted: "working",
    e.OrderRejected: "rejected",
    e.OrderCanceled: "canceled",
    e.OrderExpired: "expired",
}


def _status(events: Sequence[e.Recorded]) -> str:
    status, opened = "", False
    for recorded in events:
        event = recorded.event
        opened = opened or isinstance(event, e.PositionOpened)
        if isinstance(event, e.SignalJudged):
            status = WORDS[event.judgement.decision]
        elif not opened:
            status = _ENTRY_STATUS.get(type(event), status)
        status = _STATUS.get(type(event), status)
    return status
