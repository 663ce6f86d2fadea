"""The market's regime from daily closes, with hysteresis, and the intraday trigger.

Inputs, in percent: annualised 20-day realised volatility (standard deviation of log returns x sqrt(252)), drawdown
from the 60-day high, 20-day return, and the last day's return; besides, the VIX in points when a source says it.

Hysteresis: RISK_OFF and PANIC come at once. RISK_ON gives way to MIXED after `calm_days` MIXED days in a row, and a
worse regime to a better one after `better_days` better days in a row, all of them since it began.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import fsum, log, sqrt

from tidegate.core.domain.events import RegimeChanged
from tidegate.core.domain.settings import RegimeRules
from tidegate.core.domain.state import RegimeState, State
from tidegate.core.domain.values import Regime

SEVERITY = {Regime.RISK_ON: 0, Regime.MIXED: 1, Regime.RISK_OFF: 2, Regime.PANIC: 3}
RETURN_DAYS, HIGH_DAYS, YEAR_DAYS = 20, 60, 252
Inputs = dict[str, float]


def inputs_of(closes: Sequence[float]) -> Inputs | None:
    """Volatility, drawdown, return and last day's return in percent; None with fewer than 21 closes."""
    if len(closes) <= RETURN_DAYS:
        return None
    recent = closes[-RETURN_DAYS - 1 :]
    returns = [log(b / a) for a, b in pairwise(recent)]
    return {
        "volatility": _deviation(returns) * sqrt(YEAR_DAYS) * 100.0,
        "drawdown": (1.0 - closes[-1] / max(closes[-HIGH_DAYS:])) * 100.0,
        "return_20d": (closes[-1] / recent[0] - 1.0) * 100.0,
        "return_1d": (closes[-1] / closes[-2] - 1.0) * 100.0,
    }


def classify(inputs: Inputs, rules: RegimeRules) -> Regime:
    """One day's regime by ordered thresholds, worst first, without memory."""
    volatility, drawdown, vix = inputs["volatility"], inputs["drawdown"], inputs.get("vix", 0.0)
    if (
        volatility >= rules.panic_volatility
        or (volatility >= rules.panic_volatility_drawn and drawdown >= rules.panic_drawdown)
        or inputs["return_1d"] <= -rules.panic_day
        or vix >= rules.panic_vix
    ):
        return Regime.PANIC
    if volatility >= rules.risk_off_volatility or drawdown >= rules.risk_off_drawdown or vix >= rules.risk_off_vix:
        return Regime.RISK_OFF
    if volatility < rules.risk_on_volatility and inputs["return_20d"] > 0:
        return Regime.RISK_ON
    return Regime.MIXED


def settle(known: RegimeState, rules: RegimeRules, *, vix: float | None = None) -> tuple[Regime, Inputs]:
    """The regime after the newest close of `known`, and the inputs it was read from; UNKNOWN without enough closes.

    A regime that was UNKNOWN is found by going through all closes that are known, so that a PANIC of last week is
    still one after a pause.
    """
    closes = known.closes
    today = inputs_of(closes)
    if today is None:
        return Regime.UNKNOWN, {}
    if vix is not None:
        today["vix"] = vix
    if known.regime is Regime.UNKNOWN:
        return _replayed(closes, today, rules), today
    days = [today, *(inputs_of(closes[:-back]) for back in range(1, max(rules.better_days, rules.calm_days)))]
    past = [classify(day, rules) for day in days if day is not None]
    return following(known.regime, past, known.days, rules), today


def following(regime: Regime, past: Sequence[Regime], days: int, rules: RegimeRules) -> Regime:
    """The regime that follows one that has lasted for `days` closes. `past`: each day's class, newest first."""
    today = past[0]
    if SEVERITY[today] > SEVERITY[regime]:
        calm = today is Regime.MIXED and any(day is not Regime.MIXED for day in past[: rules.calm_days])
        return regime if calm else today
    better = past[: rules.better_days]
    if min(days, len(better)) < rules.better_days or any(SEVERITY[day] >= SEVERITY[regime] for day in better):
        return regime
    return max(better, key=SEVERITY.__getitem__)


