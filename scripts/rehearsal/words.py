"""Events of the journal about one order, in few words."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import trace_in
from tidegate.core.domain.orders import Purpose

NEW_YORK = ZoneInfo("America/New_York")
QUEUED = (e.SignalQueued, e.QueueTaken, e.QueueDrained, e.QueueDropped, e.QueueExpired)
INTENTS = (e.OrderPlaced, e.OrderRetried, e.QueueTaken, e.OrderAbsent)
FINAL = (e.OrderFilled, e.OrderRejected, e.OrderCanceled, e.OrderExpired)
ENDS = (e.OrderAccepted, *FINAL, e.EntryAbandoned, e.QueueDropped, e.QueueExpired)
HEARD = {
    **dict.fromkeys(("new", "accepted", "pending_new"), e.OrderAccepted | e.OrderFilled),
    **dict.fromkeys(("fill", "partial_fill"), e.OrderFilled),
    **dict.fromkeys(("canceled", "expired"), e.OrderCanceled | e.OrderExpired),
}  # what the journal tells of what a frame says
SHOWN = 8


def about(events: list[e.Recorded]) -> dict[str, list[e.Recorded]]:
    """Events by client order id; those of the queue belong to the entry of their trace."""
    found: defaultdict[str, list[e.Recorded]] = defaultdict(list)
    entries: dict[str, str] = {}
    for each in events:
        name = getattr(each.event, "client_order_id", "")
        if isinstance(each.event, e.OrderPlaced):
            name = each.event.order.client_order_id
            if each.event.order.purpose is Purpose.ENTRY:
                entries[trace_in(name) or ""] = name
        elif isinstance(each.event, QUEUED):
            name = entries.get(each.trace, "")
        if name:
            found[name].append(each)
    return dict(found)


def chain(told: list[e.Recorded], since: datetime) -> str:
    """The events, each with the seconds of the session since a moment; a long story without its middle."""
    parts = [f"{_event(each.event)} +{max(0.0, (each.at - since).total_seconds()):.1f} s" for each in told]
    if len(parts) > SHOWN:
        parts = [*parts[: SHOWN - 2], f"... {len(parts) - SHOWN + 1} more", parts[-1]]
    return ", ".join(parts)


def words(name: str) -> str:
    """A frame's event, as words."""
    return name.replace("_", " ")


def _event(event: e.AnyEvent) -> str:
    kind = type(event).__name__
    match event:
        case e.RateLimited(until=until):
            return f"{kind} until {until.astimezone(NEW_YORK):%H:%M:%S}"
        case e.OrderRetried(attempt=attempt):
            return f"{kind} (attempt {attempt})"
        case e.OrderFilled(quantity=quantity, price=price):
            return f"{kind} {quantity:f} @ {price:f}"
    reason = getattr(event, "reason", "")
    return f"{kind} ({reason})" if reason else kind
