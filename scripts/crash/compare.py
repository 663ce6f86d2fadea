"""Field by field: a day with kills against the whole day, and each trade against the signal that it came from."""

from collections.abc import Iterator

import msgspec

from scripts.rehearsal.stage import Rehearsal
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.orders import Order, Purpose
from tidegate.core.domain.positions import Entry, Outcome
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Component, DecisionKind, Regime, Signal

Names = tuple[str, ...]
NAMED: Names = ("trace", "direction", "owner")
REGIME: Names = ("regime", "regime_modifier")
SCORE: Names = ("score", "components", "coverage")
OUTCOME: Names = ("id", "trace", "direction", "symbol", "side")
ORDER = ("symbol", "side", "leg", "quantity", "limit", "decision_price")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a day's journal says of signals (as first scored, and as they entered), orders and trades, by trace."""

    alerts: list[str]
    signals: dict[str, Signal]
    entering: dict[str, Signal]
    sent: dict[str, Order]
    entries: dict[str, Entry]
    outcomes: dict[str, Outcome]
    rescored: set[str]


def told(events: list[e.Recorded]) -> Told:
    """A journal, sorted."""
    day = Told(alerts=[], signals={}, entering={}, sent={}, entries={}, outcomes={}, rescored=set())
    for record in events:
        match record.event:
            case e.AlertReceived():
                day.alerts.append(record.trace)
            case e.SignalScored(signal=signal):
                day.signals.setdefault(record.trace, signal)
            case e.SignalJudged(judgement=judgement) if judgement.decision is DecisionKind.ENTER:
                day.entering[record.trace] = judgement.signal
            case e.SignalQueued():
                day.rescored.add(record.trace)
            case e.OrderPlaced(order=order) if order.purpose is Purpose.ENTRY:
                day.sent[record.trace] = order
            case e.PositionOpened(entry=entry):
                day.entries[record.trace] = entry
            case e.PositionClosed(outcome=outcome):
                day.outcomes[record.trace] = outcome
            case _:
                pass
    return day


def missing(here: Told, whole: Told) -> Iterator[str]:
    """Alerts and signals of the whole day that this one never had."""
    yield from (f"alert {trace} was never read" for trace in whole.alerts if trace not in set(here.alerts))
    yield from (f"signal {trace} was never scored" for trace in whole.signals.keys() - here.signals.keys())


def differences(here: Told, whole: Told) -> Iterator[str]:
    """Fields that are not as in the whole day, of all that does not depend on when the venue answers."""
    for trace in here.signals.keys() & whole.signals.keys():
        yield from _unequal(trace, here.signals[trace], whole.signals[trace], Signal.__struct_fields__)
    waited = here.rescored | whole.rescored  # scored and judged anew, when the venue answered again
    panic = {trace for trace, signal in whole.signals.items() if signal.regime is Regime.PANIC}  # it lasts
    for trace in here.sent.keys() & whole.sent.keys() - waited:
        yield from _unequal(trace, here.sent[trace], whole.sent[trace], ORDER)
    for trace in here.entries.keys() & whole.entries.keys():
        names = NAMED if trace in waited else (*NAMED, *SCORE, "ignition_status")
        names += REGIME if trace in panic or trace not in waited else ()
        yield from _unequal(trace, here.entries[trace], whole.entries[trace], names)
    for trace in here.outcomes.keys() & whole.outcomes.keys():
        names = OUTCOME if trace in waited else (*OUTCOME, "regime", "contributions")
        yield from _unequal(trace, here.outcomes[trace], whole.outcomes[trace], names)


def changed(show: Rehearsal, events: list[e.Recorded], here: Told) -> Iterator[str]:
    """Fields that changed on their way from the signal to the order, the position and the outcome of one journal."""
    state = show.state()
    if msgspec.to_builtins(state) != msgspec.to_builtins(fold_all(State(), events)):
        yield "the state of the newest checkpoint is not that of the whole journal"
    for trace, entry in here.entries.items():
        if trace not in here.entering or entry != here.sent[trace].entry:
            yield f"{trace} entry is not that of its order"
        else:
            yield from _unequal(trace, entry, here.entering[trace], ("trace", "direction", *REGIME, *SCORE))
    for symbol, position in state.positions.items():
        if position.entry != here.entries.get(position.entry.trace):
            yield f"{symbol} entry is not that of its opening"
    for trace, outcome in here.outcomes.items():
        opened = here.entries.get(trace)
        if opened is None:
            yield f"{trace} outcome of what was never opened"
            continue
        yield from _unequal(trace, outcome, opened, ("trace", "direction", "regime"))
        if outcome.contributions != _contributions(opened.components) or sum(outcome.credit.values()) != outcome.pnl:
            yield f"{trace} contributions or credit"


def _contributions(components: dict[str, Component]) -> dict[str, float]:
    return {name: each.contribution for name, each in components.items() if each.contribution}


def _unequal(trace: str, one: msgspec.Struct, other: msgspec.Struct, names: Names) -> Iterator[str]:
    for name in names:
        if getattr(one, name) != getattr(other, name):
            kind = type(one).__name__
            yield f"{trace} {kind}.{name}: {getattr(one, name)!r}, not {getattr(other, name)!r}"
