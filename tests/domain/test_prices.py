"""The door for prices, sentence by sentence: what counts, what waits, and what is unknown."""

from datetime import UTC, datetime, timedelta

import pytest

from tidegate.core.calendar import is_open
from tidegate.core.domain.events import QuoteSeen
from tidegate.core.domain.prices import looking
from tidegate.core.domain.prices.candidates import candidates, why_unknown
from tidegate.core.domain.prices.door import Door, Origin
from tidegate.core.domain.prices.plausibility import implausible
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Prices
from tidegate.core.domain.stepping.admission import in_session
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Bar, Quote
from tidegate.testing import NOW, a_bars, a_position, a_quote, a_state, an_alert

RULES = Prices()
OPEN = datetime(2025, 3, 12, 13, 30, tzinfo=UTC)


def look(door: Door, seconds: float, bid: float | None, ask: float | None, last: float = 100.0) -> Door:
    at = NOW + timedelta(seconds=seconds)
    looking.look(door, Quote(symbol="SPY", at=at, last=last, bid=bid, ask=ask), at, RULES)
    return door


def known(price: float = 100.0) -> Door:
    """A price that counted: a touch two cents wide, seen twice before NOW."""
    door = Door()
    for seconds in (-11.0, -10.0):
        look(door, seconds, price - 0.01, price + 0.01, price)
    assert door.price == price
    return door


def price_at(door: Door, seconds: float) -> float | None:
    return door.counted(NOW + timedelta(seconds=seconds), RULES.max_age_s)


# ---- touches


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        pytest.param(100.0, 100.2, 100.1, id="its middle is the price"),
        pytest.param(99.01, 100.98, 99.995, id="under two percent wide counts"),
        pytest.param(99.0, 101.0, None, id="two percent wide is an interval"),
        pytest.param(0.0, 100.1, 100.0, id="nobody bids"),
        pytest.param(100.2, 100.1, 100.0, id="crossed"),
        pytest.param(100.1, 100.1, 100.1, id="locked counts"),
    ],
)
def test_a_touch_counts_or_does_not(bid: float, ask: float, expected: float | None) -> None:
    assert price_at(look(known(), 0, bid, ask), 0) == expected


def test_a_wide_touch_says_both_its_ends_until_a_narrow_one_comes() -> None:
    door = look(known(), 0, 95.0, 101.0)
    assert door.interval(NOW, RULES.max_age_s) == (95.0, 101.0)
    look(door, 1, 99.99, 100.01)
    assert (door.interval(NOW, RULES.max_age_s), price_at(door, 1)) == (None, 100.0)


def test_a_wide_touch_that_jumps_waits_for_its_witness_too() -> None:
    door = look(known(), 0, 90.0, 95.0)
    assert (door.interval(NOW, RULES.max_age_s), price_at(door, 0)) == (None, 100.0)
    look(door, 1, 90.0, 95.0)
    assert door.interval(NOW, RULES.max_age_s) == (90.0, 95.0)


@pytest.mark.parametrize(("seconds", "expected"), [(60.0, 100.0), (60.001, None)])
def test_a_price_is_as_old_as_the_last_look_that_found_its_touch(seconds: float, expected: float | None) -> None:
    door = look(known(), 0, 99.99, 100.01)
    assert price_at(door, seconds) == expected
    assert price_at(look(door, 50, 99.99, 100.01), 50 + seconds) == expected


# ---- jumps


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        pytest.param([(0, 98.9)], 100.0, id="one look is not believed"),
        pytest.param([(0, 99.0)], 99.0, id="one percent is no jump"),
        pytest.param([(0, 98.0), (0.9, 98.0)], 100.0, id="a second look too soon is none"),
        pytest.param([(0, 98.0), (1, 98.0)], 98.0, id="a second later it is"),
        pytest.param([(0, 98.0), (1, 96.0)], 98.0, id="of a fall the less extreme counts"),
        pytest.param([(0, 96.0), (1, 98.0)], 98.0, id="whichever came first"),
        pytest.param([(0, 98.0), (1, 96.0), (2, 94.0)], 96.0, id="a fall that goes on is a second behind"),
        pytest.param([(0, 96.0), (0.5, 97.0), (1, 95.0)], 97.0, id="the least extreme of all within the second"),
        pytest.param([(0, 98.0), (1, 100.0), (2, 98.0)], 100.0, id="a look back inside takes it back"),
        pytest.param([(0, 98.0), (1, 102.0)], 100.0, id="the other side is no witness"),
        pytest.param([(0, 98.0), (1, 102.0), (2, 102.0)], 102.0, id="and waits for its own"),
        pytest.param([(300, 100.5)], 100.5, id="a gap alone needs none"),
        pytest.param([(300, 94.0)], None, id="a jump over a gap does"),
    ],
)
def test_a_jump_needs_a_witness(looks: list[tuple[float, float]], expected: float | None) -> None:
    door = known()
    for seconds, middle in looks:
        look(door, seconds, middle - 0.01, middle + 0.01)
    assert price_at(door, looks[-1][0]) == expected


