"""How the calls of a day are shared out. Pure: time, counts and symbols come in, a plan goes out.

The day of the service ends at 20:00 in New York. Alerts come first; what they leave is a rate for the readings of the
trading hours that remain. Of it every symbol first gets its slowest pace, at which no reading outlives its limit:
held, then candidates, then watched; then in the same order its best pace. So a day that runs short slows down from
the end of that list, and one that runs out leaves the alerts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from enum import IntEnum
from math import inf
from typing import NamedTuple

import msgspec

from tidegate import Count, Positive, session_of
from tidegate.plugins.sources.unusual_whales.limits import next_reset
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Endpoint
from tidegate.plugins.sources.unusual_whales.readings.times import at_time, today

MORE_ALERTS = 1.15  # pages beyond one a look: bursts, sweeps, catching up
DAY_SHARE, MINUTE_SHARE = 0.97, 0.9  # of what is allowed; somebody may use the token by hand
LIMIT_SHARE = 0.6  # of a reading's limit, between two looks: its newest row is not of now
MORNING = time(8, 0)  # New York: yesterday's open interest and filings are out
NEVER = datetime.min.replace(tzinfo=UTC)
MINUTE_S = 60.0

Key = tuple[str, str | None]  # endpoint and symbol


class Rank(IntEnum):
    """Whose readings matter most."""

    HELD = 0
    CANDIDATE = 1
    WATCHED = 2


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that the service allows in a day and a minute, and seconds between looks for alerts, open and closed."""

    day: Count = 15_000
    minute: Positive = 120.0
    alerts_s: Positive = 5.0
    closed_alerts_s: Positive = 60.0

    @property
    def gap_s(self) -> float:
        """Seconds between two calls for readings, at least; infinite when alerts take the whole minute."""
        left = self.minute * MINUTE_SHARE - MORE_ALERTS * MINUTE_S / self.alerts_s
        return MINUTE_S / left if left > 0.0 else inf

    def alerts(self, *, open_s: float, closed_s: float) -> float:
        """Calls that looking for alerts takes in so many seconds."""
        return MORE_ALERTS * (open_s / self.alerts_s + closed_s / self.closed_alerts_s)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The symbols with their ranks; `etfs` are those that are funds."""

    ranks: dict[str, Rank] = {}
    etfs: frozenset[str] = frozenset()


class Call(NamedTuple):
    """One question."""

    endpoint: Endpoint
    symbol: str | None
    rank: Rank

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.endpoint.key, self.symbol


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked until the service's day ends.

    `every_s` is the pace of each endpoint and rank (infinite: not at all), `dailies` the ranks for which there is
    enough for what is asked once a day; `alerts` and `calls` (per endpoint) are what all that comes to.
    """

    until: datetime
    every_s: dict[tuple[str, Rank], float]
    dailies: frozenset[Rank]
    alerts: float
    calls: dict[str, float]


def calls_of(endpoints: Sequence[Endpoint], wanted: Wanted) -> list[Call]:
    """Every question there is; one about the market counts as held."""
    found = []
    for endpoint in endpoints:
        if endpoint.about == "market":
            found.append(Call(endpoint, None, Rank.HELD))
            continue
        some = endpoint.about == "symbol"
        found += [Call(endpoint, name, rank) for name, rank in wanted.ranks.items() if some or name in wanted.etfs]
    return found


def plan(calls: Sequence[Call], means: Means, *, used: float, asked: Mapping[Key, datetime], now: datetime) -> Plan:
    """Share out what is left of the day: `used` calls are gone, `asked` says when each question was last asked."""
    until, left_s, since = next_reset(now), trading_left_s(now), morning(now)
    alerts = means.alerts(open_s=left_s, closed_s=(until - now).total_seconds() - left_s)
    daily = [call for call in calls if call.endpoint.daily and asked.get(call.key, NEVER) < since and left_s]
    often = [call for call in calls if not call.endpoint.daily]
    spare = means.day * DAY_SHARE - used - alerts
    held = left_s * sum(1.0 / slowest_s(call.endpoint) for call in often if call.rank is Rank.HELD)
    dailies = _dailies(daily, spare - held)
    daily = [call for call in daily if call.rank in dailies]
    rate = min((spare - len(daily)) / left_s, 1.0 / means.gap_s) if left_s else 0.0
    every_s = _paces(often, max(0.0, rate))
    sums = dict.fromkeys((call.endpoint.key for call in calls), 0.0)
    for call in often:
        sums[call.endpoint.key] += left_s / every_s[call.endpoint.key, call.rank]
    for call in daily:
        sums[call.endpoint.key] += 1.0
    return Plan(until=until, every_s=every_s, dailies=dailies, alerts=alerts, calls=sums)


