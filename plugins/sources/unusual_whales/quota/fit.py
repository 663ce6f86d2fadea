"""Whether a configuration can fit into its quota at all, which numbers would make it, and the plan to show."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import floor, isfinite

import msgspec

from tidegate import session_of
from tidegate.plugins.sources.unusual_whales.limits import RESET
from tidegate.plugins.sources.unusual_whales.quota.plan import (
    DAY_SHARE,
    MINUTE_S,
    MINUTE_SHARE,
    MORE_ALERTS,
    Means,
    Plan,
    Rank,
    Wanted,
    calls_of,
    plan,
    slowest_s,
)
from tidegate.plugins.sources.unusual_whales.readings.endpoint import DAY_S, Endpoint
from tidegate.plugins.sources.unusual_whales.readings.times import at_time, today

SESSION_S = 6.5 * 3600.0
LONGEST_BREAK = 14  # days


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint to show: its pace by rank in seconds (None: not asked), and its calls until the day's end."""

    name: str
    path: str
    symbols: int
    held_s: float | None
    candidate_s: float | None
    watched_s: float | None
    calls: int


def complaints(endpoints: Sequence[Endpoint], means: Means, symbols: int) -> list[str]:
    """Why the slowest pace for so many symbols does not fit, and what to change; nothing when it fits."""
    return [each for each in (_minute(endpoints, means, symbols), _day(endpoints, means, symbols)) if each]


def rows(made: Plan, endpoints: Sequence[Endpoint], wanted: Wanted, means: Means, *, path: str) -> list[PlanRow]:
    """A plan as rows; the first one is about alerts, which come from `path`."""
    fast = means.alerts_s
    alerts = PlanRow(
        name="alerts",
        path=path,
        symbols=0,
        held_s=fast,
        candidate_s=fast,
        watched_s=fast,
        calls=round(made.alerts),
    )
    return [alerts, *(_row(endpoint, made, wanted) for endpoint in endpoints)]


def whole_day(endpoints: Sequence[Endpoint], wanted: Wanted, means: Means, now: datetime) -> Plan:
    """The plan of the next day with a session, as it is made when that day begins."""
    days = (today(now) + timedelta(days=number) for number in range(LONGEST_BREAK))
    day = next(each for each in days if session_of(each) is not None)
    begins = at_time(day - timedelta(days=1), RESET)
    return plan(calls_of(endpoints, wanted), means, used=0.0, asked={}, now=begins)


def _row(endpoint: Endpoint, made: Plan, wanted: Wanted) -> PlanRow:
    ranks = [call.rank for call in calls_of([endpoint], wanted)]
    held, candidate, watched = (_pace(endpoint, made, rank) if rank in ranks else None for rank in Rank)
    return PlanRow(
        name=endpoint.key,
        path=endpoint.path,
        symbols=0 if endpoint.about == "market" else len(ranks),
        held_s=held,
        candidate_s=candidate,
        watched_s=watched,
        calls=round(made.calls.get(endpoint.key, 0.0)),
    )


def _pace(endpoint: Endpoint, made: Plan, rank: Rank) -> float | None:
    if endpoint.daily:
        return DAY_S if rank in made.dailies else None
    every_s = made.every_s.get((endpoint.key, rank))
    return round(every_s, 1) if every_s is not None and isfinite(every_s) else None


def _day(endpoints: Sequence[Endpoint], means: Means, symbols: int) -> str | None:
    alerts = means.alerts(open_s=SESSION_S, closed_s=DAY_S - SESSION_S)
    market, each = _needs(endpoints)
    need, have = alerts + market + each * symbols, means.day * DAY_SHARE
    if need <= have:
        return None
    fixes = []
    if each and have > alerts + market + each:
        fixes.append(f"max_symbols to {floor((have - alerts - market) / each)} or less")
    idle = means.alerts(open_s=0.0, closed_s=DAY_S - SESSION_S)
    if have > market + each * symbols + idle:
        least = MORE_ALERTS * SESSION_S / (have - market - each * symbols - idle)
        fixes.append(f"poll_s to {_up(least)} or more")
    fixes.append(f"calls_per_day to {floor(need / DAY_SHARE) + 1:,} or more, if your plan allows that")
    said = f"a day takes at least {need:,.0f} calls ({alerts:,.0f} for alerts, {need - alerts:,.0f} for readings"
    return f"{said} of {symbols} symbols), and {have:,.0f} of {means.day:,} may be used: set {_either(fixes)}"


def _minute(endpoints: Sequence[Endpoint], means: Means, symbols: int) -> str | None:
    often = [endpoint for endpoint in endpoints if not endpoint.daily]
    need = MINUTE_S * sum((1 if each.about == "market" else symbols) / slowest_s(each) for each in often)
    alerts, have = MORE_ALERTS * MINUTE_S / means.alerts_s, means.minute * MINUTE_SHARE
    if need + alerts < have:
        return None
    fixes = []
    if need < have:
        fixes.append(f"poll_s to {_up(MORE_ALERTS * MINUTE_S / (have - need))} or more")
    each_s = sum(MINUTE_S / slowest_s(each) for each in often if each.about != "market")
    if each_s and have > alerts + each_s:
        fixes.append(f"max_symbols to {floor((have - alerts) / each_s) - 1} or less")
    fixes.append(f"requests_per_minute to {_up((need + alerts) / MINUTE_SHARE)} or more, if your plan allows that")
    said = f"a minute takes at least {need + alerts:,.0f} calls ({alerts:,.0f} for alerts, {need:,.0f} for readings"
    return f"{said} of {symbols} symbols), and {have:,.0f} of {means.minute:,.0f} may be used: set {_either(fixes)}"


def _needs(endpoints: Sequence[Endpoint]) -> tuple[float, float]:
    """The least calls of a day for the market, and for each symbol."""
    market = each = 0.0
    for endpoint in endpoints:
        least = 1.0 if endpoint.daily else SESSION_S / slowest_s(endpoint)
        market += least * (endpoint.about == "market")
        each += least * (endpoint.about != "market")
    return market, each


def _up(number: float) -> str:
    return f"{floor(number) + 1:g}"


def _either(fixes: Sequence[str]) -> str:
    return ", or ".join(fixes)
