"""Leaving positions.

An exit goes out alone: first the rest of the entry and the protective stop are canceled, and the cancels confirmed.
Until then the decision waits in the position's `leaving`, so a restart asks for the cancels again.

While the exchange is closed no exit goes out: the stop at the venue is worth more than an order that waits without one.
"""

from datetime import timedelta

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced
from tidegate.core.domain.order_building import exit_order
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.ownership import sellable
from tidegate.core.domain.positions import FLATTEN, ExitDecision, Position
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Orders
from tidegate.core.domain.signals.queueing import backoff_s
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.exit_rules import decide, nearest
from tidegate.core.domain.stepping.protection import send_stop
from tidegate.core.domain.values.halts import HaltLevel

EXITS: Handlers[Step] = Handlers()


def exit_follows(state: State, symbol: str, rules: Rules) -> Follows:
    """Look at the exits of a position, unless one is under way already or was refused a moment ago."""
    position = state.positions.get(symbol)
    if position is None or position.quantity <= 0:
        return NOTHING
    trace = position.entry.trace
    follows: list[Traced] = []
    level = nearest(position, state, rules)
    if level != position.nearest_exit:
        follows.append((trace, e.ExitLevelMoved(symbol=symbol, level=level)))
    if position.leaving is not None:
        return follows + go(state, symbol, rules), []
    if _may_leave(state, position, rules):
        decision, failures = _decide(position, state, rules)
        follows += [(trace, failure) for failure in failures]
        if decision is not None:
            follows.append((trace, e.ExitDecided(symbol=symbol, decision=decision)))
    return follows, []


def go(state: State, symbol: str, rules: Rules) -> list[Traced]:
    """The order of a decided exit once nothing stands in its way.

    If the exchange has closed meanwhile, the stop comes back instead, and the exit is decided anew at the open; where
    no venue holds stops, it waits.
    """
    position = state.positions.get(symbol)
    if position is None or position.leaving is None or position.quantity <= 0:
        return []
    if state.protection(symbol) is not None or state.working(symbol):
        return []
    if not _trades(state, symbol, rules):
        return send_stop(state, position, rules)
    if sellable(state, position) <= 0:
        return []
    order = exit_order(state, position, position.leaving, rules.settings.orders)
    return [(position.entry.trace, e.OrderPlaced(order=order))]


def _may_leave(state: State, position: Position, rules: Rules) -> bool:
    """Whether an exit can be decided now: the exchange is open, there is something to sell, and nothing under way."""
    if _under_way(state, position) or _refused(state, position, rules.settings.orders):
        return False
    return sellable(state, position) > 0 and _trades(state, position.symbol, rules)


def _trades(state: State, symbol: str, rules: Rules) -> bool:
    """Whether the exchange is open, and has been for long enough to know a price of today; else a fresh one must be."""
    if not rules.is_open(state.now):
        return False
    return rules.is_open(state.now - timedelta(seconds=rules.settings.prices.max_age_s)) or _seen(state, symbol)


def _seen(state: State, symbol: str) -> bool:
    return state.price(symbol) is not None or state.interval(symbol) is not None


def _under_way(state: State, position: Position) -> bool:
    exits = (working for working in state.working(position.symbol) if working.purpose is Purpose.EXIT)
    return position.leaving is not None or any(exits)


def _refused(state: State, position: Position, rules: Orders) -> bool:
    """Whether the venue refused an exit so recently that it would again; each time in a row doubles the pause."""
    if position.refused_at is None:
        return False
    return (state.now - position.refused_at).total_seconds() < backoff_s(position.refusals, rules)


def _decide(position: Position, state: State, rules: Rules) -> tuple[ExitDecision | None, list[e.PluginFailed]]:
    if state.halt is not None and state.halt.level is HaltLevel.FLATTEN:
        reason = f"halt: {state.halt.reason}"
        return ExitDecision(rule="halt", quantity=position.quantity, full=True, reason=reason), []
    if position.unwanted:
        return ExitDecision(rule=FLATTEN, quantity=position.quantity, full=True, reason=position.unwanted), []
    return decide(position, state, rules)


@EXITS.handles
def _exit_decided(state: State, _: e.Recorded, event: e.ExitDecided, rules: Rules) -> Follows:
    return go(state, event.symbol, rules), cancels(state, event.symbol)