@pytest.mark.parametrize(
    ("middles", "expected"),
    [([100.0], None), ([100.0, 100.5], 100.5), ([50.0, 100.0], None), ([50.0, 100.0, 100.0], 100.0)],
)
def test_a_first_price_needs_one_that_is_near_it(middles: list[float], expected: float | None) -> None:
    door = Door()
    for seconds, middle in enumerate(middles):
        look(door, seconds, middle - 0.01, middle + 0.01)
    assert price_at(door, len(middles)) == expected


@pytest.mark.parametrize(("seconds", "expected"), [(2.9, 100.0), (3.0, 96.0)])
def test_a_touch_that_stands_is_its_own_witness(seconds: float, expected: float) -> None:
    door = look(known(), 0, 95.99, 96.01)
    looking.stand(door, NOW + timedelta(seconds=seconds), RULES)
    assert price_at(door, seconds) == expected
    assert (door.at == NOW) is (expected == 96.0)  # as old as the look, not as the timer


def test_a_touch_that_was_taken_away_does_not_stand() -> None:
    door = look(known(), 0, 95.99, 96.01)
    look(door, 1, 0.0, 96.01)
    looking.stand(door, NOW + timedelta(seconds=9), RULES)
    assert price_at(door, 9) == 100.0


def test_a_touch_that_alternates_is_unknown_by_name_until_it_stops() -> None:
    door = known()
    for second in range(3):
        look(door, second * 2, 95.99, 96.01)
        look(door, second * 2 + 1, 99.99, 100.01)
    now = NOW + timedelta(seconds=5)
    assert price_at(door, 5) is None
    assert why_unknown(door, now, RULES) == "its touch alternates"
    assert price_at(look(door, 12, 99.99, 100.01), 12) == 100.0


# ---- prints


def test_a_print_is_no_price_while_a_touch_was_looked_at() -> None:
    door = known()
    for second in range(5):
        look(door, second, 99.99, 100.01, last=96.0 - second)
    assert price_at(door, 5) == 100.0


@pytest.mark.parametrize(
    ("prints", "expected"),
    [
        pytest.param([(3, 100.005)], 100.005, id="the touch that stands contains it"),
        pytest.param([(3, 99.5)], 100.0, id="outside, and alone"),
        pytest.param([(3, 99.5), (3.9, 99.5)], 100.0, id="another one too soon"),
        pytest.param([(3, 99.5), (4, 99.7)], 99.7, id="another one near it: the less extreme"),
        pytest.param([(3, 98.0), (4, 95.0)], 98.0, id="another one further the same way"),
        pytest.param([(3, 95.0), (4, 100.2)], 100.0, id="another one on the other side"),
    ],
)
def test_a_print_counts_when_the_touch_contains_it_or_another_confirms_it(
    prints: list[tuple[float, float]], expected: float
) -> None:
    door = look(known(), 0, 99.99, 100.01)
    for seconds, last in prints:
        look(door, seconds, None, None, last)
    assert price_at(door, prints[-1][0]) == expected


def test_a_print_within_a_touch_that_waits_for_its_own_witness_is_not_contained() -> None:
    door = look(known(), 0, 95.0, 96.8)
    assert price_at(look(door, 2.5, None, None, last=95.5), 2.5) == 100.0


def test_a_repeated_last_price_beside_a_falling_touch_is_no_trade() -> None:
    door = known()
    for second, middle in enumerate((99.5, 99.0, 98.5, 98.0, 97.5)):
        look(door, second, middle - 0.01, middle + 0.01, last=100.0)
    assert price_at(door, 5) == 97.5


# ---- bars, the broker, and the session


def minute(close: float, end_s: float = 60.0) -> Bar:
    return a_bars(close, close, end=NOW + timedelta(seconds=end_s))[0]


def test_a_bars_close_is_a_price_of_its_end_without_a_newer_touch() -> None:
    door = known()
    looking.bar(door, minute(100.4), RULES)
    assert (price_at(door, 60), price_at(door, 120.001)) == (100.4, None)
    look(door, 70, 99.99, 100.01)
    looking.bar(door, minute(100.4, 120), RULES)
    assert price_at(door, 120) == 100.0


def test_a_bar_that_jumps_waits_for_the_next() -> None:
    door = known()
    looking.bar(door, minute(94.0), RULES)
    assert price_at(door, 60) is None
    looking.bar(door, minute(93.0, 120), RULES)
    assert price_at(door, 120) == 94.0


