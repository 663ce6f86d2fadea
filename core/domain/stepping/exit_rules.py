"""Leaving a position: the rules in order, the first full exit wins, partial ones add up."""

from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec.structs import replace

from tidegate.core.domain.events import PluginFailed
from tidegate.core.domain.ids import client_order_id
from tidegate.core.domain.orders import Order, Side
from tidegate.core.domain.ownership import sellable
from tidegate.core.domain.positions import Entry, ExitDecision, ExitLevel, Position
from tidegate.core.domain.rules import Exit, Rules
from tidegate.core.domain.settings import Orders
from tidegate.core.domain.signals.judging import as_float
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Direction, Judgement

NO_COLLAR = Orders(collar_pct=0.0)
STOP_LIFETIME = timedelta(days=90)


def decide(position: Position, state: State, rules: Rules) -> tuple[ExitDecision | None, list[PluginFailed]]:
    """What the rules want of a position now. A rule that fails is left out and named."""
    failures: list[PluginFailed] = []
    partial: list[ExitDecision] = []
    for key, rule in rules.exits:
        wanted = _ask(key, rule, position, state, failures)
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
    levels = []
    for key, rule in rules.exits:
        if not state.active(key):
            continue
        try:
            level = rule.level(position, state)
        except Exception:  # noqa: BLE001, S112 - its check() fails as well and is named there
            continue
        if level is not None:
            levels.append(ExitLevel(rule=level.rule, price=round(level.price, 2)))
    return min(levels, key=lambda level: abs(level.price - price), default=None)


def limit_price(side: Side, price: Decimal, rules: Orders) -> Decimal:
    """A marketable limit: the price plus (buy) or minus (sell) the collar, in whole cents (under 1 USD: 1/100 cent)."""
    step = Decimal("0.01") if price >= 1 else Decimal("0.0001")
    raw = price * (1 + side.sign * Decimal(str(rules.collar_pct)) / 100)
    return raw.quantize(step, ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)


def entry_order(judgement: Judgement, at: datetime, rules: Orders) -> Order:
    """The order that a judged signal becomes; the decision price is known, or the size verdict had blocked."""
    signal = judgement.signal
    price = Decimal(str(signal.decision_price))
    side = Side.BUY if signal.direction is Direction.BULLISH else Side.SELL
    entry = Entry(
        trace=signal.trace,
        at=at,
        direction=signal.direction,
        score=signal.score,
        components=signal.components,
        coverage=signal.coverage,
        regime=signal.regime,
        regime_modifier=signal.regime_modifier,
        ignition_status=judgement.ignition,
        verdicts=judgement.verdicts,
    )
    return Order(
        client_order_id=client_order_id(signal.symbol, "entry1", signal.trace),
        trace=signal.trace,
        symbol=signal.symbol,
        leg="entry1",
        side=side,
        quantity=judgement.quantity,
        limit=limit_price(side, price, rules),
        decision_price=price,
        placed_at=at,
        expires_at=at + timedelta(seconds=rules.lifetime_s),
        entry=entry,
    )


def exit_order(state: State, position: Position, decision: ExitDecision, rules: Orders) -> Order:
    """The order that carries out an exit decision at the last known price, for no more shares than the broker has.

    A full exit takes all that is open now.
    """
    at, price = state.now, state.price(position.symbol) or float(position.average_price)
    open_now = min(position.quantity, sellable(state, position))
    leg = f"exit{position.exit_legs + 1}"
    side = Side.SELL if position.side.sign > 0 else Side.BUY
    decided = Decimal(str(price))
    return Order(
        client_order_id=client_order_id(position.symbol, leg, position.entry.trace),
        trace=position.entry.trace,
        symbol=position.symbol,
        leg=leg,
        side=side,
        quantity=open_now if decision.full else min(decision.quantity, open_now),
        limit=limit_price(side, decided, rules),
        decision_price=decided,
        placed_at=at,
        expires_at=at + timedelta(seconds=rules.lifetime_s),
        exit=decision,
    )


def stop_order(position: Position, shares: Decimal, at: datetime, rules: Orders) -> Order:
    """The protective stop for so many shares, `protective_stop_pct` from the entry; it outlives the day."""
    leg = f"stop{position.stop_legs + 1}"
    side = Side.SELL if position.side.sign > 0 else Side.BUY
    price = limit_price(side, Decimal(str(position.at_offset(-rules.protective_stop_pct))), NO_COLLAR)
    return Order(
        client_order_id=client_order_id(position.symbol, leg, position.entry.trace),
        trace=position.entry.trace,
        symbol=position.symbol,
        leg=leg,
        side=side,
        quantity=shares,
        limit=price,
        decision_price=price,
        placed_at=at,
        expires_at=at + STOP_LIFETIME,
        stop=price,
    )


def _ask(key: str, rule: Exit, position: Position, state: State, failures: list[PluginFailed]) -> ExitDecision | None:
    if not state.active(key):
        return None
    try:
        wanted = rule.check(position, state)
        useful = wanted is not None and wanted.quantity > 0
        if wanted is not None and useful:
            wanted = replace(wanted, measured=as_float(wanted.measured), limit=as_float(wanted.limit))
    except Exception as error:  # noqa: BLE001 - the other exits go on
        failures.append(PluginFailed(plugin=key, reason=f"{type(error).__name__}: {error}"))
        return None
    return wanted if useful else None


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
