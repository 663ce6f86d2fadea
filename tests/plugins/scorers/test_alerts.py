"""The three components of the score that read alerts."""

from collections.abc import Sequence
from datetime import timedelta
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Alert, Direction, Scorer, State, Symbol
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.plugins.scorers.alerts.temporal_motif import TemporalMotif
from tidegate.plugins.scorers.alerts.whale_persistence import WhalePersistence
from tidegate.testing import NOW, a_cluster, a_state, an_alert

SCORERS: tuple[Scorer, ...] = (OptionsFlow(), WhalePersistence(), TemporalMotif())
BULL, BEAR = Direction.BULLISH, Direction.BEARISH
LONG_AGO = NOW - timedelta(days=1)


def flow(*items: tuple[float, float, Direction]) -> list[Alert]:
    """Alerts from (seconds before NOW, premium, direction), oldest first."""
    return [
        an_alert(
            id=f"alert-{n}",
            at=NOW - timedelta(seconds=ago),
            start=NOW - timedelta(seconds=ago, milliseconds=n + 1),
            premium=premium,
            ask_premium=premium,
            bid_premium=0.0,
            option_type="call" if direction is BULL else "put",
        )
        for n, (ago, premium, direction) in enumerate(items)
    ]


def aligned(*items: tuple[float, float]) -> list[Alert]:
    """Bullish alerts from (seconds before NOW, premium)."""
    return flow(*((ago, premium, BULL) for ago, premium in items))


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)
def test_no_alert_is_unknown_not_zero(scorer: Scorer) -> None:
    assert scorer.score(a_cluster(), a_state()) is None
    assert scorer.score(a_cluster(), a_state(symbols={"SPY": Symbol()}, feed_since=LONG_AGO)) is None


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)
def test_another_symbols_alerts_are_no_data(scorer: Scorer) -> None:
    assert scorer.score(a_cluster(symbol="QQQ"), a_state(*aligned((0, 500_000)), feed_since=LONG_AGO)) is None


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda scorer: scorer.name)
def test_alerts_that_fail_the_base_filter_are_no_data(scorer: Scorer) -> None:
    assert scorer.score(a_cluster(), a_state(*aligned((0, 99_999)), feed_since=LONG_AGO)) is None


@pytest.mark.parametrize(
    ("bullish", "bearish", "value"),
    [
        (100_000, 0, 0.0),
        (100_001, 0, log10(1.00001) / log10(50)),
        (1_000_000, 0, log10(10) / log10(50)),
        (5_000_000, 0, 1.0),
        (50_000_000, 0, 1.0),
        (1_500_000, 500_000, 0.75 * log10(10) / log10(50)),
        (500_000, 1_500_000, -0.75 * log10(10) / log10(50)),
        (0, 5_000_000, -1.0),
        (600_000, 600_000, 0.0),
        (600_000, 500_000, 0.0),
    ],
)
def test_options_flow_is_share_times_log_size(bullish: float, bearish: float, value: float) -> None:
    items = [(2.0, bullish, BULL), (1.0, bearish, BEAR)]
    state = a_state(*flow(*(item for item in items if item[1] > 0)))
    assert OptionsFlow().score(a_cluster(), state) == pytest.approx(value)
    opposite = OptionsFlow().score(a_cluster(direction=BEAR), state)
    assert opposite == pytest.approx(-value)


def test_options_flow_forgets_what_is_older_than_the_window() -> None:
    state = a_state(*aligned((3600, 5_000_000)))
    assert OptionsFlow().score(a_cluster(), state) == 1.0
    state.at = NOW + timedelta(microseconds=1)
    assert OptionsFlow().score(a_cluster(), state) is None


def test_a_repeated_window_never_adds_premium_twice() -> None:
    first = an_alert(id="first", premium=1_000_000.0, ask_premium=1_000_000.0, bid_premium=0.0)
    again = an_alert(id="again", premium=1_400_000.0, ask_premium=1_400_000.0, bid_premium=0.0)
    once, twice = a_state(first), a_state(first, again)
    assert OptionsFlow().score(a_cluster(), twice) == OptionsFlow().score(a_cluster(), once)


def test_whale_persistence_is_the_share_of_premium_that_keeps_coming() -> None:
    items = flow((1800, 300_000, BULL), (900, 100_000, BEAR), (0, 200_000, BULL))
    assert WhalePersistence().score(a_cluster(), a_state(*items)) == pytest.approx(5 / 6)