def test_the_brokers_price_is_used_when_ours_is_too_old() -> None:
    door = known()
    looking.told_by_broker(door, 100.3, NOW, RULES)
    assert price_at(door, 0) == 100.0
    looking.told_by_broker(door, 100.3, NOW + timedelta(seconds=51), RULES)
    assert (price_at(door, 51), door.origin) == (100.3, Origin.BROKER)
    assert door.booked(NOW + timedelta(seconds=951), RULES.book_max_age_s) == 100.3


def test_a_book_counts_an_old_price_and_then_the_brokers() -> None:
    door = known()
    assert door.booked(NOW + timedelta(seconds=890), RULES.book_max_age_s) == 100.0
    assert door.booked(NOW + timedelta(seconds=891), RULES.book_max_age_s) is None
    door.broker = 99.0
    assert door.booked(NOW + timedelta(seconds=891), RULES.book_max_age_s) == 99.0


# ---- what a price does


def test_a_position_whose_price_was_unknown_for_long_is_no_stale_one() -> None:
    position = a_position(opened_at=NOW)
    for minutes in (0.0, 10.0, 100.0):
        position.mark(100.0, NOW + timedelta(minutes=minutes), 60.0)
    assert position.watched_s(NOW + timedelta(minutes=100.5), 60.0) == 60.0 + 60.0 + 30.0


def test_a_price_from_before_a_position_moves_no_mark_of_it() -> None:
    state = a_state(a_quote(at=NOW - timedelta(seconds=10), last=110.0))
    state.positions["SPY"] = a_position(updated_at=NOW)
    at = NOW + timedelta(seconds=1)
    advance(state, QuoteSeen(source="s", quote=a_quote(at=at, last=90.0)), at, Rules())
    assert (state.price("SPY"), state.positions["SPY"].high_water) == (110.0, 100.0)


def test_nobody_is_asked_about_a_touch_of_which_one_side_has_left() -> None:
    state = a_state(a_quote(at=NOW - timedelta(seconds=2)), a_quote(bid=None))
    assert state.touch("SPY") is None
    assert state.price("SPY") == 100.0


@pytest.mark.parametrize(
    ("told", "seen", "regular"),
    [
        (OPEN, OPEN, True),
        (OPEN - timedelta(seconds=1), OPEN, False),
        (OPEN - timedelta(days=1) + timedelta(hours=6), OPEN + timedelta(minutes=1), False),  # told again today
        (OPEN + timedelta(hours=6), OPEN + timedelta(hours=6), True),
        (OPEN + timedelta(hours=6.5), OPEN + timedelta(hours=6.5), False),
    ],
)
def test_a_quote_is_of_the_session_in_which_it_stood(told: datetime, seen: datetime, regular: bool) -> None:
    fact = in_session(QuoteSeen(source="s", quote=a_quote(at=told)), seen, is_open)
    assert isinstance(fact, QuoteSeen)
    assert fact.regular is regular


# ---- alerts


@pytest.mark.parametrize(
    ("said", "seconds", "expected"),
    [
        (50.0, 0, True),
        (96.98, 0, True),
        (97.0, 0, False),
        (103.0, 0, False),
        (103.02, 0, True),
        (None, 0, False),
        (50.0, 60, True),  # a minute without a price: that of the minute before
        (50.0, 120, False),  # nothing is known of that time
        (50.0, -120, False),
    ],
)
def test_an_alert_is_implausible_beyond_three_percent_of_its_own_minute(
    said: float | None, seconds: float, expected: bool
) -> None:
    door = look(known(), 0, 99.99, 100.01)
    door.minutes = door.minutes[-1:]
    alert = an_alert(at=NOW + timedelta(seconds=seconds), underlying_price=said)
    assert implausible(alert, door) is expected


# ---- what is shown


def test_each_candidate_says_why_it_counts_or_not() -> None:
    door = look(known(), 0, 99.99, 100.01, last=96.0)
    looking.told_by_broker(door, 99.8, NOW, RULES)
    told = [(each.origin, each.counts, each.why) for each in candidates(door, minute(100.0, -30), NOW, RULES)]
    assert told == [
        (Origin.TOUCH, True, "it is the price"),
        (Origin.PRINT, False, "a touch was looked at"),
        (Origin.BAR, False, "another one is newer"),
        (Origin.BROKER, False, "ours was younger, or it waits for its witness"),
    ]
    look(door, 1, 90.0, 95.0)
    assert candidates(door, None, NOW, RULES)[0].why == "it jumps, and waits for its witness"


@pytest.mark.parametrize(
    ("door", "seconds", "why"),
    [
        (None, 0, "no price has counted yet"),
        (known(), 0, ""),
        (known(), 60, "the last that counted is 70 s old"),
        (look(known(), 0, 95.0, 105.0), 0, "its touch is wide, from 95.00 to 105.00"),
    ],
)
def test_an_unknown_price_says_why(door: Door | None, seconds: float, why: str) -> None:
    assert why_unknown(door, NOW + timedelta(seconds=seconds), RULES) == why