def due(
    calls: Iterable[Call], made: Plan, *, asked: Mapping[Key, datetime], wait: Mapping[Key, datetime], now: datetime
) -> list[Call]:
    """What to ask now, the most urgent first; nothing before the time that `wait` has for it."""
    since, left_s = morning(now), trading_left_s(now)
    session = session_of(today(now))
    opened = session is not None and session.open <= now < session.close
    dailies = made.dailies if since <= now and left_s else frozenset[Rank]()
    found: list[tuple[Rank, bool, datetime, Call]] = []
    for call in calls:
        key, endpoint, rank = call.key, call.endpoint, call.rank
        last = asked.get(key, NEVER)
        if endpoint.daily:
            ready = rank in dailies and last < since
        else:
            every_s = made.every_s.get((endpoint.key, rank), inf)
            ready = opened and every_s < inf and (last is NEVER or (now - last).total_seconds() >= every_s)
        if ready and wait.get(key, NEVER) <= now:
            found.append((rank, endpoint.daily, last, call))
    return [each[3] for each in sorted(found, key=lambda each: each[:3])]


def trading_left_s(now: datetime) -> float:
    """Seconds of trading that remain until the service's day ends."""
    session = session_of(today(next_reset(now)))
    return 0.0 if session is None else max(0.0, (session.close - max(now, session.open)).total_seconds())


def morning(now: datetime) -> datetime:
    """From when on, in the service's day, what is asked once a day is asked."""
    return at_time(today(next_reset(now)), MORNING)


def slowest_s(endpoint: Endpoint) -> float:
    """The longest pause with which no reading of it outlives its limit."""
    return max(endpoint.poll_s, LIMIT_SHARE * endpoint.max_age_s)


def _dailies(daily: Sequence[Call], spare: float) -> frozenset[Rank]:
    """The ranks that `spare` calls are enough for, held ones in any case."""
    found = {Rank.HELD}
    for rank in Rank:
        spare -= sum(call.rank is rank for call in daily)
        if spare >= 0.0:
            found.add(rank)
    return frozenset(found)


def _paces(often: Sequence[Call], rate: float) -> dict[tuple[str, Rank], float]:
    """Seconds between two looks, so that all of them together make `rate` calls a second at most."""
    slow, more = dict.fromkeys(Rank, 0.0), dict.fromkeys(Rank, 0.0)
    for call in often:
        slow[call.rank] += 1.0 / slowest_s(call.endpoint)
        more[call.rank] += 1.0 / call.endpoint.poll_s - 1.0 / slowest_s(call.endpoint)
    shares = _poured(rate, [*slow.values(), *more.values()])
    every_s = {}
    for endpoint in {call.endpoint.key: call.endpoint for call in often}.values():
        for rank in Rank:
            least, top = 1.0 / slowest_s(endpoint), 1.0 / endpoint.poll_s
            pace = shares[rank] * least + shares[len(Rank) + rank] * (top - least)
            every_s[endpoint.key, rank] = 1.0 / pace if pace > 0.0 else inf
    return every_s


def _poured(amount: float, needs: Iterable[float]) -> list[float]:
    """The share of each need, 0 to 1, that is met when they are served in order."""
    shares = []
    for need in needs:
        shares.append(min(1.0, amount / need) if need > 0.0 else float(amount > 0.0))
        amount = max(0.0, amount - need)
    return shares
