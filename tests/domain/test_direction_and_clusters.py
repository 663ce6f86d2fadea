from datetime import timedelta

import pytest

from tidegate.core.domain.events import AlertReceived, AlertRepeated, SignalScored
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Alerts, Prices, Settings
from tidegate.core.domain.signals.alert_filter import direction_of, why_uncounted
from tidegate.core.domain.state import State, Symbol
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Alert, Direction
from tidegate.testing import NOW, an_alert


@pytest.mark.parametrize(
    ("kind", "ask", "bid", "direction"),
    [
        ("call", 100.0, 0.0, Direction.BULLISH),
        ("put", 0.0, 100.0, Direction.BULLISH),
        ("put", 100.0, 0.0, Direction.BEARISH),
        ("call", 0.0, 100.0, Direction.BEARISH),
        ("call", 50.0, 50.0, Direction.NEUTRAL),
        ("call", 49.9, 0.0, Direction.NEUTRAL),
        ("call", 50.0, 0.0, Direction.BULLISH),
        ("call", 0.0, 0.0, Direction.NEUTRAL),
        ("call", None, 0.0, Direction.NEUTRAL),
        ("put", 99.0, None, Direction.NEUTRAL),
        ("put", 100.0, None, Direction.BEARISH),
        ("put", None, 100.0, Direction.BULLISH),
    ],
)
def test_direction_follows_the_aggressor_and_is_neutral_when_it_is_unknown(
    kind: str, ask: float | None, bid: float | None, direction: Direction
) -> None:
    alert = an_alert(option_type=kind, premium=100.0, ask_premium=ask, bid_premium=bid)
    assert direction_of(alert) is direction


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({"premium": 100_000.0}, True),
        ({"premium": 99_999.99}, False),
        ({"expiry": (NOW + timedelta(days=7)).date()}, True),
        ({"expiry": (NOW + timedelta(days=8)).date()}, False),
        ({"volume": 101, "open_interest": 100}, True),
        ({"volume": 100, "open_interest": 100}, False),
        ({"volume": 1, "open_interest": 0}, True),
        ({"volume": None, "open_interest": 100}, False),
        ({"volume": 100, "open_interest": None}, False),
        ({"multileg": True}, False),
    ],
)
def test_the_base_filter_has_these_edges(changes: dict[str, object], passes: bool) -> None:
    sound = {"at": NOW, "premium": 200_000.0, "volume": 900, "open_interest": 100}
    assert (why_uncounted(an_alert(**{**sound, **changes}), Symbol(), Alerts()) is None) is passes


def alert(number: int, seconds: float, **changes: object) -> Alert:
    at = NOW + timedelta(seconds=seconds)
    row = {"id": f"a{number}", "at": at, "start": at, "premium": 200_000.0, "volume": 900, "open_interest": 100}
    return an_alert(**{**row, "contract": f"SPY260116C{number:08d}", **changes})


def signals(*alerts: Alert) -> list[SignalScored]:
    state, rules, found = State(), Rules(settings=Settings(prices=Prices(wait_s=0.0))), []
    for each in alerts:
        fact = admit(state, AlertReceived(source="unusual_whales", alert=each))
        assert fact is not None
        recorded, _ = advance(state, fact, each.at, rules)
        found += [r.event for r in recorded if isinstance(r.event, SignalScored)]
    return found


def test_three_aligned_alerts_within_the_window_make_a_signal_that_lists_them() -> None:
    (scored,) = signals(alert(1, 0), alert(2, 300), alert(3, 600))
    assert len(scored.signal.members) == 3
    assert scored.signal.trace == scored.signal.members[-1]


def test_a_third_alert_after_the_window_makes_none() -> None:
    assert signals(alert(1, 0), alert(2, 300), alert(3, 600.001)) == []


def test_opposed_and_neutral_alerts_do_not_complete_a_cluster() -> None:
    put = alert(3, 20, option_type="put")
    neutral = alert(4, 30, ask_premium=100_000.0, bid_premium=100_000.0)
    assert signals(alert(1, 0), alert(2, 10), put, neutral) == []


def test_an_alert_that_repeats_a_contract_and_window_counts_once() -> None:
    first = alert(1, 0)
    again = alert(2, 5, contract=first.contract, start=first.start)
    assert signals(first, again, alert(3, 10)) == []
    assert len(signals(first, again, alert(3, 10), alert(4, 20))) == 1


def test_an_alert_too_small_to_count_does_not_make_its_larger_re_aggregation_a_repeat() -> None:
    small = alert(1, 0, premium=80_000.0, ask_premium=80_000.0, bid_premium=0.0)
    whole = alert(2, 1, contract=small.contract, start=small.start, premium=400_000.0, ask_premium=400_000.0)
    assert len(signals(small, whole, alert(3, 10), alert(4, 20))) == 1


def test_a_feed_that_was_silent_for_long_counts_as_watched_only_since_it_spoke_again() -> None:
    state = State()
    for number, seconds in enumerate((0.0, 1_800.0, 3_600.1)):
        each = alert(number, seconds)
        advance(state, AlertReceived(source="unusual_whales", alert=each), each.at, Rules())
    assert state.feed_since == NOW + timedelta(seconds=3_600.1)


def test_a_symbol_signals_once_per_direction_and_cooldown() -> None:
    early = [alert(i, i * 10) for i in range(1, 9)]
    late = [alert(20 + i, 980 + i * 10) for i in range(1, 4)]
    assert len(signals(*early)) == 1
    assert len(signals(*early, *late)) == 2


def test_an_alert_seen_before_is_a_repeat_and_changes_no_flow() -> None:
    state = State()
    fact = AlertReceived(source="unusual_whales", alert=alert(1, 0))
    advance(state, fact, NOW, Rules())
    again = admit(state, fact)
    assert isinstance(again, AlertRepeated)
    advance(state, again, NOW, Rules())
    assert (state.tally.alerts, state.tally.duplicates, len(state.symbols["SPY"].flow)) == (1, 1, 1)
