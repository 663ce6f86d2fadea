"""The broker's book and account: reconciliation, and halts that gates ask for."""

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.books.late_orders import late_orders
from tidegate.core.domain.books.reconciliation import ANSWERS, ENGINE, differences, foreign_orders, lost_orders, settle
from tidegate.core.domain.ownership import beyond, held
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.queueing import Traced
from tidegate.core.domain.state import Difference, State
from tidegate.core.domain.stepping.exits import protect
from tidegate.core.domain.stepping.follows import NOTHING, Follows, Step


def _started(_: State, __: e.Recorded, event: e.EngineStarted, ___: Rules) -> Follows:
    return [], [e.AskBroker()] if event.reconciles else []


def _broker(state: State, _: e.Recorded, event: e.BrokerSeen, rules: Rules) -> Follows:
    found = differences(state, event, rules.settings.orders)
    follows: list[Traced] = foreign_orders(state, event)
    for symbol, difference in found.items():
        if state.differences.get(symbol) != difference:
            follows.append(("", _found(symbol, difference)))
        if state.reconciled_at is not None:
            follows += settle(state, symbol, difference, "adopt", ENGINE)
    gone = [symbol for symbol in state.differences if symbol not in found]
    follows += [("", e.DifferenceSettled(symbol=symbol, answer="gone", who=ENGINE)) for symbol in gone]
    follows.append(("", e.Reconciled(differences=len(found))))
    return follows, [*lost_orders(state, event), *late_orders(state, event)]


def _reconciled(state: State, _: e.Recorded, __: e.Reconciled, rules: Rules) -> Follows:
    """Every position gets a stop that lacks one, for shares that the broker has; a stop that does not fit goes."""
    follows: list[Traced] = []
    for symbol in state.positions:
        follows += protect(state, symbol, rules)
    return follows, cancels(state)


def _found(symbol: str, difference: Difference) -> e.DifferenceFound:
    return e.DifferenceFound(
        symbol=symbol,
        case=difference.case,
        ours=difference.ours,
        theirs=difference.theirs,
        their_price=difference.their_price,
    )


def answered(state: State, symbol: str, answer: str, who: str) -> list[Traced] | None:
    """What a person's answer to a difference does; None when there is no such difference or answer.

    What was left alone can still be adopted or flattened.
    """
    difference = state.differences.get(symbol)
    if difference is None and answer != "ignore" and (alone := state.ignored.get(symbol)) is not None:
        here = held(state, symbol)
        difference = Difference(alone.case, here, here + beyond(alone), alone.their_price)
    if difference is None or answer not in ANSWERS:
        return None
    return settle(state, symbol, difference, answer, who)


def _account(state: State, _: e.Recorded, __: e.AccountSeen, rules: Rules) -> Follows:
    if state.halt is not None:
        return NOTHING
    follows: list[Traced] = []
    for key, gate in rules.gates:
        if not state.active(key):
            continue
        try:
            reason = gate.halt(state)
        except Exception as error:  # noqa: BLE001 - a gate that fails asks for nothing, and is named
            follows.append(("", e.PluginFailed(plugin=key, reason=f"{type(error).__name__}: {error}")))
            continue
        if reason:
            return [*follows, ("", e.HaltLatched(level="entries", reason=reason, who=key))], []
    return follows, []


BROKER: dict[type[e.Event], Step] = {
    e.EngineStarted: _started,
    e.BrokerSeen: _broker,
    e.Reconciled: _reconciled,
    e.AccountSeen: _account,
}
