"""Judging a signal: every gate answers, even after a block, and none is left out because another failed."""

from decimal import Decimal

from msgspec.structs import replace

from tidegate.core.domain.events import PluginFailed
from tidegate.core.domain.guard import NonsenseError, as_float, guarded
from tidegate.core.domain.net_delta import net_delta_pct
from tidegate.core.domain.ownership import none_left
from tidegate.core.domain.rules import Gate, Rules
from tidegate.core.domain.signals.sizing import size
from tidegate.core.domain.state import State
from tidegate.core.domain.values import DecisionKind, Ignition, Judgement, Policy, Result, Signal, Verdict, unknown
from tidegate.core.domain.values.halts import Halt
from tidegate.core.domain.values.lockdown import Lockdown, in_short

RECONCILED, STORAGE, LOCKDOWN, HALT = "reconciled", "storage", "lockdown", "halt"
IGNITION = {Result.PASS: Ignition.PASSED, Result.BLOCK: Ignition.BLOCKED, Result.UNKNOWN: Ignition.UNKNOWN}


def judge(signal: Signal, state: State, rules: Rules) -> tuple[Judgement, list[PluginFailed]]:
    """All verdicts on a signal, the size, and the decision; with the gates that failed."""
    failures: list[PluginFailed] = []
    verdicts = [_ask(key, gate, signal, state, failures) for key, gate in rules.gates if state.toggled.get(key, True)]
    if state.storage_failed is not None:
        reason = f"the journal cannot be written: {state.storage_failed}"
        verdicts.append(Verdict(gate=STORAGE, result=Result.BLOCK, reason=reason))
    if state.halt is not None and not any(each.gate == HALT and each.blocks for each in verdicts):
        verdicts.append(_halted(state.halt))
    if state.lockdown is not None:
        verdicts.append(_as_sealed(state.lockdown))
    if state.reconciles:
        verdicts.append(_reconciled(signal.symbol, state))
    quantity, sized = size(signal.score, signal.decision_price, state.account, rules.settings.size)
    verdicts.append(sized)
    decision, reason = _decide(signal, verdicts, state, rules)
    judgement = Judgement(
        signal=signal,
        decision=decision,
        verdicts=tuple(verdicts),
        reason=reason,
        quantity=Decimal(0) if decision is DecisionKind.BLOCKED else quantity,
        net_delta_pct=net_delta_pct(state),
        ignition=next((IGNITION[v.result] for v in verdicts if v.gate == "ignition"), Ignition.NOT_CHECKED),
    )
    return judgement, failures


def _reconciled(symbol: str, state: State) -> Verdict:
    """No entry before our book and the broker's agree; this is no plugin, so nobody can switch it off.

    None either in what a person said to leave alone: the two holdings could no longer be told apart.
    """
    if state.venue.unavailable is not None:
        return Verdict(gate=RECONCILED, result=Result.BLOCK, reason=f"broker unreachable: {state.venue.unavailable}")
    if state.lacking and (symbol in state.lacking or none_left(state)):
        named = ", ".join(state.lacking)
        reason = f"the broker's list lacks shares of ours, and nothing proves that they went: {named}"
        return Verdict(gate=RECONCILED, result=Result.BLOCK, reason=reason)
    if state.differences and (state.reconciled_at is None or symbol in state.differences):
        named = ", ".join(state.differences)
        return Verdict(gate=RECONCILED, result=Result.BLOCK, reason=f"books differ, waiting for an answer: {named}")
    if state.reconciled_at is None:
        return Verdict(gate=RECONCILED, result=Result.BLOCK, reason="books not compared yet")
    if symbol in state.ignored:
        reason = f"{symbol} at the broker is left alone, as a person answered"
        return Verdict(gate=RECONCILED, result=Result.BLOCK, reason=reason)
    return Verdict(gate=RECONCILED, result=Result.PASS)


def _halted(halt: Halt) -> Verdict:
    """A halt holds although the gate that tells it was switched off."""
    return Verdict(gate=HALT, result=Result.BLOCK, reason=f"halted ({halt.level}) by {halt.who}: {halt.reason}")


def _as_sealed(lockdown: Lockdown) -> Verdict:
    """No entry while anything differs from what was sealed; nobody can switch this off either."""
    if lockdown.drift:
        return Verdict(gate=LOCKDOWN, result=Result.BLOCK, reason=in_short(lockdown.drift))
    return Verdict(gate=LOCKDOWN, result=Result.PASS)


def describe(verdict: Verdict) -> str:
    """A verdict in a line: "concentration 71.2 > 70 %", or its reason."""
    if verdict.measured is None or verdict.limit is None:
        return f"{verdict.gate}: {verdict.reason or verdict.result.value.lower()}"
    sign = ">" if verdict.measured > verdict.limit else "<" if verdict.measured < verdict.limit else "="
    return f"{verdict.gate} {verdict.measured:,.4g} {sign} {verdict.limit:,.4g} {verdict.unit}".rstrip()


def _decide(signal: Signal, verdicts: list[Verdict], state: State, rules: Rules) -> tuple[DecisionKind, str]:
    blocking = [v for v in verdicts if v.blocks]
    if blocking:
        return DecisionKind.BLOCKED, "; ".join(describe(v) for v in blocking)
    limited = state.venue.limited_until
    if limited is not None and state.now < limited and signal.regime in rules.settings.queue.regimes:
        return DecisionKind.QUEUED, f"venue limited in {signal.regime}"
    return DecisionKind.ENTER, ""


def _ask(key: str, gate: Gate, signal: Signal, state: State, failures: list[PluginFailed]) -> Verdict:
    verdict = _answer(key, gate, signal, state, failures)
    policy = Policy(gate.on_error) if verdict.result is Result.UNKNOWN else verdict.policy
    return replace(verdict, gate=key.partition(".")[2], policy=policy)


def _answer(key: str, gate: Gate, signal: Signal, state: State, failures: list[PluginFailed]) -> Verdict:
    if key in state.quarantined:
        return unknown("quarantined")
    answer = guarded(failures, key, None, _checked, gate, signal, state)
    return unknown(f"failed: {failures[-1].reason.partition(':')[0]}") if answer is None else answer


def _checked(gate: Gate, signal: Signal, state: State) -> Verdict:
    answer: object = gate.check(signal, state)
    if not isinstance(answer, Verdict):
        raise NonsenseError(f"answered {type(answer).__name__}, not a Verdict")
    return replace(answer, measured=as_float(answer.measured), limit=as_float(answer.limit))
