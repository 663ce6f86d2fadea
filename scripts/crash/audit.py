"""What must hold when a day of the crash matrix is over: nothing twice, nothing lost, in either book."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from scripts.rehearsal.stage import Rehearsal
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.ids import trace_in
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Regime
from tidegate.sandbox.alpaca import Sandbox

Trades = list[tuple[str, str, Decimal]]  # client order id, symbol, signed shares filled
Stops = dict[str, Decimal]  # symbol -> signed shares that a working stop would trade
ENDS = e.QueueDrained | e.QueueDropped | e.QueueExpired
TURNS: dict[tuple[str, type[e.Event]], str] = {
    ("outside", e.SignalQueued): "waiting",
    ("waiting", e.QueueTaken): "taken",
    ("taken", e.SignalQueued): "waiting",
    ("taken", e.QueueDrained): "over",
    ("taken", e.QueueDropped): "over",
    ("waiting", e.QueueDropped): "over",
    ("waiting", e.QueueExpired): "over",
}


def duplicates(show: Rehearsal, events: list[e.Recorded]) -> list[str]:
    """What was done twice: a leg at the venue, a trade, an outcome, a lesson, more sold than was bought."""
    trades = show.box.call(_trades)
    done = Counter(name for name, _, _ in trades) + Counter(_once(events))
    shares: defaultdict[str, list[Decimal]] = defaultdict(list)
    for name, _, quantity in trades:
        shares[trace_in(name) or name].append(quantity)
    over = [trace for trace, each in shares.items() if each[0] * sum(each, Decimal(0)) < 0]
    return [f"{what} x{count}" for what, count in done.items() if count > 1] + [
        f"{trace} is oversold" for trace in over
    ]


def _once(events: list[e.Recorded]) -> Iterator[str]:
    """A name for each event that a trace, or an execution, may have only one of."""
    for record in events:
        match record.event:
            case e.AlertReceived() | e.PositionOpened() | e.PositionClosed():
                yield f"{record.trace} {type(record.event).__name__}"
            case e.SignalScored(signal=signal) if signal.attempt == 1:
                yield f"{record.trace} SignalScored"
            case e.BeliefUpdated(learner=learner, cell=cell, outcome=outcome):
                yield f"{outcome} {learner} {cell}"
            case e.OrderFilled(execution_id=execution):
                yield f"{record.trace} {execution}"
            case _:
                pass


def lost(show: Rehearsal, events: list[e.Recorded]) -> list[str]:
    """What a book lacks: money, shares, intents, entries, exit plans, protective stops, queued or other signals."""
    state = show.state()
    intents = {r.event.order.client_order_id for r in events if isinstance(r.event, e.OrderPlaced)}
    orders = (name for name, _, _ in show.box.call(_trades))
    return [
        *show.disagreements(),
        *(f"the venue has {name}, which was never intended" for name in orders if name not in intents),
        *_unplanned(state),
        *_unprotected(state, show.box.call(_stops)),
        *_bare(events),
        *(f"books differed: {r.event}" for r in events if isinstance(r.event, e.DifferenceFound)),
        *queueing(events, state.queue),
        *_signals(state),
    ]


def _unplanned(state: State) -> Iterator[str]:
    for symbol, position in state.positions.items():
        if position.entry.owner != "tidegate" or not position.targets:
            yield f"{symbol} has no Entry of ours or no exit plan"


def _unprotected(state: State, stops: Stops) -> Iterator[str]:
    """Positions that the venue holds no stop for, of just their shares, though no exit is under way."""
    for symbol, position in state.positions.items():
        held = position.side.sign * position.quantity
        if position.leaving is None and not state.working(symbol) and stops.get(symbol, Decimal(0)) != -held:
            yield f"{symbol} {held} is protected for {stops.get(symbol, 0)}"


def _bare(events: list[e.Recorded]) -> Iterator[str]:
    """Positions that a tick found without any stop, though the books were compared since the start and agreed."""
    state = State()
    for record in events:
        fold(state, record)
        if not isinstance(record.event, e.Tick) or state.reconciled_at is None or state.differences:
            continue
        for symbol, position in state.positions.items():
            if position.leaving is None and not state.working(symbol) and state.protection(symbol) is None:
                yield f"{symbol} has no stop at event {record.seq}"


def queueing(events: list[e.Recorded], still: Iterable[str]) -> Iterator[str]:
    """Every queued signal takes its turns, keeps its age, and has one end or waits still; and only in panic."""
    places: dict[str, str] = {}
    expiry: dict[str, datetime] = {}
    regime = Regime.UNKNOWN
    for record in events:
        trace, event = record.trace, record.event
        if isinstance(event, e.RegimeChanged):
            regime = event.regime
        if not isinstance(event, e.SignalQueued | e.QueueTaken | ENDS):
            continue
        said = f"{trace} {type(event).__name__} at event {record.seq}"
        if (place := TURNS.get((places.get(trace, "outside"), type(event)))) is None:
            yield f"{said} while {places.get(trace, 'outside')}"
        if isinstance(event, e.SignalQueued) and expiry.setdefault(trace, event.expires_at) != event.expires_at:
            yield f"{said} with another expiry"
        if isinstance(event, e.SignalQueued) and regime is not Regime.PANIC:
            yield f"{said} in {regime}"
        places[trace] = place or "over"
    waiting = {trace for trace, place in places.items() if place != "over"}
    if waiting != set(still):
        yield f"queued without an end: {sorted(waiting)}; in the queue: {sorted(still)}"


def _signals(state: State) -> Iterator[str]:
    """Every signal entered, ended or still waits."""
    tally = state.tally
    unanswered = [w for w in state.orders.values() if w.purpose is Purpose.ENTRY and not w.arrived]
    waiting = len(unanswered) + sum(not item.in_flight for item in state.queue.values())
    ended = tally.blocked_signals + tally.rejected + tally.abandoned + tally.dropped + tally.expired
    if tally.signals != tally.entered + ended + waiting:
        yield f"{tally.signals} signals, but {tally.entered} entered, {ended} ended and {waiting} wait"


def _trades(box: Sandbox) -> Trades:
    """Every order that the venue took, oldest first."""
    return [(each.client_order_id, each.symbol, each.sign * each.filled_qty) for each in box.book.orders.values()]


def _stops(box: Sandbox) -> Stops:
    stops: defaultdict[str, Decimal] = defaultdict(Decimal)
    for order in box.book.working():
        if order.request.type == "stop":
            stops[order.symbol] += order.sign * order.remaining
    return dict(stops)