def test_a_short_push_is_zero_once_the_feed_was_watched_for_half_an_hour() -> None:
    state = a_state(*aligned((1799, 300_000), (0, 200_000)), feed_since=NOW - timedelta(minutes=30))
    assert WhalePersistence().score(a_cluster(), state) == 0.0


def test_a_short_look_cannot_know_persistence() -> None:
    state = a_state(*aligned((1799, 300_000), (0, 200_000)))
    assert WhalePersistence().score(a_cluster(), state) is None


def test_whales_on_the_other_side_are_known_and_support_nothing() -> None:
    state = a_state(*flow((1800, 300_000, BEAR), (0, 300_000, BEAR)))
    assert WhalePersistence().score(a_cluster(), state) == 0.0
    assert WhalePersistence().score(a_cluster(direction=BEAR), state) == 1.0


@pytest.mark.parametrize(
    ("premiums", "value"),
    [
        ([100, 200], 0.0),
        ([100, 200, 300], 0.7),
        ([900, 100, 200, 300], 0.7),
        ([100, 200, 200], 0.0),
        ([100, 200, 300, 250], 0.0),
        ([300, 200, 100], 0.0),
    ],
)
def test_a_staircase_is_three_strictly_rising_premiums_at_the_end(premiums: Sequence[float], value: float) -> None:
    """Premiums in thousands, 140 s apart: too slow for a burst."""
    last = len(premiums) - 1
    items = aligned(*((140.0 * (last - n), p * 1000) for n, p in enumerate(premiums)))
    assert TemporalMotif().score(a_cluster(), a_state(*items)) == value


@pytest.mark.parametrize(
    ("ages", "value"),
    [
        ([300, 225, 150, 75, 0], 0.7),
        ([301, 225, 150, 75, 0], 0.0),
        ([300, 225, 150, 0], 0.0),
        ([600, 525, 450, 375, 300, 0], 0.7),
        ([601, 526, 451, 376, 301, 0], 0.0),
    ],
)
def test_a_burst_is_five_alerts_within_300_seconds_of_the_last_600(ages: Sequence[float], value: float) -> None:
    items = aligned(*((age, 200_000.0) for age in ages))
    assert TemporalMotif().score(a_cluster(), a_state(*items)) == value


def test_both_motifs_together_are_one() -> None:
    items = aligned(*((10.0 * (5 - n), 100_000.0 * (n + 1)) for n in range(5)))
    assert TemporalMotif().score(a_cluster(), a_state(*items)) == 1.0


def test_motifs_of_the_other_side_are_unknown() -> None:
    items = flow((20, 100_000, BEAR), (10, 200_000, BEAR), (0, 300_000, BEAR))
    assert TemporalMotif().score(a_cluster(), a_state(*items)) is None


def test_an_alert_that_arrives_late_stands_where_its_trade_was() -> None:
    third, first, second = aligned((0, 300_000), (400, 100_000), (200, 200_000))
    assert TemporalMotif().score(a_cluster(), a_state(third, first, second)) == 0.7


ITEMS = st.lists(
    st.tuples(
        st.floats(0, 4000),
        st.floats(0, 1e12, allow_subnormal=False),
        st.sampled_from([BULL, BEAR]),
    ),
    max_size=12,
).map(lambda items: sorted(items, key=lambda item: -item[0]))


def _state(items: list[tuple[float, float, Direction]]) -> State:
    return a_state(*flow(*items), feed_since=LONG_AGO)


@given(ITEMS)
def test_every_component_stays_between_minus_one_and_one(items: list[tuple[float, float, Direction]]) -> None:
    for scorer in SCORERS:
        for direction in (BULL, BEAR):
            value = scorer.score(a_cluster(direction=direction), _state(items))
            assert value is None or -1.0 <= value <= 1.0


@given(ITEMS)
def test_bullish_and_bearish_are_mirror_images(items: list[tuple[float, float, Direction]]) -> None:
    mirrored = [(ago, premium, BEAR if direction is BULL else BULL) for ago, premium, direction in items]
    for scorer in SCORERS:
        assert scorer.score(a_cluster(), _state(items)) == scorer.score(a_cluster(direction=BEAR), _state(mirrored))


@given(ITEMS)
def test_scoring_changes_nothing(items: list[tuple[float, float, Direction]]) -> None:
    state, same = _state(items), _state(items)
    for scorer in SCORERS:
        scorer.score(a_cluster(), state)
    assert state == same
