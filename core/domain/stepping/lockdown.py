"""Lockdowns: what people ask of them, what they refuse, and halts that the engine latches by itself.

The code, configuration, toggles and versions that a lockdown seals are read by the engine's shell, which answers
`TakeSeal` with `LockdownSealed` or `LockdownRefused`; every later difference comes as `DriftSeen`.
"""

from datetime import date

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, answer, refused
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.values.halts import HaltLevel

REFUSED = {
    "plugin": "plugins are not switched",
    "learner": "learners are not reset, rolled back, promoted or thawed",
}
ALLOWED = ("freeze",)  # what a learner may still be asked: it only makes it stand still


LOCKDOWN: Handlers[Step] = Handlers()


def locked(state: State, event: e.RequestReceived) -> str | None:
    """Why a lockdown refuses a request, as a sentence; None when it does not."""
    if state.lockdown is None or event.name not in REFUSED or event.args.get("action") in ALLOWED:
        return None
    return (
        f"under lockdown since {state.lockdown.since:%Y-%m-%d %H:%M} UTC ({state.lockdown.reason}) "
        f"{REFUSED[event.name]}: `tidegate lockdown --lift` ends it"
    )


def lockdown(state: State, event: e.RequestReceived) -> Follows:
    """Ask the shell for the seal."""
    if state.lockdown is not None:
        return refused(event, f"locked down already by {state.lockdown.who}: lift it first, then seal anew")
    try:
        until = date.fromisoformat(event.args["until"]) if event.args.get("until") else None
    except ValueError:
        return refused(event, f"{event.args['until']!r} is no date")
    return [], [e.TakeSeal(request=event.id, reason=event.args.get("reason", ""), who=event.who, until=until)]


def lift(state: State, event: e.RequestReceived) -> Follows:
    """End the lockdown."""
    if state.lockdown is None:
        return [], answer(event.id, "there was no lockdown")
    return [("", e.LockdownLifted(who=event.who))], answer(event.id, "lockdown lifted")


@LOCKDOWN.handles
def _sealed(_: State, __: e.Recorded, event: e.LockdownSealed, ___: Rules) -> Follows:
    seal = event.seal
    text = f"locked down: {len(seal.files)} files, {len(seal.config)} settings, {len(seal.toggles)} plugins and "
    return [], answer(event.request, f"{text}{len(seal.versions)} versions are sealed as {seal.digest[:16]}")


@LOCKDOWN.handles
def _refused(_: State, __: e.Recorded, event: e.LockdownRefused, ___: Rules) -> Follows:
    return [], answer(event.request, event.reason, ok=False)


def _latched(state: State, reason: str) -> Follows:
    """The latch that people use, for entries; a halt that stands is left as it is."""
    if state.halt is not None:
        return NOTHING
    return [("", e.HaltLatched(level=HaltLevel.ENTRIES, reason=reason, who=e.ENGINE))], []


def unreconciled(state: State, rules: Rules) -> Follows:
    """A halt once the books have differed, or were not compared, for too long; asked at every tick."""
    since, limit_s = state.unreconciled_since, rules.settings.halts.unreconciled_s
    if since is None or (state.now - since).total_seconds() <= limit_s:
        return NOTHING
    named = ", ".join(state.differences) or "not compared yet"
    return _latched(state, f"books unresolved for more than {limit_s:g} s: {named}")


@LOCKDOWN.handles
def _storage(state: State, _: e.Recorded, event: e.StorageFailed, __: Rules) -> Follows:
    return _latched(state, f"the journal cannot be written: {event.reason}")


@LOCKDOWN.handles
def _disk(state: State, _: e.Recorded, event: e.DiskLow, __: Rules) -> Follows:
    return _latched(state, f"{event.free_mb:,.0f} MB free on the journal's disk, limit {event.limit_mb:g}")


@LOCKDOWN.handles
def _clock(state: State, _: e.Recorded, event: e.ClockSkewed, __: Rules) -> Follows:
    return _latched(state, f"the clock is {event.skew_s:+,.1f} s from {event.against}, limit {event.limit_s:g}")
