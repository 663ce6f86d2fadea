"""The part of `fold` that concerns signals, orders, positions, the queue and beliefs."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.domain import events as e
from core.domain.orders import Order, Status, WorkingOrder
from core.domain.positions import Entry, Position, PositionSide
from core.domain.state import DONE_LIMIT, LEDGER_LIMIT, LedgerRow, QueueItem, State, Symbol
from core.domain.values import DecisionKind, Result

PACE_MEMORY = timedelta(hours=1)


# ---- signals


def _scored(state: State, recorded: e.Recorded, event: e.SignalScored) -> None:
    signal = event.signal
    if signal.attempt > 1:
        return
    state.tally.signals += 1
    known = state.symbols.setdefault(signal.symbol, Symbol())
    known.signaled[signal.direction] = recorded.at


def _judged(state: State, recorded: e.Recorded, event: e.SignalJudged) -> None:
    judgement = event.judgement
    first = judgement.signal.attempt == 1
    for verdict in judgement.verdicts:
        if verdict.result is Result.UNKNOWN and verdict.policy == "open":
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
    words = {DecisionKind.ENTER: "placed", DecisionKind.BLOCKED: "blocked", DecisionKind.QUEUED: "queued"}
    row = LedgerRow(
        trace=signal.trace,
        at=recorded.at,
        symbol=signal.symbol,
        direction=signal.direction,
        score=signal.score,
        coverage=signal.coverage,
        decision=judgement.decision,
        reason=judgement.reason,
        status=words[judgement.decision],
        price=signal.decision_price,
        quantity=judgement.quantity,
    )
    state.ledger = [known for known in state.ledger if known.trace != signal.trace][1 - LEDGER_LIMIT :]
    state.ledger.append(row)


def _mark(state: State, trace: str, status: str, reason: str | None = None) -> LedgerRow | None:
    for row in reversed(state.ledger):
        if row.trace == trace:
            row.status = status
            row.reason = row.reason if reason is None else reason
            return row
    return None


# ---- the queue


def _queued(state: State, recorded: e.Recorded, event: e.SignalQueued) -> None:
    trace = recorded.trace
    _withdraw(state, trace)
    state.tally.queued += trace not in state.queue
    state.queue[trace] = QueueItem(event.signal, event.queued_at, event.expires_at, event.attempts, event.reason)
    _mark(state, trace, "queued", event.reason)


def _withdraw(state: State, trace: str) -> None:
    """An entry order that never arrived is no order."""
    state.entering.pop(trace, None)
    for name, working in list(state.orders.items()):
        if working.order.trace == trace and working.order.entry is not None:
            del state.orders[name]
            if working.order.placed_at in state.entry_times:
                state.entry_times.remove(working.order.placed_at)


def _taken(state: State, recorded: e.Recorded, _: e.QueueTaken) -> None:
    item = state.queue[recorded.trace]
    state.queue[recorded.trace] = QueueItem(
        item.signal, item.queued_at, item.expires_at, item.attempts, item.reason, in_flight=True
    )


def _drained(state: State, recorded: e.Recorded, _: e.QueueDrained) -> None:
    del state.queue[recorded.trace]
    state.tally.drained += 1


def _dropped(state: State, recorded: e.Recorded, event: e.QueueDropped) -> None:
    del state.queue[recorded.trace]
    _withdraw(state, recorded.trace)
    state.tally.dropped += 1
    _mark(state, recorded.trace, "dropped", event.reason)


def _expired_item(state: State, recorded: e.Recorded, _: e.QueueExpired) -> None:
    del state.queue[recorded.trace]
    state.tally.expired += 1
    _mark(state, recorded.trace, "expired", "waited too long in the queue")


# ---- orders


def _placed(state: State, recorded: e.Recorded, event: e.OrderPlaced) -> None:
    order = event.order
    limited = state.venue.limited_until
    working = WorkingOrder(order=order)
    if limited is not None and recorded.at < limited:
        working.status, working.limited_at, working.retry_at = Status.LIMITED, recorded.at, limited
    state.orders[order.client_order_id] = working
    state.tally.orders += 1
    if order.entry is not None:
        state.entry_times = [at for at in state.entry_times if recorded.at - at < PACE_MEMORY]
        state.entry_times.append(order.placed_at)
    elif (position := state.positions.get(order.symbol)) is not None:
        position.exit_legs += 1


def _retried(state: State, _: e.Recorded, event: e.OrderRetried) -> None:
    working = state.orders[event.client_order_id]
    working.status, working.attempts, working.retry_at = Status.PLACED, event.attempt, None


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted) -> None:
    working = state.orders[event.client_order_id]
    working.venue_order_id = event.venue_order_id
    if working.filled == 0:
        working.status = Status.ACCEPTED
    if working.order.entry is not None:
        state.entering.pop(recorded.trace, None)
        state.tally.entered += 1
        state.symbols.setdefault(working.order.symbol, Symbol()).entered_at = recorded.at
        _mark(state, recorded.trace, "working")


def _limited(state: State, recorded: e.Recorded, event: e.RateLimited) -> None:
    state.tally.rate_limits += 1
    state.venue.limited_until = event.until
    working = state.orders.get(event.client_order_id)
    if working is not None:
        working.status, working.limited_at, working.retry_at = Status.LIMITED, recorded.at, event.until


def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown) -> None:
    state.orders[event.client_order_id].status = Status.UNKNOWN


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent) -> None:
    state.orders[event.client_order_id].status = Status.PLACED


def _ended(status: Status) -> Callable[[State, e.Recorded, Any], None]:
    def apply(state: State, recorded: e.Recorded, event: e.OrderFact) -> None:
        working = state.orders[event.client_order_id]
        if working.order.entry is not None and working.filled == 0:
            _mark(state, recorded.trace, status.value, getattr(event, "reason", None))
            state.tally.rejected += status is Status.REJECTED and working.venue_order_id is None
            state.entering.pop(recorded.trace, None)
        _finish(state, working, status)

    return apply


def _abandoned(state: State, recorded: e.Recorded, event: e.EntryAbandoned) -> None:
    _withdraw(state, recorded.trace)
    state.tally.abandoned += 1
    _mark(state, recorded.trace, "abandoned", event.reason)


def _finish(state: State, working: WorkingOrder, status: Status) -> None:
    working.status = status
    name = working.order.client_order_id
    state.orders.pop(name, None)
    state.done[name] = working
    if len(state.done) > DONE_LIMIT:
        del state.done[next(iter(state.done))]


# ---- fills and positions


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled) -> None:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    working.executions.append(event.execution_id)
    working.filled += event.quantity
    state.tally.fills += 1
    state.tally.fees += event.fee
    state.cash_flow -= order.side.sign * event.quantity * event.price + event.fee
    if order.entry is not None:
        _add(state, recorded, order, order.entry, event)
    else:
        _reduce(state, recorded, order, event)
    if working.remaining <= 0:
        _finish(state, working, Status.FILLED)
    elif not working.status.final:
        working.status = Status.PARTIAL


def _add(state: State, recorded: e.Recorded, order: Order, entry: Entry, event: e.OrderFilled) -> None:
    position = state.positions.get(order.symbol)
    if position is None:
        position = state.positions[order.symbol] = Position(
            symbol=order.symbol,
            side=PositionSide.LONG if order.side.sign > 0 else PositionSide.SHORT,
            quantity=Decimal(0),
            original_quantity=Decimal(0),
            cost=Decimal(0),
            opened_at=recorded.at,
            updated_at=recorded.at,
            high_water=float(event.price),
            entry=entry,
        )
    position.quantity += event.quantity
    position.original_quantity += event.quantity
    position.cost += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


def _reduce(state: State, recorded: e.Recorded, order: Order, event: e.OrderFilled) -> None:
    position = state.positions[order.symbol]
    position.quantity -= event.quantity
    position.proceeds += event.quantity * event.price
    position.fees += event.fee
    position.updated_at = recorded.at


def _opened(state: State, recorded: e.Recorded, event: e.PositionOpened) -> None:
    state.positions[event.symbol].targets = event.targets
    _mark(state, recorded.trace, "open")


def _exit_decided(state: State, _: e.Recorded, event: e.ExitDecided) -> None:
    position = state.positions[event.symbol]
    position.targets_hit += [index for index in event.decision.targets if index not in position.targets_hit]
    position.reasons.append(event.decision.rule)


def _level_moved(state: State, _: e.Recorded, event: e.ExitLevelMoved) -> None:
    state.positions[event.symbol].nearest_exit = event.level


def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed) -> None:
    outcome, tally = event.outcome, state.tally
    del state.positions[outcome.symbol]
    tally.trades_closed += 1
    tally.pnl += outcome.pnl
    tally.wins += outcome.pnl > 0
    tally.losses += outcome.pnl < 0
    row = _mark(state, recorded.trace, "closed")
    if row is not None:
        row.pnl, row.pnl_pct = outcome.pnl, outcome.pnl_pct


def _believed(state: State, _: e.Recorded, event: e.BeliefUpdated) -> None:
    state.beliefs.setdefault(event.learner, {})[event.cell] = event.after
    state.learned[f"{event.learner}/{event.outcome}"] = None


# ---- the venue


def _account(state: State, _: e.Recorded, event: e.AccountSeen) -> None:
    state.account = event.account
    state.account_due = None
    state.venue.unavailable = None


def _unavailable(state: State, _: e.Recorded, event: e.VenueUnavailable) -> None:
    state.venue.unavailable = event.reason
    state.account_due = None


TRADES: dict[type[e.Event], Callable[[State, e.Recorded, Any], None]] = {
    e.SignalScored: _scored,
    e.SignalJudged: _judged,
    e.SignalQueued: _queued,
    e.QueueTaken: _taken,
    e.QueueDrained: _drained,
    e.QueueDropped: _dropped,
    e.QueueExpired: _expired_item,
    e.OrderPlaced: _placed,
    e.OrderRetried: _retried,
    e.OrderAccepted: _accepted,
    e.RateLimited: _limited,
    e.OrderUnknown: _unsure,
    e.OrderAbsent: _absent,
    e.OrderCanceled: _ended(Status.CANCELED),
    e.OrderExpired: _ended(Status.EXPIRED),
    e.OrderRejected: _ended(Status.REJECTED),
    e.EntryAbandoned: _abandoned,
    e.OrderFilled: _filled,
    e.PositionOpened: _opened,
    e.ExitDecided: _exit_decided,
    e.ExitLevelMoved: _level_moved,
    e.PositionClosed: _closed,
    e.BeliefUpdated: _believed,
    e.AccountSeen: _account,
    e.VenueUnavailable: _unavailable,
}
