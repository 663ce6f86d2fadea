"""The door: which facts are news. What is not news never reaches the journal."""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import trace_in, trace_of
from tidegate.core.domain.order_states import after, repeats
from tidegate.core.domain.state import State, Symbol
from tidegate.core.domain.values import Quote

QUOTE_INTERVAL = timedelta(seconds=1)
QUOTE_MOVE = 0.0005  # of the known price: 5 basis points, less than any rule measures
AGAIN = timedelta(seconds=15)  # after which a touch that stands is news: its price is as old as the last look
AHEAD = timedelta(seconds=60)  # that a quote may be ahead of the clock
SESSION = timedelta(hours=6, minutes=30)  # no session is longer


def trace_for(event: e.Event) -> str:
    """The trace of a fact: the alert's own, or the one inside the client order id; "" for all others."""
    match event:
        case e.QuoteSeen():  # first: most facts are
            return ""
        case e.AlertReceived():
            return trace_of(event.source, event.alert.id)
        case e.AlertRepeated():
            return trace_of(event.source, event.alert_id)
        case e.OrderFact() | e.OrderMoveRefused():
            return trace_in(event.client_order_id) or ""
        case _:
            return ""


def in_session(fact: e.Fact, at: datetime, is_open: Callable[[datetime], bool]) -> e.Fact:
    """The fact with whether the exchange traded when it was so: a fold has no calendar.

    What is told of an earlier day is not of this session.
    """
    match fact:
        case e.QuoteSeen():
            told = fact.quote.at
        case e.AlertReceived():
            return fact
        case e.BarSeen():
            told = fact.bar.start
        case e.Tick() | e.BrokerSeen() | e.AccountSeen():
            told = at
        case _:
            return fact
    regular = is_open(told) and at - told < SESSION
    return fact if regular == fact.regular else replace(fact, regular=regular)


def admit(state: State, fact: e.Fact, at: datetime | None = None) -> e.Fact | None:
    """The fact of `at` to journal: itself, `AlertRepeated` for a known alert, or None when it is no news.

    A quote from the future becomes `InputRejected`. No news: a second quote of a symbol within a second at nearly the
    same price, an execution or a state of an order
    that we know, an answer about an order that is not ours, a request that was journaled before, drift that is known.
    An answer that the order state machine does not allow becomes `OrderMoveRefused`.
    """
    match fact:
        case e.QuoteSeen():
            return _quote(state, fact, fact.quote.at if at is None else at)
        case e.AlertReceived():
            if trace_of(fact.source, fact.alert.id) in state.seen:
                return e.AlertRepeated(source=fact.source, cursor=fact.cursor, alert_id=fact.alert.id)
        case e.OrderFact():
            return _evidence(state, fact)
        case e.RequestReceived() | e.VenueUnavailable() | e.DriftSeen():
            return fact if _tells(state, fact) else None
        case _:
            pass
    return fact


def _tells(state: State, fact: e.RequestReceived | e.VenueUnavailable | e.DriftSeen) -> bool:
    match fact:
        case e.RequestReceived():
            return fact.id == 0 or fact.id > state.cursors.get("requests", 0)
        case e.VenueUnavailable():
            return state.venue.unavailable != fact.reason or state.account_due is not None
        case e.DriftSeen():
            return state.lockdown is not None and state.lockdown.drift != fact.changes


def _quote(state: State, fact: e.QuoteSeen, at: datetime) -> e.Fact | None:
    if fact.quote.at > at and fact.quote.at - at > AHEAD:
        reason = f"{fact.quote.symbol} from the future: {fact.quote.at:%Y-%m-%d %H:%M:%S} UTC"
        return e.InputRejected(source=fact.source, cursor=fact.cursor, where="quote", reason=reason)
    return fact if _news(state, fact.quote, at) else None


def _news(state: State, quote: Quote, at: datetime) -> bool:
    """Whether a quote tells more than the known one: a second later, or sooner when its price matters.

    The last price of a burst may be left out when nothing follows it. So what is left out within the second is less
    than `QUOTE_MOVE` away from the known price and reaches no exit. A bid and ask are compared with the last bid and
    ask. The same touch seen again is news while it waits for its witness, and else every `AGAIN`.
    """
    symbol = state.symbols.get(quote.symbol)
    if symbol is None or symbol.quote is None:
        return True
    known = symbol.quote if quote.bid is None or quote.ask is None else symbol.book
    if known is None:
        return True
    if quote.at <= known.at:
        if quote == known:
            return quote.bid is not None and quote.ask is not None and _looked_again(symbol, at)
        if quote.at < known.at:
            return False
    latest = max(quote.at, at)
    return latest - known.at >= QUOTE_INTERVAL or _moved(state, symbol.quote, quote)


def _looked_again(symbol: Symbol, at: datetime) -> bool:
    door = symbol.door
    if door is None or door.touch_at is None:
        return False
    return at - door.touch_at >= (AGAIN if door.doubt is None else QUOTE_INTERVAL)


def _moved(state: State, known: Quote, quote: Quote) -> bool:
    if quote.at < known.at:
        return False
    position = state.positions.get(quote.symbol)
    level = position.nearest_exit if position is not None else None
    before, after = known.told, quote.told
    reached = level is not None and (before - level.price) * (after - level.price) <= 0
    move = round(abs(after / before - 1.0), 9)  # float dust must not decide at the limit
    return move >= QUOTE_MOVE or (reached and move > 0)


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
