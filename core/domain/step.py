"""step: what follows from an event. Pure: no clock, no I/O, no randomness, no logging.

Every event is folded, then stepped; what step returns is folded and stepped in turn, depth first, so that each
signal is judged with the orders of the signal before it already counted.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.domain import events as e
from core.domain import regime
from core.domain.admit import trace_for
from core.domain.attribute import outcome_of
from core.domain.exits import decide, entry_order, exit_order, nearest
from core.domain.flow import completed_cluster, current_cluster
from core.domain.fold import fold
from core.domain.judge import judge
from core.domain.orders import Status
from core.domain.positions import Cell, ExitDecision, Position
from core.domain.queueing import Traced, enqueue, give_up, retries, venue_limited, work
from core.domain.rules import Cluster, Rules
from core.domain.score import score
from core.domain.state import QueueItem, State
from core.domain.values import DecisionKind

Follows = tuple[list[Traced], list[e.Effect]]
Step = Callable[[State, e.Recorded, Any, Rules], Follows]
NOTHING: Follows = ([], [])
HALTS = ("entries", "reduce", "flatten")


def step(state: State, recorded: e.Recorded, rules: Rules) -> Follows:
    """The decisions (with their traces) and effects that follow from one folded event."""
    follow = _STEPS.get(type(recorded.event))
    return follow(state, recorded, recorded.event, rules) if follow is not None else NOTHING


def advance(state: State, fact: e.Fact, at: datetime, rules: Rules) -> tuple[list[e.Recorded], list[e.Effect]]:
    """Fold a fact and everything that follows from it; returns what to journal, in order, and the effects."""
    recorded: list[e.Recorded] = []
    effects: list[e.Effect] = []
    pending: list[Traced] = [(trace_for(fact), fact)]
    while pending:
        trace, event = pending.pop()
        record = e.Recorded(state.seq + 1, at, trace, event)  # type: ignore[arg-type] # every Event kind is in AnyEvent
        fold(state, record)
        recorded.append(record)
        decisions, wanted = step(state, record, rules)
        pending.extend(reversed(decisions))
        effects.extend(wanted)
    return recorded, effects


def outstanding(state: State) -> list[e.Effect]:
    """What a restart must ask: the fate of every order that may have been sent, and the account if it was due."""
    effects: list[e.Effect] = [
        e.Find(order=working.order) for working in state.orders.values() if working.status is not Status.LIMITED
    ]
    if state.account_due is not None:
        effects.append(e.AskAccount())
    return effects


# ---- from alert to order


def _alert(state: State, recorded: e.Recorded, event: e.AlertReceived, rules: Rules) -> Follows:
    symbol = event.alert.symbol
    follows = _exit_follows(state, symbol, rules)
    cluster = completed_cluster(state, symbol, recorded.trace)
    if cluster is None:
        return follows
    return follows[0] + _score(cluster, state, rules), follows[1]


def _score(cluster: Cluster, state: State, rules: Rules, *, attempt: int = 1) -> list[Traced]:
    signal, failures = score(cluster, state, rules, attempt=attempt)
    return [(cluster.trace, failure) for failure in failures] + [(cluster.trace, e.SignalScored(signal=signal))]


def _scored(state: State, recorded: e.Recorded, event: e.SignalScored, rules: Rules) -> Follows:
    judgement, failures = judge(event.signal, state, rules)
    follows: list[Traced] = [(recorded.trace, failure) for failure in failures]
    return [*follows, (recorded.trace, e.SignalJudged(judgement=judgement))], []


def _judged(state: State, recorded: e.Recorded, event: e.SignalJudged, rules: Rules) -> Follows:
    judgement, trace = event.judgement, recorded.trace
    if judgement.decision is DecisionKind.ENTER:
        order = entry_order(judgement, state.now, rules.settings.orders)
        return [(trace, e.OrderPlaced(order=order))], []
    if judgement.decision is DecisionKind.QUEUED:
        return enqueue(judgement.signal, state, rules.settings.queue, judgement.reason), []
    if trace in state.queue:
        return [(trace, e.QueueDropped(reason=judgement.reason))], []
    return NOTHING


def _placed(state: State, _: e.Recorded, event: e.OrderPlaced, __: Rules) -> Follows:
    working = state.orders[event.order.client_order_id]
    return [], [e.Submit(order=event.order)] if working.status is Status.PLACED else []


def _retried(state: State, _: e.Recorded, event: e.OrderRetried, __: Rules) -> Follows:
    return [], [e.Submit(order=state.orders[event.client_order_id].order)]


# ---- the queue


def _taken(state: State, recorded: e.Recorded, _: e.QueueTaken, rules: Rules) -> Follows:
    item = state.queue[recorded.trace]
    signal = item.signal
    cluster = Cluster(
        symbol=signal.symbol,
        direction=signal.direction,
        trace=signal.trace,
        newest=signal.newest,
        members=signal.members,
    )
    return _score(current_cluster(state, cluster), state, rules, attempt=item.attempts + 1), []


def _in_flight(state: State, trace: str) -> QueueItem | None:
    item = state.queue.get(trace)
    return item if item is not None and item.in_flight else None


# ---- the venue's answers


def _accepted(state: State, recorded: e.Recorded, event: e.OrderAccepted, _: Rules) -> Follows:
    if state.orders[event.client_order_id].order.entry is not None and _in_flight(state, recorded.trace):
        return [(recorded.trace, e.QueueDrained())], []
    return NOTHING


def _limited(state: State, recorded: e.Recorded, event: e.RateLimited, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id)
    if working is None or working.order.entry is None:
        return NOTHING
    trace = recorded.trace
    if state.regime.regime not in rules.settings.queue.regimes:
        return NOTHING
    item = _in_flight(state, trace)
    signal = item.signal if item is not None else state.entering[trace]
    return enqueue(signal, state, rules.settings.queue, f"{event.reason} in {state.regime.regime}"), []


def _rejected(state: State, recorded: e.Recorded, event: e.OrderRejected, _: Rules) -> Follows:
    if _in_flight(state, recorded.trace):
        return [(recorded.trace, e.QueueDropped(reason=f"rejected: {event.reason}"))], []
    return NOTHING


def _unsure(state: State, _: e.Recorded, event: e.OrderUnknown, __: Rules) -> Follows:
    return [], [e.Find(order=state.orders[event.client_order_id].order)]


def _absent(state: State, _: e.Recorded, event: e.OrderAbsent, __: Rules) -> Follows:
    working = state.orders[event.client_order_id]
    if working.order.entry is not None and state.now >= working.order.expires_at:
        return [give_up(working, state, "never arrived, and its price is old")], []
    return [], [e.Submit(order=working.order)]


def _filled(state: State, recorded: e.Recorded, event: e.OrderFilled, rules: Rules) -> Follows:
    working = state.orders.get(event.client_order_id) or state.done[event.client_order_id]
    order = working.order
    position = state.positions[order.symbol]
    if order.entry is not None and len(working.executions) == 1:
        targets = tuple(target for _, rule in rules.exits for target in rule.plan())
        opened = e.PositionOpened(symbol=order.symbol, entry=order.entry, targets=targets)
        return [(recorded.trace, opened)], []
    if position.quantity <= 0:
        outcome = outcome_of(position, state.now)
        return [(recorded.trace, e.PositionClosed(outcome=outcome))], []
    return NOTHING


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


# ---- prices, time, exits


def _quote(state: State, _: e.Recorded, event: e.QuoteSeen, rules: Rules) -> Follows:
    symbol, settings = event.quote.symbol, rules.settings.regime
    changes: list[Traced] = []
    if symbol == settings.symbol:
        changes = [("", change) for change in regime.after_quote(state, event.quote.last, settings)]
    exits, effects = _exit_follows(state, symbol, rules)
    return changes + exits, effects


def _reading(state: State, _: e.Recorded, event: e.ReadingSeen, rules: Rules) -> Follows:
    if event.reading.name != "daily_close":
        return NOTHING
    return [("", change) for change in regime.after_close(state, rules.settings.regime)], []


def _tick(state: State, _: e.Recorded, __: e.Tick, rules: Rules) -> Follows:
    settings = rules.settings
    follows: list[Traced] = [("", change) for change in regime.after_time(state, settings.regime)]
    follows += work(state, settings.queue)
    follows += retries(state, settings.orders)
    for symbol in state.positions:
        follows += _exit_follows(state, symbol, rules)[0]
    effects: list[e.Effect] = [e.AskAccount()]
    if not venue_limited(state):
        effects += [e.Find(order=w.order) for w in state.orders.values() if w.status is Status.UNKNOWN]
    return follows, effects


def _exit_follows(state: State, symbol: str, rules: Rules) -> Follows:
    """Look at the exits of a position, unless one of its orders is still working."""
    position = state.positions.get(symbol)
    if position is None or position.quantity <= 0:
        return NOTHING
    trace = position.entry.trace
    follows: list[Traced] = []
    level = nearest(position, state, rules)
    if level != position.nearest_exit:
        follows.append((trace, e.ExitLevelMoved(symbol=symbol, level=level)))
    if not state.working(symbol):
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
    position = state.positions[event.symbol]
    price = state.price(event.symbol) or float(position.average_price)
    order = exit_order(position, event.decision, price, state.now, rules.settings.orders)
    return [(recorded.trace, e.OrderPlaced(order=order))], []


# ---- people and plugins


def _request(state: State, _: e.Recorded, event: e.RequestReceived, __: Rules) -> Follows:
    args = event.args
    match event.name:
        case "halt" if args.get("level") in HALTS:
            latched = e.HaltLatched(level=args["level"], reason=args.get("reason", ""), who=event.who)
            return [("", latched)], _answer(event, f"halted: {args['level']}")
        case "release" if state.halt is not None:
            return [("", e.HaltReleased(who=event.who))], _answer(event, "halt released")
        case "release":
            return [], _answer(event, "there was no halt")
        case "plugin" if args.get("name") in state.available and args.get("enabled") in ("true", "false"):
            return _toggle(event, args["name"], enabled=args["enabled"] == "true")
        case "stop":
            return [], [*_answer(event, "stopping"), e.Stop(reason=f"asked by {event.who}")]
        case _:
            return [], _answer(event, f"unknown request: {event.name} {args}", ok=False)


def _toggle(event: e.RequestReceived, name: str, *, enabled: bool) -> Follows:
    toggled = e.PluginToggled(plugin=name, enabled=enabled, who=event.who)
    effects: list[e.Effect] = [e.ApplyToggle(plugin=name, enabled=enabled)]
    return [("", toggled)], [*effects, *_answer(event, f"{name} is {'on' if enabled else 'off'}")]


def _answer(event: e.RequestReceived, text: str, *, ok: bool = True) -> list[e.Effect]:
    return [e.Answer(request=event.id, ok=ok, text=text)] if event.id > 0 else []


def _halted(state: State, _: e.Recorded, event: e.HaltLatched, rules: Rules) -> Follows:
    if event.level != "flatten":
        return NOTHING
    follows: list[Traced] = []
    for symbol in state.positions:
        follows += _exit_follows(state, symbol, rules)[0]
    return follows, []


def _failed(state: State, _: e.Recorded, event: e.PluginFailed, rules: Rules) -> Follows:
    failures = state.failures[event.plugin]
    if failures < rules.settings.guard.max_failures or event.plugin in state.quarantined:
        return NOTHING
    return [("", e.PluginQuarantined(plugin=event.plugin, failures=failures))], []


_STEPS: dict[type[e.Event], Step] = {
    e.AlertReceived: _alert,
    e.SignalScored: _scored,
    e.SignalJudged: _judged,
    e.OrderPlaced: _placed,
    e.OrderRetried: _retried,
    e.QueueTaken: _taken,
    e.OrderAccepted: _accepted,
    e.RateLimited: _limited,
    e.OrderRejected: _rejected,
    e.OrderUnknown: _unsure,
    e.OrderAbsent: _absent,
    e.OrderFilled: _filled,
    e.PositionClosed: _closed,
    e.QuoteSeen: _quote,
    e.ReadingSeen: _reading,
    e.Tick: _tick,
    e.ExitDecided: _exit_decided,
    e.RequestReceived: _request,
    e.HaltLatched: _halted,
    e.PluginFailed: _failed,
}
