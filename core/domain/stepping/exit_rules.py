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
    ends = _ends(state, position.symbol) or (state,)
    for key, rule in rules.exits:
        wanted = guarded(failures, key, None, _wanted, rule, position, ends) if state.active(key) else None
        if wanted is None:
            continue
        if wanted.full or wanted.quantity >= position.quantity:
            return _full(wanted, position), failures
        partial.append(wanted)
    return _together(partial, position), failures


def nearest(position: Position, state: State, rules: Rules) -> ExitLevel | None:
    """The exit whose price is nearest to the last price that counted, however old, rounded to cents."""
    price = state.last_price(position.symbol)
    if price is None:
        return None
    ignored: list[PluginFailed] = []  # a rule that cannot say its level still leaves: its check() is judged by itself
    known = [
        guarded(ignored, key, None, _level, rule, position, state) for key, rule in rules.exits if state.active(key)
    ]
    levels = [level for level in known if level is not None]
    return min(levels, key=lambda level: abs(level.price - price), default=None)


def _wanted(rule: Exit, position: Position, ends: tuple[State, ...]) -> ExitDecision | None:
    """What a rule wants; while the touch is wide, what it wants at both ends of it: the lesser of the two."""
    if len(ends) == 1:
        return _checked(rule, position, ends[0])
    wanted = [_checked(rule, position, end) for end in ends]
    least = [each for each in wanted if each is not None]
    return min(least, key=_extent) if len(least) == len(wanted) else None


def _ends(state: State, symbol: str) -> tuple[State, ...]:
    """The state with the price at either end of a wide touch; none when the newest touch is not wide."""
    ends, known = state.interval(symbol), state.symbols.get(symbol)
    if ends is None or known is None or known.door is None:
        return ()
    door = known.door
    return tuple(
        replace(state, symbols={**state.symbols, symbol: replace(known, door=replace(door, price=end, low=None))})
        for end in ends
    )


def _checked(rule: Exit, position: Position, state: State) -> ExitDecision | None:
    wanted = rule.check(position, state)
    if wanted is None or wanted.quantity <= 0:
        return None
    return replace(wanted, measured=as_float(wanted.measured), limit=as_float(wanted.limit))


def _extent(wanted: ExitDecision) -> tuple[Decimal, float]:
    """How much a decision sells, and how far past its limit it is."""
    past = 0.0 if wanted.measured is None or wanted.limit is None else abs(wanted.measured - wanted.limit)
    return wanted.quantity, past


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
