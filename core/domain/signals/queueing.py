"""The durable queue of signals that met a rate limit, and the retries of orders outside it."""

from datetime import datetime, timedelta

from tidegate.core.domain.books.cancels import unwanted
from tidegate.core.domain.events import (
    Effect,
    EntryAbandoned,
    Find,
    OrderRetried,
    QueueDropped,
    QueueExpired,
    QueueTaken,
    SignalQueued,
)
from tidegate.core.domain.follows import Traced
from tidegate.core.domain.orders import Purpose, Status, WorkingOrder
from tidegate.core.domain.settings import Orders, Queue
from tidegate.core.domain.signals.entry_stops import stopped
from tidegate.core.domain.state import QueueItem, State
from tidegate.core.domain.values import Signal


def enqueue(signal: Signal, state: State, rules: Queue, reason: str) -> list[Traced]:
    """Queue a signal, or put it back with one more attempt; a full queue drops its lowest score, perhaps this one."""
    known = state.queue.get(signal.trace)
    if known is None and len(state.queue) >= rules.max_items:
        waiting = [item for item in state.queue.values() if not item.in_flight]  # the others may be at the venue
        worst = min(waiting, key=lambda item: (item.signal.score, item.signal.trace), default=None)
        if worst is None or worst.signal.score >= signal.score:
            queued = _queued(signal, state, rules, reason)
            return [queued, (signal.trace, QueueDropped(reason="queue full, lowest score"))]
        dropped: Traced = (worst.signal.trace, QueueDropped(reason="queue full, lowest score"))
        return [dropped, _queued(signal, state, rules, reason)]
    return [_queued(signal, state, rules, reason)]


def in_flight(state: State, trace: str) -> QueueItem | None:
    """The queued signal whose order was sent and is not answered yet; None when there is none."""
    item = state.queue.get(trace)
    return item if item is not None and item.in_flight else None


def work(state: State, rules: Queue) -> list[Traced]:
    """What is due in the queue: expiries, then the best scores that have a price, if the venue is available."""
    now = state.now
    waiting = [item for item in state.queue.values() if not item.in_flight]
    due: list[Traced] = [(item.signal.trace, QueueExpired()) for item in waiting if now >= item.expires_at]
    if venue_available(state):
        fresh = [item for item in waiting if now < item.expires_at and state.price(item.signal.symbol) is not None]
        fresh.sort(key=lambda item: (-item.signal.score, item.signal.trace))
        due += [(item.signal.trace, QueueTaken()) for item in fresh[: rules.per_tick]]
    return due


def retries(state: State, rules: Orders) -> list[Traced]:
    """Rate-limited orders that are due again; exits are retried for ever, entries in their lifetime and not stopped."""
    due: list[Traced] = []
    for name, working in state.orders.items():
        if working.status is not Status.LIMITED:
            continue
        if working.purpose is Purpose.ENTRY and (why := stopped(state)) is not None:
            due.append(give_up(working, state, f"rate limited, and then {why}"))
            continue
        if state.now < _retry_at(working, rules) or unwanted(state, working):
            continue
        if working.purpose is Purpose.ENTRY and state.now >= working.order.expires_at:
            due.append(give_up(working, state, "rate limited until its price was too old"))
        else:
            retry = OrderRetried(client_order_id=name, attempt=working.attempts + 1)
            due.append((working.order.trace, retry))
    return due


def questions(state: State, rules: Orders) -> list[Effect]:
    """Orders of unknown fate whose next question is due: each question in vain doubles the pause, capped.

    Exits and stops are asked for under a rate limit too: until they are known of, nothing else protects the position.
    """
    limited = venue_limited(state)
    return [
        Find(order=working.order)
        for working in state.orders.values()
        if working.status is Status.UNKNOWN
        and not (limited and working.purpose is Purpose.ENTRY)
        and _ask_due(working, state, rules)
    ]


def _ask_due(working: WorkingOrder, state: State, rules: Orders) -> bool:
    asked_at = working.asked_at or working.order.placed_at
    return (state.now - asked_at).total_seconds() >= backoff_s(max(1, working.asked), rules)


def give_up(working: WorkingOrder, state: State, reason: str) -> Traced:
    """The end of an entry that never arrived: dropped if it came from the queue, abandoned otherwise."""
    trace = working.order.trace
    if trace in state.queue:
        return trace, QueueDropped(reason=reason)
    return trace, EntryAbandoned(client_order_id=working.order.client_order_id, reason=reason)


def backoff_s(attempt: int, rules: Orders) -> float:
    """Seconds before attempt + 1: doubling from the first pause, capped."""
    doubled = 2.0 ** min(attempt - 1, 64)  # an exit is tried for days if need be
    return min(rules.backoff_max_s, rules.backoff_first_s * doubled)


def venue_available(state: State) -> bool:
    """Whether an entry could be sent now: not limited, reachable, and, where books are compared, they agree."""
    if venue_limited(state) or state.venue.unavailable is not None:
        return False
    return not state.reconciles or (state.reconciled_at is not None and not state.differences)


def venue_limited(state: State) -> bool:
    """Whether the venue said 429 and its pause is not over."""
    until = state.venue.limited_until
    return until is not None and state.now < until


def _queued(signal: Signal, state: State, rules: Queue, reason: str) -> Traced:
    known = state.queue.get(signal.trace)
    queued_at = state.now if known is None else known.queued_at
    event = SignalQueued(
        signal=signal,
        queued_at=queued_at,
        expires_at=queued_at + timedelta(seconds=rules.ttl_s),
        attempts=1 if known is None else known.attempts + 1,
        reason=reason,
    )
    return signal.trace, event


def _retry_at(working: WorkingOrder, rules: Orders) -> datetime:
    """When the venue said, and not before our own back-off; an exit or a stop at its cap, whatever the venue said."""
    limited_at = working.limited_at or working.order.placed_at
    pause = limited_at + timedelta(seconds=backoff_s(working.attempts, rules))
    until = pause if working.retry_at is None else max(pause, working.retry_at)
    if working.purpose is Purpose.ENTRY:
        return until
    return min(until, limited_at + timedelta(seconds=rules.backoff_max_s))
