"""What people ask for, and plugins that fail."""

from collections.abc import Callable

from core.domain import events as e
from core.domain.cancels import cancels
from core.domain.follows import NOTHING, Follows, Step
from core.domain.learning import asked
from core.domain.queueing import Traced
from core.domain.rules import Rules
from core.domain.state import State
from core.domain.step_broker import answered
from core.domain.step_exits import exit_follows

HALTS = ("entries", "reduce", "flatten")


def _request(state: State, _: e.Recorded, event: e.RequestReceived, __: Rules) -> Follows:
    return REQUESTS.get(event.name, _strange)(state, event)


def _halt(_: State, event: e.RequestReceived) -> Follows:
    level = event.args.get("level", "")
    if level not in HALTS:
        return _refused(event, f"a halt is one of {', '.join(HALTS)}")
    latched = e.HaltLatched(level=level, reason=event.args.get("reason", ""), who=event.who)
    return [("", latched)], _answer(event, f"halted: {level}")


def _release(state: State, event: e.RequestReceived) -> Follows:
    if state.halt is None:
        return [], _answer(event, "there was no halt")
    return [("", e.HaltReleased(who=event.who))], _answer(event, "halt released")


def _plugin(state: State, event: e.RequestReceived) -> Follows:
    name, enabled = event.args.get("name", ""), event.args.get("enabled")
    if name not in state.available or enabled not in ("true", "false"):
        return _refused(event, f"no plugin {name!r} that can be switched while running")
    return _toggle(event, name, enabled=enabled == "true")


def _reconcile(state: State, event: e.RequestReceived) -> Follows:
    symbol, answer = event.args.get("symbol", ""), event.args.get("answer", "")
    follows = answered(state, symbol, answer, event.who)
    if follows is None:
        return _refused(event, f"no difference about {symbol!r} waits for {answer!r}")
    return follows, [*_answer(event, f"{symbol}: {answer}"), e.AskBroker()]


def _learner(state: State, event: e.RequestReceived) -> Follows:
    decision, text = asked(state, event.args, event.who)
    if decision is None:
        return _refused(event, text)
    return [("", decision)], _answer(event, text)


def _stop(_: State, event: e.RequestReceived) -> Follows:
    return [], [*_answer(event, "stopping"), e.Stop(reason=f"asked by {event.who}")]


def _strange(_: State, event: e.RequestReceived) -> Follows:
    return _refused(event, f"unknown request {event.name!r}")


def _refused(event: e.RequestReceived, text: str) -> Follows:
    return [], _answer(event, text, ok=False)


REQUESTS: dict[str, Callable[[State, e.RequestReceived], Follows]] = {
    "halt": _halt,
    "release": _release,
    "plugin": _plugin,
    "reconcile": _reconcile,
    "learner": _learner,
    "stop": _stop,
}


def _toggle(event: e.RequestReceived, name: str, *, enabled: bool) -> Follows:
    toggled = e.PluginToggled(plugin=name, enabled=enabled, who=event.who)
    effects: list[e.Effect] = [e.ApplyToggle(plugin=name, enabled=enabled)]
    return [("", toggled)], [*effects, *_answer(event, f"{name} is {'on' if enabled else 'off'}")]


def _answer(event: e.RequestReceived, text: str, *, ok: bool = True) -> list[e.Effect]:
    return [e.Answer(request=event.id, ok=ok, text=text)] if event.id > 0 else []


def _halted(state: State, _: e.Recorded, event: e.HaltLatched, rules: Rules) -> Follows:
    follows: list[Traced] = []
    if event.level == "flatten":
        for symbol in state.positions:
            follows += exit_follows(state, symbol, rules)[0]
    return follows, cancels(state)


def _failed(state: State, _: e.Recorded, event: e.PluginFailed, rules: Rules) -> Follows:
    failures = state.failures[event.plugin]
    if failures < rules.settings.guard.max_failures or event.plugin in state.quarantined:
        return NOTHING
    return [("", e.PluginQuarantined(plugin=event.plugin, failures=failures))], []


PEOPLE: dict[type[e.Event], Step] = {
    e.RequestReceived: _request,
    e.HaltLatched: _halted,
    e.PluginFailed: _failed,
}
