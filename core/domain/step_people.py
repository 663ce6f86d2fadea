"""What people ask for, and plugins that fail."""

from core.domain import events as e
from core.domain.follows import NOTHING, Follows, Step
from core.domain.queueing import Traced
from core.domain.rules import Rules
from core.domain.state import State
from core.domain.step_positions import exit_follows

HALTS = ("entries", "reduce", "flatten")


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
        follows += exit_follows(state, symbol, rules)[0]
    return follows, []


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
