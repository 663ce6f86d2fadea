"""Regimes over a history of daily closes: what the engine would have said on each day, and days per year."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from tidegate.core.domain.regimes.detection import confidence, settle
from tidegate.core.domain.settings import RegimeRules
from tidegate.core.domain.state import CLOSES_LIMIT, RegimeState
from tidegate.core.domain.values import Regime

CLOSE = time(16, 0, tzinfo=ZoneInfo("America/New_York"))


class RegimeDay(msgspec.Struct, frozen=True):
    """The regime after a day's close, how sure it was (0..1), and the inputs in percent."""

    date: date
    regime: Regime
    confidence: float
    inputs: dict[str, float]


class RegimeYear(msgspec.Struct, frozen=True):
    """Days per regime in a year, and how often the regime changed; the first day of all is no change."""

    days: dict[Regime, int]
    changes: int


def history(closes: Iterable[tuple[date, float]], rules: RegimeRules) -> Iterator[RegimeDay]:
    """The regime after each close (USD or points), oldest first."""
    known = RegimeState()
    for day, close in closes:
        known.closes = [*known.closes[-CLOSES_LIMIT + 1 :], close]
        known.close_at = datetime.combine(day, CLOSE)
        known.days += 1
        regime, inputs = settle(known, rules)
        if regime is not known.regime:
            known.regime, known.days = regime, 0
        rounded = {name: round(value, 4) for name, value in inputs.items()}
        yield RegimeDay(day, regime, confidence(inputs, rules), rounded)


def years(days: Iterable[RegimeDay]) -> dict[int, RegimeYear]:
    """What each calendar year was made of. From UNKNOWN to the first known regime is no change."""
    counts: dict[int, dict[Regime, int]] = {}
    changes: dict[int, int] = {}
    before = Regime.UNKNOWN
    for day in days:
        year = counts.setdefault(day.date.year, dict.fromkeys(Regime, 0))
        year[day.regime] += 1
        changed = day.regime is not before and before is not Regime.UNKNOWN
        changes[day.date.year] = changes.get(day.date.year, 0) + changed
        before = day.regime
    return {year: RegimeYear(counted, changes[year]) for year, counted in counts.items()}
