"""The market's regime from daily closes, with hysteresis, and the intraday trigger.

Inputs: annualised 20-day realised volatility (standard deviation of log returns x sqrt(252)), drawdown from the
60-day high, 20-day return, and the last day's return, all in percent.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log, sqrt
from statistics import stdev

from core.domain.events import RegimeChanged
from core.domain.settings import RegimeRules
from core.domain.state import RegimeState, State
from core.domain.values import Regime

SEVERITY = {Regime.RISK_ON: 0, Regime.MIXED: 1, Regime.RISK_OFF: 2, Regime.PANIC: 3}
RETURN_DAYS, HIGH_DAYS, YEAR_DAYS = 20, 60, 252


def inputs_of(closes: Sequence[float]) -> dict[str, float] | None:
    """Volatility, drawdown, return and last day's return in percent; None with fewer than 21 closes."""
    if len(closes) <= RETURN_DAYS:
        return None
    recent = closes[-RETURN_DAYS - 1 :]
    returns = [log(b / a) for a, b in pairwise(recent)]
    return {
        "volatility": stdev(returns) * sqrt(YEAR_DAYS) * 100.0,
        "drawdown": (1.0 - closes[-1] / max(closes[-HIGH_DAYS:])) * 100.0,
        "return_20d": (closes[-1] / recent[0] - 1.0) * 100.0,
        "return_1d": (closes[-1] / closes[-2] - 1.0) * 100.0,
    }


def classify(inputs: dict[str, float], rules: RegimeRules) -> Regime:
    """One day's regime by ordered thresholds, worst first, without memory."""
    volatility, drawdown = inputs["volatility"], inputs["drawdown"]
    if (
        volatility >= rules.panic_volatility
        or (volatility >= rules.panic_volatility_drawn and drawdown >= rules.panic_drawdown)
        or inputs["return_1d"] <= -rules.panic_day
    ):
        return Regime.PANIC
    if volatility >= rules.risk_off_volatility or drawdown >= rules.risk_off_drawdown:
        return Regime.RISK_OFF
    if volatility < rules.risk_on_volatility and inputs["return_20d"] > 0:
        return Regime.RISK_ON
    return Regime.MIXED


def settle(known: RegimeState, rules: RegimeRules) -> tuple[Regime, dict[str, float]]:
    """The regime after the newest close: worse at once, better only after `better_days` better days in a row."""
    closes = known.closes
    days = [inputs_of(closes[: len(closes) - back]) for back in range(rules.better_days)]
    today = days[0]
    if today is None:
        return Regime.UNKNOWN, {}
    raw = classify(today, rules)
    if known.regime is Regime.UNKNOWN or SEVERITY[raw] >= SEVERITY[known.regime]:
        return raw, today
    past = [classify(day, rules) for day in days if day is not None]
    if len(past) < rules.better_days or any(SEVERITY[day] >= SEVERITY[known.regime] for day in past):
        return known.regime, today
    return max(past, key=SEVERITY.__getitem__), today


def after_close(state: State, rules: RegimeRules) -> list[RegimeChanged]:
    """The change of regime that the newest daily close brings, if any."""
    regime, inputs = settle(state.regime, rules)
    return _change(state, regime, inputs, "daily close", rules)


def after_quote(state: State, price: float, rules: RegimeRules) -> list[RegimeChanged]:
    """PANIC at once when the market trades `panic_intraday` percent below the previous close."""
    known = state.regime
    if known.regime in (Regime.PANIC, Regime.UNKNOWN) or not known.closes:
        return []
    change = (price / known.closes[-1] - 1.0) * 100.0
    if change > -rules.panic_intraday:
        return []
    return _change(state, Regime.PANIC, {**known.inputs, "intraday": change}, "intraday fall", rules)


def after_time(state: State, rules: RegimeRules) -> list[RegimeChanged]:
    """UNKNOWN when the newest close is too old to say anything."""
    known = state.regime
    if known.regime is Regime.UNKNOWN or known.close_at is None:
        return []
    if (state.now - known.close_at).total_seconds() <= rules.max_age_days * 86_400.0:
        return []
    return _change(state, Regime.UNKNOWN, known.inputs, "stale closes", rules)


def confidence(inputs: dict[str, float], rules: RegimeRules) -> float:
    """How far volatility and drawdown are from the nearest threshold, 0 (on it) to 1 (far)."""
    if not inputs:
        return 0.0
    marks = (rules.risk_on_volatility, rules.risk_off_volatility, rules.panic_volatility)
    gap = min(abs(inputs["volatility"] - mark) / mark for mark in marks)
    return round(min(1.0, gap * 2.0), 4)


def _change(
    state: State, regime: Regime, inputs: dict[str, float], reason: str, rules: RegimeRules
) -> list[RegimeChanged]:
    before = state.regime.regime
    if regime is before:
        return []
    rounded = {name: round(value, 4) for name, value in inputs.items()}
    sure = 0.0 if regime is Regime.UNKNOWN else 1.0 if "intraday" in inputs else confidence(inputs, rules)
    return [RegimeChanged(regime=regime, before=before, confidence=sure, inputs=rounded, reason=reason)]