def after_close(state: State, rules: RegimeRules) -> list[RegimeChanged]:
    """The change of regime that the newest daily close brings, if any."""
    regime, inputs = settle(state.regime, rules, vix=_vix(state))
    return _change(state, regime, inputs, "daily close", sure=confidence(inputs, rules))


def after_vix(state: State, rules: RegimeRules) -> list[RegimeChanged]:
    """Worse at once when the VIX reaches a threshold within the day."""
    known, vix = state.regime, _vix(state)
    if vix is None or known.regime is Regime.UNKNOWN or not known.inputs:
        return []
    inputs = {**known.inputs, "vix": vix}
    regime = classify(inputs, rules)
    if vix < rules.risk_off_vix or SEVERITY[regime] <= SEVERITY[known.regime]:
        return []
    return _change(state, regime, inputs, "VIX")


def after_quote(state: State, price: float, rules: RegimeRules) -> list[RegimeChanged]:
    """PANIC at once when the market trades `panic_intraday` percent below the previous close."""
    known = state.regime
    if known.regime in (Regime.PANIC, Regime.UNKNOWN) or not known.closes:
        return []
    change = (price / known.closes[-1] - 1.0) * 100.0
    if change > -rules.panic_intraday:
        return []
    return _change(state, Regime.PANIC, {**known.inputs, "intraday": change}, "intraday fall")


def after_time(state: State, rules: RegimeRules) -> list[RegimeChanged]:
    """UNKNOWN when the newest close is too old to say anything."""
    known = state.regime
    if known.regime is Regime.UNKNOWN or known.close_at is None:
        return []
    if (state.now - known.close_at).total_seconds() <= rules.max_age_days * 86_400.0:
        return []
    return _change(state, Regime.UNKNOWN, known.inputs, "stale closes", sure=0.0)


def confidence(inputs: Inputs, rules: RegimeRules) -> float:
    """How far volatility and drawdown are from the nearest threshold, 0 (on it) to 1 (half of it away, or more)."""
    if not inputs:
        return 0.0
    volatilities = (rules.risk_on_volatility, rules.risk_off_volatility, rules.panic_volatility)
    gaps = [abs(inputs["volatility"] / mark - 1.0) for mark in volatilities]
    gaps.append(abs(inputs["drawdown"] / rules.risk_off_drawdown - 1.0))
    return round(min(1.0, min(gaps) * 2.0), 4)


def _replayed(closes: Sequence[float], today: Inputs, rules: RegimeRules) -> Regime:
    """The regime after all closes, beginning with the first day that has inputs."""
    found = [inputs_of(closes[: end + 1]) for end in range(RETURN_DAYS, len(closes) - 1)]
    classes = [classify(day, rules) for day in [*found, today] if day is not None]
    regime, days = classes[0], 0
    for end in range(1, len(classes)):
        before, days = regime, days + 1
        regime = following(before, classes[end::-1], days, rules)
        days = days if regime is before else 0
    return regime


def _deviation(values: Sequence[float]) -> float:
    """The sample's standard deviation; `statistics.stdev` is exact and thirty times slower."""
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _vix(state: State) -> float | None:
    reading = state.market.get("vix")
    if reading is None or (state.now - reading.at).total_seconds() > reading.max_age_s:
        return None
    return reading.value


def _change(
    state: State, regime: Regime, inputs: Inputs, reason: str, *, sure: float | None = None
) -> list[RegimeChanged]:
    """The event, if it is a change. `sure`: None when it began within a day, where nothing is left to doubt."""
    before = state.regime.regime
    if regime is before:
        return []
    rounded = {name: round(value, 4) for name, value in inputs.items()}
    told = RegimeChanged(
        regime=regime,
        before=before,
        confidence=1.0 if sure is None else sure,
        inputs=rounded,
        reason=reason,
        intraday=sure is None,
    )
    return [told]
