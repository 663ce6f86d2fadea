"""What people ask for, and plugins that fail."""

from collections.abc import Callable

from tidegate.core.domain import events as e
from tidegate.core.domain.books.cancels import cancels
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.follows import NOTHING, Follows, Step, Traced, answer, refused
from tidegate.core.domain.learning.updates import asked
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.broker import answered
from tidegate.core.domain.stepping.exits import exit_follows
from tidegate.core.domain.stepping.lockdown import lift, lockdown, locked
from tidegate.core.domain.values.differences import ANSWERS, Settlement
from tidegate.core.domain.values.halts import HaltLevel

HERE = "here"
PEOPLE: Handlers[Step] = Handlers()


@PEOPLE.handles
def _request(state: State, _: e.Recorded, event: e.RequestReceived, __: Rules) -> Follows:
    if (why := locked(state, event)) is not None:
        return refused(event, why)
    return REQUESTS.get(event.name, _strange)(state, event)


def _halt(state: State, event: e.RequestReceived) -> Follows:
    wanted = event.args.get("level", "")
    if wanted not in list(HaltLevel):
        return refused(event, f"a halt is one of {', '.join(HaltLevel)}")
    level = HaltLevel(wanted)
    if state.halt is not None and level.below(state.halt.level):
        return [], answer(event.id, f"halted already: {state.halt.level}, which stops more than {level}")
    latched = e.HaltLatched(level=level, reason=event.args.get("reason", ""), who=event.who)
    return [("", latched)], answer(event.id, f"halted: {level}")


def _release(state: State, event: e.RequestReceived) -> Follows:
    follows: list[Traced] = [] if state.halt is None else [("", e.HaltReleased(who=event.who))]
    said = "there was no halt" if state.halt is None else "halt released"
    if event.args.get("from") != HERE:
        return follows, answer(event.id, said)
    equity = state.lowest_equity
    if equity is None or equity <= 0:
        return refused(event, "the account's equity is not known yet, so the drawdown cannot count from it")
    follows.append(("", e.DrawdownRestarted(who=event.who, equity=equity)))
    return follows, answer(event.id, f"{said}; the drawdown counts from {equity:,.2f} USD")


def _plugin(state: State, event: e.RequestReceived) -> Follows:
    name, enabled = event.args.get("name", ""), event.args.get("enabled")
    if name not in state.available or enabled not in ("true", "false"):
        return refused(event, f"no plugin {name!r} that can be switched while running")
    return _toggle(event, name, enabled=enabled == "true")


def _reconcile(state: State, event: e.RequestReceived) -> Follows:
    symbol, word = event.args.get("symbol", ""), event.args.get("answer", "")
    follows = answered(state, symbol, Settlement(word), event.who) if word in ANSWERS else None
    if follows is None:
        return refused(event, f"no difference about {symbol!r} waits for {word!r}")
    if not follows:
        return refused(event, f"nobody has told a price of {symbol} yet to take it over at: --ignore it, or try again")
    return follows, [*answer(event.id, f"{symbol}: {word}"), e.AskBroker()]


def _learner(state: State, event: e.RequestReceived) -> Follows:
    decision, text = asked(state, event.args, event.who)
    if decision is None:
        return refused(event, text)
    return [("", decision)], answer(event.id, text)


def _stop(_: State, event: e.RequestReceived) -> Follows:
    return [], [*answer(event.id, "stopping"), e.Stop(reason=f"asked by {event.who}")]


def _strange(_: State, event: e.RequestReceived) -> Follows:
    return refused(event, f"unknown request {event.name!r}")


REQUESTS: dict[str, Callable[[State, e.RequestReceived], Follows]] = {
    "halt": _halt,
    "release": _release,
    "plugin": _plugin,
    "reconcile": _reconcile,
    "learner": _learner,
    "lockdown": lockdown,
    "lift": lift,
    "stop": _stop,
}


def _toggle(event: e.RequestReceived, name: str, *, enabled: bool) -> Follows:
    toggled = e.PluginToggled(plugin=name, enabled=enabled, who=event.who)
    effects: list[e.Effect] = [e.ApplyToggle(plugin=name, enabled=enabled)]
    return [("", toggled)], [*effects, *answer(event.id, f"{name} is {'on' if enabled else 'off'}")]


@PEOPLE.handles
def _halted(state: State, _: e.Recorded, event: e.HaltLatched, rules: Rules) -> Follows:
    follows: list[Traced] = []
    if event.level is HaltLevel.FLATTEN:
        for symbol in state.positions:
            follows += exit_follows(state, symbol, rules)[0]
    return follows, cancels(state)


@PEOPLE.handles
def _failed(state: State, _: e.Recorded, event: e.PluginFailed, rules: Rules) -> Follows:
    failures = state.failures[event.plugin]
    if failures < rules.settings.guard.max_failures or event.plugin in state.quarantined:
        return NOTHING
    return [("", e.PluginQuarantined(plugin=event.plugin, failures=failures))], []
