"""Prices, time, exits, and what is learned from a closed position."""

from core.domain import events as e
from core.domain import regime
from core.domain.exits import decide, exit_order, nearest, stop_order
from core.domain.follows import NOTHING, Follows, Step
from core.domain.positions import Cell, ExitDecision, Position
from core.domain.queueing import Traced, questions, retries, work
from core.domain.rules import Rules
from core.domain.settings import Orders
from core.domain.state import State


def _quote(state: State, _: e.Recorded, event: e.QuoteSeen, rules: Rules) -> Follows:
    symbol, settings = event.quote.symbol, rules.settings.regime
    changes: list[Traced] = []
    if symbol == settings.symbol:
        changes = [("", change) for change in regime.after_quote(state, event.quote.last, settings)]
    exits, effects = exit_follows(state, symbol, rules)
    return changes + exits, effects


def _reading(state: State, _: e.Recorded, event: e.ReadingSeen, rules: Rules) -> Follows:
    follows = {"daily_close": regime.after_close, "vix": regime.after_vix}.get(event.reading.name)
    if follows is None:
        return NOTHING
    return [("", change) for change in follows(state, rules.settings.regime)], []


def _tick(state: State, _: e.Recorded, __: e.Tick, rules: Rules) -> Follows:
    settings = rules.settings
    follows: list[Traced] = [("", change) for change in regime.after_time(state, settings.regime)]
    follows += work(state, settings.queue)
    follows += retries(state, settings.orders)
    for symbol in state.positions:
        follows += exit_follows(state, symbol, rules)[0]
    effects: list[e.Effect] = [e.AskAccount(), *questions(state, settings.orders), *cancels(state)]
    if state.reconciles and _reconciliation_due(state, settings.orders):
        effects.append(e.AskBroker())
    return follows, effects


def _reconciliation_due(state: State, rules: Orders) -> bool:
    return state.broker_at is None or (state.now - state.broker_at).total_seconds() >= rules.reconcile_s


def cancels(state: State) -> list[e.Effect]:
    """The protective stops that stand in the way of a decided exit; asked for again until they are gone."""
    leaving = (symbol for symbol, position in state.positions.items() if position.leaving is not None)
    stops = (state.protection(symbol) for symbol in leaving)
    return [e.Cancel(order=stop.order) for stop in stops if stop is not None]


def exit_follows(state: State, symbol: str, rules: Rules) -> Follows:
    """Look at the exits of a position, unless one is under way already."""
    position = state.positions.get(symbol)
    if position is None or position.quantity <= 0:
        return NOTHING
    trace = position.entry.trace
    follows: list[Traced] = []
    level = nearest(position, state, rules)
    if level != position.nearest_exit:
        follows.append((trace, e.ExitLevelMoved(symbol=symbol, level=level)))
    if position.leaving is None and not state.working(symbol):
        decision, failures = _decide(position, state, rules)
        follows += [(trace, failure) for failure in failures]
        if decision is not None:
            follows.append((trace, e.ExitDecided(symbol=symbol, decision=decision)))
    return follows, []


def _decide(position: Position, state: State, rules: Rules) -> tuple[ExitDecision | None, list[e.PluginFailed]]:
    if state.halt is not None and state.halt.level == "flatten":
        reason = f"halt: {state.halt.reason}"
        return ExitDecision(rule="halt", quantity=position.quantity, full=True, reason=reason), []
    return decide(position, state, rules)


def _exit_decided(state: State, recorded: e.Recorded, event: e.ExitDecided, rules: Rules) -> Follows:
    stop = state.protection(event.symbol)
    if stop is not None:  # it holds the shares: the exit follows when its cancel is confirmed
        return [], [e.Cancel(order=stop.order)]
    return [(recorded.trace, leave(state, event.symbol, event.decision, rules))], []


def leave(state: State, symbol: str, decision: ExitDecision, rules: Rules) -> e.OrderPlaced:
    """The order that carries out an exit decision at the last price."""
    position = state.positions[symbol]
    price = state.price(symbol) or float(position.average_price)
    return e.OrderPlaced(order=exit_order(position, decision, price, state.now, rules.settings.orders))


def protect(state: State, symbol: str, rules: Rules) -> list[Traced]:
    """A protective stop for an open position that has none and no other order under way, if the venue can hold it."""
    position = state.positions.get(symbol)
    if not state.protects or position is None or position.quantity <= 0 or position.leaving is not None:
        return []
    if state.protection(symbol) is not None or state.working(symbol):
        return []
    order = stop_order(position, state.now, rules.settings.orders)
    return [(position.entry.trace, e.OrderPlaced(order=order))]


def _closed(state: State, recorded: e.Recorded, event: e.PositionClosed, rules: Rules) -> Follows:
    follows: list[Traced] = []
    outcome = event.outcome
    for key, learner in rules.learners:
        if not state.active(key) or f"{key}/{outcome.id}" in state.learned:
            continue
        belief = state.beliefs.get(key, {})
        try:
            moved = learner.learn(outcome, dict(belief))
        except Exception as error:  # noqa: BLE001 - a learner that fails leaves its belief unchanged
            follows.append((recorded.trace, e.PluginFailed(plugin=key, reason=f"{type(error).__name__}: {error}")))
            continue
        for cell, after in moved.items():
            before = belief.get(cell, Cell())
            update = e.BeliefUpdated(learner=key, cell=cell, before=before, after=after, outcome=outcome.id)
            follows.append((recorded.trace, update))
    return follows, []


POSITIONS: dict[type[e.Event], Step] = {
    e.QuoteSeen: _quote,
    e.ReadingSeen: _reading,
    e.Tick: _tick,
    e.ExitDecided: _exit_decided,
    e.PositionClosed: _closed,
}
