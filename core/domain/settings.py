"""The numbers the domain decides with. Each is a key of config.toml; the defaults here and there are the same."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from tidegate.core.domain.values import Regime

MOST = 1e12  # of anything: products of settings stay finite, and a digit too many is seen
YEAR_S = 365 * 86_400

Positive = Annotated[float, Meta(gt=0, le=MOST)]
NotNegative = Annotated[float, Meta(ge=0, le=MOST)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(gt=0, le=100)]  # percent of what is there: more cannot be lost, and none is no limit
Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
# Durations end at a year: longer ones leave the calendar. Shorter ones than a millisecond would only keep a loop busy.
Seconds = Annotated[float, Meta(ge=0.001, le=YEAR_S)]
SecondsOrNone = Annotated[float, Meta(ge=0, le=YEAR_S)]
Minutes = Annotated[float, Meta(ge=0.001, le=YEAR_S / 60)]
MinutesOrNone = Annotated[float, Meta(ge=0, le=YEAR_S / 60)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of config.toml."""


class Alerts(Section, frozen=True, kw_only=True):
    """[alerts]: the base filter and what makes a cluster."""

    min_premium: NotNegative = 100_000.0
    max_days_to_expiry: Annotated[int, Meta(ge=0, le=36_500)] = 7
    cluster_size: Count = 3
    cluster_window_s: Seconds = 600.0
    signal_cooldown_s: SecondsOrNone = 900.0
    flow_window_s: Seconds = 3600.0


class Modifier(Section, frozen=True, kw_only=True):
    """The factors of one regime for each direction of a signal."""

    bullish: NotNegative
    bearish: NotNegative


class Score(Section, frozen=True, kw_only=True):
    """[score]: from components to a score."""

    scale: Positive = 8.0
    freshness_min: Minutes = 45.0
    risk_on: Modifier = Modifier(bullish=1.2, bearish=0.9)
    mixed: Modifier = Modifier(bullish=1.0, bearish=1.0)
    risk_off: Modifier = Modifier(bullish=0.8, bearish=1.1)
    panic: Modifier = Modifier(bullish=0.5, bearish=1.2)


class Tier(Section, frozen=True, kw_only=True):
    """Signals with at least `score` are sized by `factor`."""

    score: float
    factor: Positive


class Size(Section, frozen=True, kw_only=True):
    """[size]: from a score to shares."""

    base_usd: Positive = 500.0
    min_usd: Positive = 50.0
    max_usd: Positive = 825.0
    buying_power_pct: Percent = 95.0
    tiers: tuple[Tier, ...] = (
        Tier(score=4.2, factor=1.5),
        Tier(score=3.8, factor=1.2),
        Tier(score=3.0, factor=1.0),
        Tier(score=0.0, factor=0.6),
    )
    fractional: bool = False


class Orders(Section, frozen=True, kw_only=True):
    """[orders]: limits, lifetimes and retries of orders."""

    collar_pct: Annotated[float, Meta(ge=0, le=20)] = 0.3
    lifetime_s: Seconds = 60.0
    backoff_first_s: Seconds = 1.0
    backoff_max_s: Seconds = 60.0
    protective_stop_pct: Annotated[float, Meta(gt=0, le=50)] = 5.0
    wait_for_open: bool = True
    reconcile_s: Seconds = 60.0
    settle_s: SecondsOrNone = 5.0


class Foreign(StrEnum):
    """Whose shares are that no order of ours explains: a person's until asked or for good, or the bot's."""

    ASK = "ask"
    ADOPT = "adopt"
    IGNORE = "ignore"


class Reconcile(Section, frozen=True, kw_only=True):
    """[reconcile]: what a difference between our book and the broker's does while the engine runs."""

    foreign: Foreign = Foreign.ASK
    proof_s: Seconds = 10.0


class Prices(Section, frozen=True, kw_only=True):
    """[prices]: which prices count, and for how long."""

    max_spread_pct: Annotated[float, Meta(gt=0, le=100)] = 2.0
    jump_pct: Share = 1.0
    stand_s: Seconds = 3.0
    wait_s: SecondsOrNone = 15.0
    max_age_s: Seconds = 60.0
    book_max_age_s: Seconds = 900.0


class Queue(Section, frozen=True, kw_only=True):
    """[queue]: signals that wait for a rate-limited venue."""

    regimes: tuple[Regime, ...] = (Regime.PANIC,)
    ttl_s: Seconds = 900.0
    max_items: Count = 200
    per_tick: Count = 2


class RegimeRules(Section, frozen=True, kw_only=True):
    """[regime]: ordered thresholds on daily closes, and the intraday trigger. Volatility is annualised, in percent."""

    symbol: str = "SPY"
    panic_volatility: Percent = 40.0
    panic_volatility_drawn: Percent = 30.0
    panic_drawdown: Percent = 12.0
    panic_day: Percent = 5.0
    panic_intraday: Percent = 3.0
    panic_vix: Positive = 40.0
    risk_off_volatility: Percent = 25.0
    risk_off_drawdown: Percent = 10.0
    risk_off_vix: Positive = 30.0
    risk_on_volatility: Percent = 15.0
    better_days: Count = 5
    calm_days: Count = 3
    max_age_days: Annotated[float, Meta(gt=0, le=365)] = 5.0


class Guard(Section, frozen=True, kw_only=True):
    """[guard]: how much a plugin may fail before it is quarantined for the run."""

    max_failures: Count = 5


class Halts(Section, frozen=True, kw_only=True):
    """[halts]: when the engine latches a halt of entries by itself, besides the gates that ask for one."""

    unreconciled_s: Seconds = 900.0
    disk_free_mb: NotNegative = 200.0
    clock_skew_s: Seconds = 5.0


class Settings(Section, frozen=True, kw_only=True):
    """All settings of the domain."""

    alerts: Alerts = Alerts()
    score: Score = Score()
    size: Size = Size()
    orders: Orders = Orders()
    reconcile: Reconcile = Reconcile()
    prices: Prices = Prices()
    queue: Queue = Queue()
    regime: RegimeRules = RegimeRules()
    guard: Guard = Guard()
    halts: Halts = Halts()
