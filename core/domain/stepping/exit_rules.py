"""Leaving a position: the rules in order, the first full exit wins, partial ones add up."""

from decimal import Decimal
from math import isfinite

from msgspec.structs import replace

from tidegate.core.domain.events import PluginFailed
from tidegate.core.domain.guard import NonsenseError, as_float, guarded
from tidegate.core.domain.positions import ExitDecision, ExitLevel, Position
from tidegate.core.domain.rules import Exit, Rules
from tidegate.core.domain.state import State


def decide(position: Position, state: State, rules: Rules) -> tuple[ExitDecision | None, list[PluginFailed]]:
    """What the rules want of a position now. A rule that fails is left out and named."""
    failures: list[PluginFailed] = []
    partial: list[ExitDecision] = []
    for key, rule in rules.exits:
        wanted = guarded(failures, key, None, _wanted, rule, position, state) if state.active(key) else None
        if wanted is None:
            continue
        if wanted.full or wanted.quantity >= position.quantity:
            return _full(wanted, position), failures
        partial.append(wanted)
    return _together(partial, position), failures


def nearest(position: Position, state: State, rules: Rules) -> ExitLevel | None:
    """The exit whose price is nearest to the last price, rounded to cents."""
    price = state.price(position.symbol)
    if price is None:
        return None
    ignored: list[PluginFailed] = []  # a rule that cannot say its level still leaves: its check() is judged by itself
    known = [
        guarded(ignored, key, None, _level, rule, position, state) for key, rule in rules.exits if state.active(key)
    ]
    levels = [level for level in known if level is not None]
    return min(levels, key=lambda level: abs(level.price - price), default=None)


def _wanted(rule: Exit, position: Position, state: State) -> ExitDecision | None:
    wanted = rule.check(position, state)
    if wanted is None or wanted.quantity <= 0:
        return None
    return replace(wanted, measured=as_float(wanted.measured), limit=as_float(wanted.limit))


def _level(rule: Exit, position: Position, state: State) -> ExitLevel | None:
    level = rule.level(position, state)
    if level is None:
        return None
    if not isfinite(level.price):
        raise NonsenseError(f"would leave at {level.price}")
    return ExitLevel(rule=level.rule, price=round(level.price, 2))


def _full(wanted: ExitDecision, position: Position) -> ExitDecision:
    return ExitDecision(
        rule=wanted.rule,
        quantity=position.quantity,
        full=True,
        reason=wanted.reason,
        measured=wanted.measured,
        limit=wanted.limit,
        unit=wanted.unit,
        targets=wanted.targets,
    )


def _together(partial: list[ExitDecision], position: Position) -> ExitDecision | None:
    if len(partial) < 2:
        return partial[0] if partial else None
    quantity = min(position.quantity, sum((each.quantity for each in partial), Decimal(0)))
    return ExitDecision(
        rule="+".join(each.rule for each in partial),
        quantity=quantity,
        full=quantity == position.quantity,
        reason="; ".join(each.reason for each in partial),
        targets=tuple(index for each in partial for index in each.targets),
    )
