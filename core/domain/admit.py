"""The door: which facts are news. What is not news never reaches the journal."""

from core.domain import events as e
from core.domain.ids import trace_in, trace_of
from core.domain.machine import after, repeats
from core.domain.state import State

QUOTE_INTERVAL_S = 1.0


def trace_for(event: e.Event) -> str:
    """The trace of a fact: the alert's own, or the one inside the client order id; "" for all others."""
    if isinstance(event, e.AlertReceived):
        return trace_of(event.source, event.alert.id)
    if isinstance(event, e.AlertRepeated):
        return trace_of(event.source, event.alert_id)
    if isinstance(event, e.OrderFact | e.OrderMoveRefused):
        return trace_in(event.client_order_id) or ""
    return ""


def admit(state: State, fact: e.Fact) -> e.Fact | None:
    """The fact to journal: itself, `AlertRepeated` for a known alert, or None when it is no news.

    No news: a second quote of a symbol within a second, an execution or a state of an order that we know,
    an answer about an order that is not ours, a request that was journaled before. An answer that the order state
    machine does not allow becomes `OrderMoveRefused`.
    """
    match fact:
        case e.AlertReceived():
            if trace_of(fact.source, fact.alert.id) in state.seen:
                return e.AlertRepeated(source=fact.source, cursor=fact.cursor, alert_id=fact.alert.id)
        case e.QuoteSeen():
            return fact if _news(state, fact) else None
        case e.OrderFact():
            return _evidence(state, fact)
        case e.RequestReceived():
            return fact if fact.id == 0 or fact.id > state.cursors.get("requests", 0) else None
        case e.VenueUnavailable():
            return fact if state.venue.unavailable != fact.reason or state.account_due is not None else None
        case _:
            pass
    return fact


def _news(state: State, fact: e.QuoteSeen) -> bool:
    known = state.symbols.get(fact.quote.symbol)
    if known is None or known.quote is None or known.quote.bid is None:
        return True
    return (fact.quote.at - known.quote.at).total_seconds() >= QUOTE_INTERVAL_S


def _evidence(state: State, fact: e.OrderFact) -> e.Fact | None:
    """A venue's answer if it moves the order; `OrderMoveRefused` when it must not; None when it is no news."""
    working = state.orders.get(fact.client_order_id) or state.done.get(fact.client_order_id)
    if working is None or repeats(working, fact):
        return None
    if after(working, fact) is not None:
        return fact
    return e.OrderMoveRefused(
        client_order_id=fact.client_order_id,
        status=working.status,
        said=type(fact).__name__,
        details=str(fact),
    )
