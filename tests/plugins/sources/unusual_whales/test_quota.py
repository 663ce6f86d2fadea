"""The quota: a whole day simulated, what every plan keeps to, and configurations that are refused."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.plugins.sources.unusual_whales.limits import next_reset
from tidegate.plugins.sources.unusual_whales.quota.fit import complaints, rows, whole_day
from tidegate.plugins.sources.unusual_whales.quota.plan import (
    DAY_SHARE,
    Call,
    Means,
    Plan,
    Rank,
    Wanted,
    calls_of,
    due,
    morning,
    plan,
    slowest_s,
    trading_left_s,
)
from tidegate.plugins.sources.unusual_whales.quota.schedule import Schedule
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS

OPENED = datetime(2025, 10, 22, 13, 30, tzinfo=UTC)  # a Wednesday, 09:30 in New York
DAY_BEGAN = datetime(2025, 10, 22, 0, 0, tzinfo=UTC)  # 20:00 of the day before
CLOSED = datetime(2025, 10, 22, 20, 0, tzinfo=UTC)
NAMES = [f"S{number:02}" for number in range(53)]
FUNDS = frozenset(NAMES[:6])
LOOK = timedelta(seconds=2)
BY_KEY = {endpoint.key: endpoint for endpoint in ENDPOINTS}


def wanted(held: int = 8, candidates: int = 15, watched: int = 30, *, first: int = 0) -> Wanted:
    """So many symbols of each rank; `first` turns the list, so that others are held."""
    names = NAMES[first:] + NAMES[:first]
    kinds = [Rank.HELD] * held + [Rank.CANDIDATE] * candidates + [Rank.WATCHED] * watched
    return Wanted(ranks=dict(zip(names, kinds, strict=False)), etfs=FUNDS)


class Day:
    """One simulated day of the service: alerts every 5 s and what Turns says, on a clock that is only a number."""

    def __init__(
        self, *, means: Means, begins: datetime = DAY_BEGAN, recall: dict[str, datetime] | None = None
    ) -> None:
        self.now, self.means, self.until = begins, means, next_reset(begins)
        self.times: list[datetime] = []  # of every call
        self.asked: dict[tuple[str, str | None], list[datetime]] = {}
        self.schedule = Schedule(ENDPOINTS, lambda endpoint, symbol: (recall or {}).get(f"{endpoint.key} {symbol}"))
        self._alerts_at = begins

    def run(self, until: datetime, want: Wanted, *, used: float = 0.0) -> None:
        """Go on to a time while these symbols are wanted."""
        while self.now < until:
            calls = self.schedule.next(want, self.means, used=used + len(self.times), now=self.now)
            for call in calls:
                self.asked.setdefault(call.key, []).append(self.now)
                self.times.append(self.now)
                self.schedule.answered(call, self.now)
                self._pass(timedelta(seconds=self.means.gap_s))
            if not calls:
                quiet = trading_left_s(self.now) == 0.0 or self.now < morning(self.now)
                self._pass(timedelta(seconds=60) if quiet else LOOK)

    def busiest_minute(self) -> int:
        times = sorted(self.times)
        minute = timedelta(seconds=60)
        return max(number + 1 - bisect_left(times, at - minute) for number, at in enumerate(times))

    def oldest(self, key: str, symbol: str | None, *, since: datetime, until: datetime) -> float:
        """The longest time, in seconds, between two looks of a span, its ends included."""
        looks = [since, *(at for at in self.asked.get((key, symbol), []) if since <= at <= until), until]
        return max((later - sooner).total_seconds() for sooner, later in pairwise(looks))

    def _pass(self, span: timedelta) -> None:
        """Time passes, and alerts are looked for meanwhile: half as often again when it is busy."""
        self.now += span
        while self._alerts_at <= self.now:
            open_now = OPENED.time() <= self._alerts_at.time() < CLOSED.time()
            self.times.append(self._alerts_at)
            if len(self.times) % 10 == 0:
                self.times.append(self._alerts_at)  # a second page
            self._alerts_at += timedelta(seconds=5 if open_now else 60)


@pytest.fixture(scope="module")
def simulated() -> Day:
    """53 symbols and all readings; every hour other symbols are held."""
    day = Day(means=Means())
    day.run(OPENED, wanted())
    for hour in range(7):
        day.run(min(CLOSED, OPENED + timedelta(hours=hour + 1)), wanted(first=5 * hour))
    day.run(day.until, wanted(first=30))
    return day


def test_a_day_of_53_symbols_and_all_readings_stays_below_its_15000_calls(simulated: Day) -> None:
    assert 9_000 < len(simulated.times) < 15_000


def test_no_minute_has_more_than_120_calls(simulated: Day) -> None:
    assert simulated.busiest_minute() <= 120


def test_no_held_symbol_is_staler_than_its_limit(simulated: Day) -> None:
    for hour in range(6):
        since = OPENED + timedelta(hours=hour)
        for symbol, rank in wanted(first=5 * hour).ranks.items():
            for key in ("dark_pool", "net_premium"):
                oldest = simulated.oldest(key, symbol, since=since, until=since + timedelta(hours=1))
                assert rank is not Rank.HELD or oldest <= 0.7 * BY_KEY[key].max_age_s
    assert simulated.oldest("market_tide", None, since=OPENED, until=CLOSED) <= 300.0


def test_what_is_asked_once_a_day_is_asked_once_before_the_open_and_funds_alone_for_their_flow(simulated: Day) -> None:
    for endpoint in ENDPOINTS:
        if endpoint.daily:
            names = {symbol for key, symbol in simulated.asked if key == endpoint.key}
            assert names == (set(FUNDS) if endpoint.about == "etf" else set(NAMES))
            looks = [simulated.asked[endpoint.key, symbol] for symbol in names]
            assert all(len(each) == 1 and each[0] < OPENED for each in looks)


def test_nothing_but_alerts_is_asked_while_the_exchange_is_closed_but_the_daily_ones_of_the_morning(
    simulated: Day,
) -> None:
    for (key, _), looks in simulated.asked.items():
        begins = morning(DAY_BEGAN) if BY_KEY[key].daily else OPENED
        assert all(begins <= at < CLOSED + timedelta(seconds=5) for at in looks)


def test_a_day_that_is_nearly_spent_slows_down_from_the_end_of_the_list_and_never_ends_before_the_close() -> None:
    day = Day(
        means=Means(), begins=OPENED + timedelta(hours=3), recall={f"{e} {s}": OPENED for e in BY_KEY for s in NAMES}
    )
    before = 15_000 * DAY_SHARE - 5_500
    day.run(CLOSED, wanted(), used=before)
    assert len(day.times) + before < 15_000
    looks: dict[Rank, list[int]] = {rank: [] for rank in Rank}
    for symbol, rank in wanted().ranks.items():
        looks[rank].append(len(day.asked.get(("net_premium", symbol), [])))
    assert min(looks[Rank.HELD]) > max(looks[Rank.CANDIDATE]) >= max(looks[Rank.WATCHED])
    last = max(at for (key, _), times in day.asked.items() for at in times if key == "net_premium")
    assert CLOSED - last < timedelta(minutes=10)


def test_a_restart_does_not_ask_again_what_was_asked_that_morning() -> None:
    known = {f"{key} {symbol}": morning(DAY_BEGAN) + timedelta(minutes=1) for key in BY_KEY for symbol in NAMES}
    day = Day(means=Means(), begins=OPENED, recall=known)
    day.run(OPENED + timedelta(minutes=5), wanted())
    assert {key for key, _ in day.asked} == {"market_tide", "dark_pool", "net_premium"}


def test_a_new_candidate_is_asked_about_before_the_watched() -> None:
    day = Day(means=Means(), begins=OPENED)
    day.run(OPENED + timedelta(minutes=1), wanted(0, 0, 50))
    more = Wanted(ranks={**wanted(0, 0, 50).ranks, NAMES[52]: Rank.CANDIDATE})
    calls = day.schedule.next(more, day.means, used=0, now=day.now)
    assert {call.symbol for call in calls} == {NAMES[52]}


# ---- what every plan keeps to

COUNTS = st.integers(0, 17)
MEANS = st.builds(
    Means,
    day=st.integers(1, 60_000),
    minute=st.floats(20.0, 1000.0),
    alerts_s=st.floats(3.5, 60.0),
    closed_alerts_s=st.floats(10.0, 300.0),
)
TIMES = st.integers(0, 86_399).map(lambda second: DAY_BEGAN + timedelta(seconds=second))


def made(means: Means, want: Wanted, used: float, now: datetime) -> Plan:
    return plan(calls_of(ENDPOINTS, want), means, used=used, asked={}, now=now)


@given(means=MEANS, held=COUNTS, candidates=COUNTS, watched=COUNTS, used=st.floats(0, 50_000), now=TIMES)
def test_a_plan_fits_what_is_left_once_the_held_ones_dailies_are_asked(  # noqa: PLR0917 - all of a plan
    means: Means, held: int, candidates: int, watched: int, used: float, now: datetime
) -> None:
    want = wanted(held, candidates, watched)
    found = made(means, want, used, now)
    planned = sum(found.calls.values())
    left = means.day * DAY_SHARE - used - found.alerts
    least = sum(call.endpoint.daily and call.rank is Rank.HELD for call in calls_of(ENDPOINTS, want))
    assert planned <= max(left, least) + 1e-6
    often = sum(count for key, count in found.calls.items() if not BY_KEY[key].daily)
    assert often * means.gap_s <= trading_left_s(now) * (1 + 1e-9) or often == 0


@given(means=MEANS, held=COUNTS, candidates=COUNTS, watched=COUNTS, used=st.floats(0, 50_000), now=TIMES)
def test_the_higher_rank_never_waits_longer_and_nobody_is_asked_sooner_than_is_useful(  # noqa: PLR0917 - as above
    means: Means, held: int, candidates: int, watched: int, used: float, now: datetime
) -> None:
    found = made(means, wanted(held, candidates, watched), used, now)
    for endpoint in ENDPOINTS:
        if not endpoint.daily:
            paces = [found.every_s.get((endpoint.key, rank), inf) for rank in Rank]
            assert paces == pytest.approx(sorted(paces))
            assert min(paces) >= endpoint.poll_s * (1 - 1e-9)


@given(means=MEANS, held=COUNTS, used=st.floats(0, 20_000), more=st.floats(0, 20_000), now=TIMES)
def test_more_calls_left_never_make_a_pace_slower(
    means: Means, held: int, used: float, more: float, now: datetime
) -> None:
    want = wanted(held, 10, 10)
    rich, poor = (made(means, want, spent, now).every_s for spent in (used, used + more))
    fewer_dailies = made(means, want, used + more, now).dailies < made(means, want, used, now).dailies
    assert fewer_dailies or all(rich[key] <= poor[key] * (1 + 1e-9) for key in poor)


@given(means=MEANS, symbols=st.integers(1, 53))
def test_what_is_not_refused_keeps_every_symbol_within_its_limits(means: Means, symbols: int) -> None:
    if complaints(ENDPOINTS, means, symbols):
        return
    found = whole_day(ENDPOINTS, wanted(symbols, 0, 0), means, OPENED)
    for endpoint in ENDPOINTS:
        if not endpoint.daily:
            assert found.every_s[endpoint.key, Rank.HELD] <= slowest_s(endpoint) * (1 + 1e-9)
            assert slowest_s(endpoint) < endpoint.max_age_s
    assert found.dailies == set(Rank)


@given(now=st.datetimes(datetime(2025, 1, 2), datetime(2026, 12, 20), timezones=st.just(UTC)))  # noqa: DTZ001 - UTC
def test_the_day_ends_at_20_in_new_york_in_summer_and_winter_and_holds_one_session_at_most(now: datetime) -> None:
    want = wanted(3, 3, 3)
    found = made(Means(), want, 0.0, now)
    assert timedelta() < found.until - now <= timedelta(hours=25)
    assert 0.0 <= trading_left_s(now) <= 6.5 * 3600
    asks = due(calls_of(ENDPOINTS, want), found, asked={}, wait={}, now=now)
    assert not asks or (morning(now) <= now and trading_left_s(now) > 0.0)


@pytest.mark.parametrize(
    ("now", "until", "left_h"),
    [
        ("2025-10-22T23:59:59+00:00", "2025-10-23T00:00:00+00:00", 0.0),
        ("2025-10-23T00:00:00+00:00", "2025-10-24T00:00:00+00:00", 6.5),
        ("2025-11-01T12:00:00+00:00", "2025-11-02T00:00:00+00:00", 0.0),
        ("2025-11-02T00:30:00+00:00", "2025-11-03T01:00:00+00:00", 0.0),
        ("2025-11-03T00:59:59+00:00", "2025-11-03T01:00:00+00:00", 0.0),
        ("2025-11-03T01:00:00+00:00", "2025-11-04T01:00:00+00:00", 6.5),
        ("2025-11-28T13:00:00+00:00", "2025-11-29T01:00:00+00:00", 3.5),
        ("2026-03-08T02:00:00+00:00", "2026-03-09T00:00:00+00:00", 0.0),
    ],
)
def test_days_around_clock_changes_holidays_and_half_days(now: str, until: str, left_h: float) -> None:
    at = datetime.fromisoformat(now)
    assert next_reset(at) == datetime.fromisoformat(until)
    assert trading_left_s(at) == left_h * 3600


# ---- refusals


def test_the_shipped_numbers_fit() -> None:
    assert complaints(ENDPOINTS, Means(), 60) == []


def test_too_many_symbols_are_refused_with_the_numbers_that_would_do() -> None:
    (said,) = complaints(ENDPOINTS, Means(), 500)
    numbers = {word: said.split(f"{word} to ")[1].split()[0] for word in ("max_symbols", "calls_per_day")}
    symbols, day = (int(number.replace(",", "")) for number in numbers.values())
    assert complaints(ENDPOINTS, Means(), symbols) == []
    assert complaints(ENDPOINTS, Means(), symbols + 1) != []
    assert complaints(ENDPOINTS, Means(day=day), 500) == []


def test_a_pace_of_alerts_that_takes_the_day_is_refused_with_one_that_would_do() -> None:
    said = " ".join(complaints(ENDPOINTS, Means(alerts_s=1.0), 60))
    pace = float(said.split("poll_s to ")[1].split()[0])
    assert complaints(ENDPOINTS, Means(alerts_s=pace), 60) == []


def test_a_minute_that_is_too_small_is_refused_with_one_that_would_do() -> None:
    (said,) = complaints(ENDPOINTS, Means(minute=15.0), 60)
    minute = float(said.split("requests_per_minute to ")[1].split()[0])
    assert complaints(ENDPOINTS, Means(minute=minute), 60) == []


def test_alerts_alone_are_refused_too_when_they_do_not_fit() -> None:
    assert len(complaints([], Means(alerts_s=0.5), 0)) == 2
    assert complaints([], Means(), 0) == []


# ---- the memory


def test_an_endpoint_is_off_after_three_symbols_were_refused_and_none_answered() -> None:
    schedule = Schedule(ENDPOINTS, lambda *_: None)
    calls = [call for call in calls_of(ENDPOINTS, wanted()) if call.endpoint.key == "ftds"]
    schedule.next(wanted(), Means(), used=0, now=OPENED)
    assert [schedule.refused(call) for call in calls[:3]] == [False, False, True]
    assert "ftds" not in [endpoint.key for endpoint in schedule.endpoints]
    assert "ftds" not in {call.endpoint.key for call in asked_by(schedule, OPENED)}


def test_a_symbol_that_is_refused_is_off_alone_where_others_are_answered() -> None:
    schedule = Schedule(ENDPOINTS, lambda *_: None)
    calls = [call for call in calls_of(ENDPOINTS, wanted()) if call.endpoint.key == "ftds"]
    schedule.next(wanted(), Means(), used=0, now=OPENED)
    schedule.answered(calls[0], OPENED)
    assert [schedule.refused(call) for call in calls[1:6]] == [False] * 5
    later = asked_by(schedule, OPENED + timedelta(days=1))
    assert {call.symbol for call in later if call.endpoint.key == "ftds"} == set(NAMES) - {c.symbol for c in calls[1:6]}


def test_a_call_that_failed_waits_for_its_time_and_is_then_due_again() -> None:
    schedule = Schedule(ENDPOINTS, lambda *_: None)
    first = schedule.next(wanted(), Means(), used=0, now=OPENED)[0]
    schedule.failed(first, OPENED + timedelta(minutes=5))
    assert first not in asked_by(schedule, OPENED + timedelta(minutes=1))
    assert first in asked_by(schedule, OPENED + timedelta(minutes=6))


def asked_by(schedule: Schedule, now: datetime) -> list[Call]:
    """Everything that is due at a time, answered as it comes."""
    found: list[Call] = []
    while calls := schedule.next(wanted(), Means(), used=0, now=now):
        for call in calls:
            schedule.answered(call, now)
        found += calls
    return found


def test_rows_tell_each_endpoints_pace_and_calls_and_add_up() -> None:
    want = wanted()
    found = made(Means(), want, 0.0, DAY_BEGAN)
    shown = {row.name: row for row in rows(found, ENDPOINTS, want, Means(), path="/alerts")}
    assert list(shown) == ["alerts", *BY_KEY]
    assert shown["dark_pool"].symbols == 53
    assert shown["etf_flow"].calls == len(FUNDS)
    assert shown["market_tide"].held_s == 120.0
    assert sum(row.calls for row in shown.values()) < 15_000
