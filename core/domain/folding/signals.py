"""The part of `fold` that concerns signals, the ledger that the screens list them from, and the queue."""

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.orders import Purpose, Status, WorkingOrder
from tidegate.core.domain.state import DONE_LIMIT, QueueItem, State, Symbol
from tidegate.core.domain.values import DecisionKind
from tidegate.core.domain.values.ledger import LEDGER_LIMIT, LedgerRow, SignalStatus

SIGNALS: Handlers[Apply] = Handlers()
STATUS = {
    DecisionKind.ENTER: SignalStatus.PLACED,
    DecisionKind.BLOCKED: SignalStatus.BLOCKED,
    DecisionKind.QUEUED: SignalStatus.QUEUED,
}


@SIGNALS.handles
def _scored(state: State, recorded: e.Recorded, event: e.SignalScored) -> None:
    signal = event.signal
    state.waiting.pop(recorded.trace, None)
    if signal.attempt > 1:
        return
    state.tally.signals += 1
    known = state.symbols.setdefault(signal.symbol, Symbol())
    known.signaled[signal.direction] = recorded.at


@SIGNALS.handles
def _judged(state: State, recorded: e.Recorded, event: e.SignalJudged) -> None:
    judgement = event.judgement
    first = judgement.signal.attempt == 1
    for verdict in judgement.verdicts:
        if verdict.passes_by_policy:
            _count(state.tally.passed_by_policy, verdict.gate)
        if first and verdict.blocks:
            _count(state.tally.blocked, verdict.gate)
    if first and judgement.decision is DecisionKind.BLOCKED:
        state.tally.blocked_signals += 1
    if judgement.decision is DecisionKind.ENTER:
        state.entering[recorded.trace] = judgement.signal
    _write_ledger(state, recorded, event)


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _write_ledger(state: State, recorded: e.Recorded, event: e.SignalJudged) -> None:
    judgement, signal = event.judgement, event.judgement.signal
    row = LedgerRow(
        trace=signal.trace,
        at=recorded.at,
        symbol=signal.symbol,
        direction=signal.direction,
        score=signal.score,
        coverage=signal.coverage,
        decision=judgement.decision,
        reason=judgement.reason,
        status=STATUS[judgement.decision],
        price=signal.decision_price,
        quantity=judgement.quantity,
    )
    if signal.attempt > 1:
        state.ledger = [known for known in state.ledger if known.trace != signal.trace]
    state.ledger.append(row)
    del state.ledger[:-LEDGER_LIMIT]


def mark(state: State, trace: str, status: SignalStatus, reason: str | None = None) -> LedgerRow | None:
    """Write a signal's newest status into its row of the ledger and return the row, if the ledger still has it."""
    for row in reversed(state.ledger):
        if row.trace == trace:
            row.status = status
            row.reason = row.reason if reason is None else reason
            return row
    return None


# ---- the queue


@SIGNALS.handles
def _queued(state: State, recorded: e.Recorded, event: e.SignalQueued) -> None:
    trace = recorded.trace
    withdraw(state, trace)
    state.tally.queued += trace not in state.queue
    state.queue[trace] = QueueItem(event.signal, event.queued_at, event.expires_at, event.attempts, event.reason)
    mark(state, trace, SignalStatus.QUEUED, event.reason)


def withdraw(state: State, trace: str) -> None:
    """An entry order that never arrived is no order; one that may still arrive is over."""
    state.entering.pop(trace, None)
    for name, working in list(state.orders.items()):
        if working.order.trace == trace and working.purpose is Purpose.ENTRY:
            del state.orders[name]
            if working.doubted_at is not None:
                working.status = Status.EXPIRED
                finish(state, working)
            if working.order.placed_at in state.entry_times:
                state.entry_times.remove(working.order.placed_at)


def finish(state: State, working: WorkingOrder) -> None:
    """Put a final order with those that are only remembered."""
    name = working.order.client_order_id
    state.orders.pop(name, None)
    state.done[name] = working
    if len(state.done) > DONE_LIMIT:
        del state.done[next(iter(state.done))]


@SIGNALS.handles
def _taken(state: State, recorded: e.Recorded, _: e.QueueTaken) -> None:
    item = state.queue[recorded.trace]
    state.queue[recorded.trace] = QueueItem(
        item.signal, item.queued_at, item.expires_at, item.attempts, item.reason, in_flight=True
    )


@SIGNALS.handles
def _drained(state: State, recorded: e.Recorded, _: e.QueueDrained) -> None:
    del state.queue[recorded.trace]
    state.tally.drained += 1


@SIGNALS.handles
def _dropped(state: State, recorded: e.Recorded, event: e.QueueDropped) -> None:
    del state.queue[recorded.trace]
    withdraw(state, recorded.trace)
    state.tally.dropped += 1
    mark(state, recorded.trace, SignalStatus.DROPPED, event.reason)


@SIGNALS.handles
def _expired_item(state: State, recorded: e.Recorded, _: e.QueueExpired) -> None:
    del state.queue[recorded.trace]
    state.tally.expired += 1
    mark(state, recorded.trace, SignalStatus.EXPIRED, "waited too long in the queue")
