"""The composite score of a cluster.

score = clamp(scale x sum(w x m x v) / sum(w), 0, scale) x freshness x regime modifier, sums over known components.
"""

from math import exp, isfinite

from msgspec.structs import replace

from tidegate.core.domain.events import PluginFailed
from tidegate.core.domain.guard import NonsenseError, as_float, guarded
from tidegate.core.domain.learning.updates import Belief, applied
from tidegate.core.domain.rules import Cluster, Learner, Rules, Scorer
from tidegate.core.domain.settings import Modifier, Score
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Component, Direction, Regime, Signal

MULTIPLIER_MIN, MULTIPLIER_MAX = 0.25, 2.5


def regime_modifier(regime: Regime, direction: Direction, rules: Score) -> float:
    """The factor of a regime for a direction; UNKNOWN scores as MIXED."""
    modifiers: dict[Regime, Modifier] = {
        Regime.RISK_ON: rules.risk_on,
        Regime.RISK_OFF: rules.risk_off,
        Regime.PANIC: rules.panic,
    }
    modifier = modifiers.get(regime, rules.mixed)
    return modifier.bullish if direction is Direction.BULLISH else modifier.bearish


def freshness(age_s: float, rules: Score) -> float:
    """exp(-age / freshness_min), age in minutes of the newest alert; an alert from ahead counts as age 0."""
    return exp(-max(0.0, age_s) / 60.0 / rules.freshness_min)


def composite(components: dict[str, Component], scale: float) -> float:
    """The clamped weighted mean of the known components, in [0, scale]; 0 when none is known."""
    known = [c for c in components.values() if c.value is not None]
    weight = sum(c.weight for c in known)
    if weight <= 0:
        return 0.0
    return min(scale, max(0.0, scale * sum(c.contribution for c in known) / weight))


def coverage(components: dict[str, Component]) -> float:
    """Known weight / enabled weight, in [0, 1]."""
    enabled = sum(c.weight for c in components.values())
    return sum(c.weight for c in components.values() if c.value is not None) / enabled if enabled > 0 else 0.0


def score(cluster: Cluster, state: State, rules: Rules, *, attempt: int = 1) -> tuple[Signal, list[PluginFailed]]:
    """Score a cluster on the current state. A scorer that fails is UNKNOWN and named."""
    failures: list[PluginFailed] = []
    components = _components(cluster, state, rules, failures)
    scored = multiplied(components, _multipliers(state, rules, failures))
    settings, regime = rules.settings.score, state.regime.regime
    fresh = freshness((state.now - cluster.newest).total_seconds(), settings)
    modifier = regime_modifier(regime, cluster.direction, settings)
    signal = Signal(
        trace=cluster.trace,
        symbol=cluster.symbol,
        direction=cluster.direction,
        at=state.now,
        newest=cluster.newest,
        members=cluster.members,
        components=scored,
        coverage=coverage(scored),
        freshness=fresh,
        regime=regime,
        regime_modifier=modifier,
        score=composite(scored, settings.scale) * fresh * modifier,
        decision_price=state.price(cluster.symbol),
        attempt=attempt,
        shadow_score=_shadow(components, state, rules, failures, fresh * modifier),
    )
    return signal, failures


def multiplied(components: dict[str, Component], multipliers: dict[str, float]) -> dict[str, Component]:
    """The components with their learned multipliers; 1.0 for those that have none."""
    if not multipliers:
        return components
    return {name: replace(component, multiplier=multipliers.get(name, 1.0)) for name, component in components.items()}


def _shadow(
    components: dict[str, Component], state: State, rules: Rules, failures: list[PluginFailed], factor: float
) -> float | None:
    """The score by the newest beliefs; None when no learner is in shadow mode."""
    if not state.shadows:
        return None
    newest = multiplied(components, _multipliers(state, rules, failures, newest=True))
    return composite(newest, rules.settings.score.scale) * factor


def _components(cluster: Cluster, state: State, rules: Rules, failures: list[PluginFailed]) -> dict[str, Component]:
    return {
        key.partition(".")[2]: Component(
            value=guarded(failures, key, None, _value, scorer, cluster, state), weight=scorer.weight
        )
        for key, scorer in rules.scorers
        if state.active(key)
    }


def _value(scorer: Scorer, cluster: Cluster, state: State) -> float | None:
    value = scorer.score(cluster, state)
    if value is not None and not -1.0 <= value <= 1.0:
        raise NonsenseError(f"scored {value}, outside [-1, 1]")
    return as_float(value)


def _multipliers(state: State, rules: Rules, failures: list[PluginFailed], *, newest: bool = False) -> dict[str, float]:
    """What the learners make of each component in the current regime; `newest`: also what is not applied yet."""
    found: dict[str, float] = {}
    for key, learner in rules.learners:
        if not state.active(key):
            continue
        belief = state.beliefs.get(key, {}) if newest else applied(state, key)
        learned = guarded(failures, key, {}, _learned, learner, state.regime.regime, belief)
        for name, value in learned.items():
            found[name] = min(MULTIPLIER_MAX, max(MULTIPLIER_MIN, found.get(name, 1.0) * value))
    return found


def _learned(learner: Learner, regime: Regime, belief: Belief) -> dict[str, float]:
    """All that a learner says of a regime, or nothing of it: half an answer would be a third opinion."""
    learned: object = learner.multipliers(regime, belief)
    if not isinstance(learned, dict):
        raise NonsenseError(f"multiplies by {type(learned).__name__}, not by a dict")
    for name, value in learned.items():
        if not (isinstance(name, str) and isinstance(value, float | int) and isfinite(value)):
            raise NonsenseError(f"multiplies {name!r} by {value!r}")
    return learned
