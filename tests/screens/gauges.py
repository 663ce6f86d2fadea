"""What an engine says of its feeds, its venues and itself: on a day that goes well, and on one that does not."""

from datetime import datetime, timedelta

from tidegate.core.calls.budget import BudgetGauge, QuotaGauge
from tidegate.core.calls.circuit import CircuitGauge
from tidegate.core.calls.retrying import VenueGauge
from tidegate.core.domain.events import Recorded
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.views.beliefs import learner_gauges
from tidegate.core.feeds import FeedGauge
from tidegate.core.pulse import DiskGauge, PulseGauge
from tidegate.plugins.learners.regime_beta import RegimeBeta

TRADING, DATA = "alpaca trading (paper-api.alpaca.markets)", "alpaca data (data.alpaca.markets)"


def health_gauges(at: datetime, *, well: bool) -> dict[str, object]:
    """Feeds, venues, disk and engine as of `at`."""
    quotas = [
        QuotaGauge(name="day", used=8204 if well else 14_990, limit=15_000, resets_at=at + timedelta(hours=10)),
        QuotaGauge(name="minute", used=41 if well else 120, limit=120, resets_at=at + timedelta(seconds=23)),
    ]
    return {
        "feeds": _feeds(at, quotas, well=well),
        "venues": _venues(at, well=well),
        "venue": {"circuit": {"venue": TRADING, "state": "closed"}},
        "disk": DiskGauge(bytes=12_400_000, free_bytes=41_200_000_000 if well else 0),
        "engine": PulseGauge(
            lag_ms=1.2 if well else 180.0,
            worst_ms=14.0 if well else 2310.0,
            peak_bytes=84_000_000,
            pending=0 if well else 31,
            committed_at=at - timedelta(seconds=1),
        ),
    }


def learner_gauge(told: list[Recorded]) -> dict[str, object]:
    """What an engine with one learner makes of the beliefs."""
    rules = Rules(learners=(("learners.regime_beta", RegimeBeta()),))
    return {"learners": learner_gauges(fold_all(State(), told), rules)}


def _feeds(at: datetime, quotas: list[QuotaGauge], *, well: bool) -> dict[str, object]:
    market = FeedGauge(recorded=False, state="reading", at=at - timedelta(seconds=4), facts=18_204)
    late = FeedGauge(recorded=False, state="reading", at=at - timedelta(seconds=1900), facts=611, failures=2)
    down = FeedGauge(
        recorded=False,
        state="failed",
        at=at - timedelta(seconds=312),
        facts=18_204,
        failures=7,
        trouble="HTTP 503: upstream request timeout [red]x[/]",
        next_try=at + timedelta(seconds=150),
    )
    alerts = FeedGauge(recorded=False, state="reading", at=at - timedelta(seconds=41), facts=1311)
    return {
        "sources.unusual_whales": {**_told(alerts if well else late), "limit_s": 1800.0, "quotas": quotas},
        "sources.alpaca_market": {**_told(market if well else down), "limit_s": 180.0},
        "sources.recording": _told(FeedGauge(recorded=True, state="ended", at=at, facts=12_753)),
    }


def _told(gauge: FeedGauge) -> dict[str, object]:
    return {name: getattr(gauge, name) for name in gauge.__struct_fields__}


def _venues(at: datetime, *, well: bool) -> list[VenueGauge]:
    open_circuit = CircuitGauge(
        venue=TRADING,
        state="open",
        reason="HTTP 503 from the venue",
        failures=6,
        errors=19,
        since=at - timedelta(seconds=80),
        next_try=at + timedelta(seconds=112),
        answered_at=at - timedelta(seconds=95),
    )
    closed = CircuitGauge(venue=TRADING, state="closed", answered_at=at - timedelta(seconds=2))
    trying = CircuitGauge(venue=DATA, state="half-open", reason="no answer", errors=7, next_try=at)
    data = CircuitGauge(venue=DATA, state="closed", errors=1, answered_at=at - timedelta(seconds=4))
    return [
        VenueGauge(circuit=closed if well else open_circuit, budgets=[_budget(180, 12 if well else 176, well=well)]),
        VenueGauge(circuit=data if well else trying, budgets=[_budget(150, 24, well=True)]),
    ]


def _budget(per_minute: float, used: int, *, well: bool) -> BudgetGauge:
    return BudgetGauge(
        tokens=18.0 if well else 0.4,
        burst=20.0,
        per_minute=per_minute,
        waiting=0 if well else 3,
        held_s=0.0 if well else 48.0,
        used=used,
        limits=0 if well else 14,
        full_s=0.7 if well else 6.5,
    )
