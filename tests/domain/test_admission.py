"""Which quotes are news, and what an alert's price leaves of them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.positions import ExitLevel
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Quote
from tidegate.testing import NOW, a_position, a_quote, a_state, an_alert


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def says(state: State, quote: Quote, arrives: datetime | None = None) -> bool:
    """Whether a quote is news; if it is, it is taken."""
    at = quote.at if arrives is None else arrives
    news = admit(state, e.QuoteSeen(source="s", quote=quote), at)
    if news is not None:
        advance(state, news, at, Rules())
    return news is not None


def bare(at: datetime, last: float) -> Quote:
    return Quote(symbol="SPY", at=at, last=last)


def test_a_second_quote_within_a_second_at_about_the_same_price_is_no_news() -> None:
    state = a_state(a_quote())
    assert not says(state, a_quote(at=after(0.9), last=100.04))
    assert says(state, a_quote(at=after(1.0), last=100.04))


@pytest.mark.parametrize("last", [100.05, 99.95])
def test_a_move_of_five_basis_points_is_news_at_once(last: float) -> None:
    state = a_state(a_quote())
    assert says(state, a_quote(at=after(0.1), last=last))
    assert state.price("SPY") == last


def test_a_price_that_reaches_the_nearest_exit_is_news_at_once() -> None:
    position = a_position(nearest_exit=ExitLevel(rule="stop", price=99.98))
    assert not says(a_state(position, a_quote()), a_quote(at=after(0.5), last=99.99))
    assert says(a_state(position, a_quote()), a_quote(at=after(0.5), last=99.98))


def test_the_last_price_of_a_burst_is_news_once_a_second_has_passed_since_the_known_one() -> None:
    state = a_state(a_quote())
    burst = a_quote(at=after(0.6), last=100.01)
    assert not says(state, burst)
    assert says(state, burst, arrives=after(1.0))
    assert not says(state, burst, arrives=after(5.0))


def test_an_older_quote_is_no_news_however_far_its_price() -> None:
    state = a_state(a_quote())
    assert not says(state, a_quote(at=after(-1.0), last=90.0), arrives=after(10.0))


@given(st.lists(st.tuples(st.floats(0.001, 0.2), st.integers(9_950, 10_050)), min_size=1, max_size=30))
def test_after_any_burst_the_known_price_is_within_five_basis_points_of_the_last_said(
    moves: list[tuple[float, int]],
) -> None:
    state, at, last = a_state(a_quote()), NOW, 100.0
    for seconds, cents in moves:
        at, last = at + timedelta(seconds=seconds), cents / 100
        says(state, a_quote(at=at, last=last))
    known = state.price("SPY")
    assert known is not None
    assert abs(last / known - 1.0) < 0.0005 + 1e-9


def test_a_source_without_bid_and_ask_is_heard_once_a_second_too() -> None:
    state = a_state()
    heard = [says(state, bare(after(tenth / 10), 100.0)) for tenth in range(21)]
    assert [tenth for tenth, news in enumerate(heard) if news] == [0, 10, 20]


def test_an_alerts_price_is_no_quote() -> None:
    state = a_state(a_quote(), an_alert(at=after(20), underlying_price=101.0), at=after(20))
    assert state.price("SPY") == 100.0
    assert state.symbols["SPY"].book == a_quote()


@pytest.mark.parametrize(("seconds", "news"), [(14.9, False), (15.0, True)])
def test_a_touch_that_stands_as_it_stood_is_news_every_fifteen_seconds(seconds: float, news: bool) -> None:
    assert says(a_state(a_quote()), a_quote(), arrives=after(seconds)) is news


def test_a_touch_that_waits_for_its_witness_is_news_again_after_a_second() -> None:
    state = a_state(a_quote())
    assert says(state, a_quote(at=after(2), last=98.0))
    assert not says(state, a_quote(at=after(2), last=98.0), arrives=after(2.9))
    assert says(state, a_quote(at=after(2), last=98.0), arrives=after(3))
    assert state.price("SPY") == 98.0


def test_a_quote_from_tomorrow_is_refused_by_name_and_keeps_no_later_one_away() -> None:
    state, fact = a_state(a_quote()), e.QuoteSeen(source="s", quote=a_quote(at=after(86_400), last=98.0))
    refused = admit(state, fact, after(1))
    assert isinstance(refused, e.InputRejected)
    assert refused.reason == "SPY from the future: 2025-03-13 15:00:00 UTC"
    assert says(state, a_quote(at=after(1), last=100.1))
