"""The broker's book and account: reconciliation, and halts that gates ask for."""

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.books.late_orders import late_orders
from tidegate.core.domain.books.proof import proven
from tidegate.core.domain.books.reconciliation import ENGINE, differences, foreign_orders, lost_orders, settle
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced, untraced
from tidegate.core.domain.guard import NonsenseError, guarded
from tidegate.core.domain.ownership import beyond, held
from tidegate.core.domain.rules import Gate, Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.protection import protect
from tidegate.core.domain.values.differences import Difference, Settlement
from tidegate.core.domain.values.halts import HaltLevel

BROKER: Handlers[Step] = Handlers()


@BROKER.handles
def _started(_: State, __: e.Recorded, event: e.EngineStarted, ___: Rules) -> Follows:
    return [], [e.AskBroker()] if event.reconciles else []


@BROKER.handles
def _broker(state: State, _: e.Recorded, event: e.BrokerSeen, rules: Rules) -> Follows:
    found = differences(state, event, rules.settings.orders)
    follows: list[Traced] = foreign_orders(state, event)
    for symbol, difference in found.items():
        if state.differences.get(symbol) != difference:
            follows.append(("", _found(symbol, difference)))
        if state.reconciled_at is not None:
            answer = proven(state, symbol, difference, rules.settings.reconcile)
            follows += settle(state, symbol, difference, answer, ENGINE) if answer is not None else []
    gone = [symbol for symbol in state.differences if symbol not in found]
    follows += [("", e.DifferenceSettled(symbol=symbol, answer=Settlement.GONE, who=ENGINE)) for symbol in gone]
    follows.append(("", e.Reconciled(differences=len(found))))
    return follows, [*lost_orders(state, event), *late_orders(state, event)]


@BROKER.handles
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


def answered(state: State, symbol: str, answer: Settlement, who: str) -> list[Traced] | None:
    """What a person's answer to a difference does; None when there is no such difference.

    What was left alone can still be adopted or flattened.
    """
    difference = state.differences.get(symbol)
    if difference is None and answer is not Settlement.IGNORE and (alone := state.ignored.get(symbol)) is not None:
        here = held(state, symbol)
        difference = Difference(alone.case, here, here + beyond(alone), alone.their_price)
    if difference is None:
        return None
    return settle(state, symbol, difference, answer, who)


@BROKER.handles
def _account(state: State, _: e.Recorded, __: e.AccountSeen, rules: Rules) -> Follows:
    if state.halt is not None:
        return NOTHING
    failures: list[e.PluginFailed] = []
    for key, gate in rules.gates:
        reason = guarded(failures, key, None, _reason, gate, state) if state.active(key) else None
        if reason:
            latched = e.HaltLatched(level=HaltLevel.ENTRIES, reason=reason, who=key)
            return [*untraced(failures), ("", latched)], []
    return untraced(failures), []


def _reason(gate: Gate, state: State) -> str | None:
    reason: object = gate.halt(state)
    if reason is not None and not isinstance(reason, str):
        raise NonsenseError(f"halts with {type(reason).__name__}, not with a reason")
    return reason
