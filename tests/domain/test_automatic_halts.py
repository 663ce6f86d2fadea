"""Halts that the engine latches by itself: books that stay apart, a disk, a clock. A person releases them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Halts, Settings
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.broker import BrokerPosition
from tidegate.testing import NOW, a_state

RULES = Rules(settings=Settings(halts=Halts(unreconciled_s=100.0)))
WRONG = (
    e.StorageFailed(reason="disk full"),
    e.DiskLow(free_mb=12.5, limit_mb=200.0),
    e.ClockSkewed(skew_s=-86_400.0, limit_s=5.0, against="the journal's last event"),
)


def take(state: State, fact: e.Fact, after_s: float) -> list[e.Event]:
    return [record.event for record in advance(state, fact, NOW + timedelta(seconds=after_s), RULES)[0]]


def halts(events: list[e.Event]) -> list[e.HaltLatched]:
    return [event for event in events if isinstance(event, e.HaltLatched)]


def apart(state: State, after_s: float) -> list[e.Event]:
    """The broker holds what we do not know."""
    strange = BrokerPosition(symbol="XYZ", side=PositionSide.LONG, quantity=Decimal(1), average_price=Decimal(1))
    return take(state, e.BrokerSeen(positions=(strange,)), after_s)


@pytest.mark.parametrize("fact", WRONG)
def test_what_is_wrong_with_the_machine_latches_a_halt_of_entries_in_the_engines_name(fact: e.Fact) -> None:
    state = a_state()
    (halt,) = halts(take(state, fact, 1))
    assert (halt.level, halt.who) == ("entries", "engine")
    assert halt.reason
    assert state.halt is not None


@pytest.mark.parametrize("fact", WRONG)
def test_a_halt_that_stands_is_left_as_it_is(fact: e.Fact) -> None:
    state = a_state()
    take(state, e.RequestReceived(id=1, who="me", name="halt", args={"level": "flatten", "reason": "mine"}), 1)
    assert halts(take(state, fact, 2)) == []
    assert state.halt is not None
    assert state.halt.reason == "mine"


def test_storage_that_recovers_releases_nothing() -> None:
    state = a_state()
    take(state, e.StorageFailed(reason="disk full"), 1)
    take(state, e.StorageRecovered(), 2)
    assert state.halt is not None


def test_books_that_differ_for_longer_than_the_setting_halt_and_not_before() -> None:
    state = a_state()
    take(state, e.EngineStarted(mode="t", version="0", reconciles=True), 0)
    apart(state, 50)
    assert halts(take(state, e.Tick(), 100)) == []
    (halt,) = halts(take(state, e.Tick(), 101))
    assert "XYZ" in halt.reason


def test_books_that_were_never_compared_halt_as_well() -> None:
    state = a_state()
    take(state, e.EngineStarted(mode="t", version="0", reconciles=True), 0)
    (halt,) = halts(take(state, e.Tick(), 101))
    assert "not compared yet" in halt.reason


def test_books_that_agree_in_time_halt_nothing() -> None:
    state = a_state()
    take(state, e.EngineStarted(mode="t", version="0", reconciles=True), 0)
    take(state, e.BrokerSeen(positions=()), 99)
    assert state.unreconciled_since is None
    assert halts(take(state, e.Tick(), 300)) == []


def test_a_venue_without_a_book_of_its_own_never_halts_for_it() -> None:
    state = a_state()
    take(state, e.EngineStarted(mode="t", version="0"), 0)
    assert halts(take(state, e.Tick(), 10_000)) == []


def test_a_halt_is_never_loosened_by_a_lesser_one() -> None:
    state = a_state()
    take(state, e.RequestReceived(id=1, who="me", name="halt", args={"level": "flatten"}), 1)
    assert halts(take(state, e.RequestReceived(id=2, who="me", name="halt", args={"level": "entries"}), 2)) == []
    assert state.halt is not None
    assert state.halt.level == "flatten"
