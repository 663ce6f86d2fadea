"""Prices, readings and time."""

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced
from tidegate.core.domain.regimes import detection as regime
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Settings
from tidegate.core.domain.signals.queueing import questions, retries, work
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.exits import exit_follows
from tidegate.core.domain.stepping.lockdown import unreconciled
from tidegate.core.domain.stepping.signals import awaited

POSITIONS: Handlers[Step] = Handlers()


@POSITIONS.handles
def _quote(state: State, _: e.Recorded, event: e.QuoteSeen, rules: Rules) -> Follows:
    symbol = event.quote.symbol
    if symbol in state.positions or state.waiting or symbol == rules.settings.regime.symbol:
        return _priced(state, symbol, rules)
    return NOTHING


@POSITIONS.handles
def _bar(state: State, _: e.Recorded, event: e.BarSeen, rules: Rules) -> Follows:
    return _priced(state, event.bar.symbol, rules)


def _priced(state: State, symbol: str, rules: Rules) -> Follows:
    """What follows from a look at a symbol's price: the regime, its exits, and the entries that waited for it."""
    changes = _regime(state, rules) if symbol == rules.settings.regime.symbol else []
    exits, effects = exit_follows(state, symbol, rules)
    return changes + exits + (awaited(state, rules, symbol) if state.waiting else []), effects


def _regime(state: State, rules: Rules) -> list[Traced]:
    settings = rules.settings.regime
    price = state.price(settings.symbol)
    return [] if price is None else [("", change) for change in regime.after_quote(state, price, settings)]


@POSITIONS.handles
def _reading(state: State, _: e.Recorded, event: e.ReadingSeen, rules: Rules) -> Follows:
    follows = {"daily_close": regime.after_close, "vix": regime.after_vix}.get(event.reading.name)
    if follows is None:
        return NOTHING
    return [("", change) for change in follows(state, rules.settings.regime)], []


@POSITIONS.handles
def _tick(state: State, _: e.Recorded, __: e.Tick, rules: Rules) -> Follows:
    settings = rules.settings
    follows: list[Traced] = [("", change) for change in regime.after_time(state, settings.regime)]
    follows = follows or _regime(state, rules)  # a touch that stood may count now
    follows += awaited(state, rules)
    follows += work(state, settings.queue)
    follows += retries(state, settings.orders)
    for symbol in state.positions:
        follows += exit_follows(state, symbol, rules)[0]
    follows += unreconciled(state, rules)[0]
    effects: list[e.Effect] = [e.AskAccount(), *questions(state, settings.orders), *cancels(state)]
    if state.reconciles and _reconciliation_due(state, settings):
        effects.append(e.AskBroker())
    return follows, effects


def _reconciliation_due(state: State, rules: Settings) -> bool:
    if state.broker_at is None:
        return True
    pause_s = min(rules.orders.reconcile_s, rules.reconcile.proof_s) if state.lacking else rules.orders.reconcile_s
    return (state.now - state.broker_at).total_seconds() >= pause_s
