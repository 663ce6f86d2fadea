"""The kit that plugin authors test with."""

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import pytest

from tidegate import Gate, Result, Signal, State, Verdict, passed
from tidegate.core.domain.values import OnError
from tidegate.plugins.gates.threshold import Threshold
from tidegate.testing import (
    NOW,
    ManualClock,
    a_bars,
    a_cluster,
    a_position,
    a_quote,
    a_signal,
    a_state,
    an_alert,
    an_outcome,
    run_gate,
)


class Careless(Gate, frozen=True, kw_only=True):
    name: ClassVar[str] = "careless"

    def check(self, signal: Signal, state: State) -> Verdict:
        return passed(measured=state.symbols[signal.symbol].bars[-1].close)


def test_a_gate_is_asked_the_way_the_engine_asks_it() -> None:
    assert run_gate(Threshold(min_score=3.0), a_signal(score=2.9), a_state()).blocks
    assert run_gate(Threshold(min_score=3.0), a_signal(score=2.9), a_state()).gate == "threshold"


def test_a_gate_that_raises_is_unknown_and_its_policy_decides() -> None:
    verdict = run_gate(Careless(), a_signal(), a_state())
    assert (verdict.result, verdict.policy, verdict.reason) == (Result.UNKNOWN, "closed", "failed: KeyError")
    assert not run_gate(Careless(on_error=OnError.OPEN), a_signal(), a_state()).blocks


def test_the_builders_agree_with_each_other() -> None:
    state = a_state(an_alert(), a_quote(), *a_bars(99.0, 100.0), a_position())
    known = state.symbols[a_signal().symbol]
    assert a_signal().trace == a_cluster().trace == an_outcome().trace == known.flow[0].trace
    assert (known.flow[0].direction, known.flow[0].counts) == (a_cluster().direction, True)
    assert state.price("SPY") == known.bars[-1].close == float(state.positions["SPY"].average_price)


def test_a_builder_takes_any_field_and_refuses_what_is_none() -> None:
    assert a_position(bought=7, quantity=Decimal(4)).original_quantity == 7
    assert a_state(a_quote(), at=NOW + timedelta(hours=1)).now == NOW + timedelta(hours=1)
    with pytest.raises(TypeError, match="colour"):
        a_signal(colour="blue")


def test_states_share_nothing() -> None:
    first = a_state(a_position())
    first.entry_times.append(NOW)
    first.positions["SPY"].targets_hit.append(0)
    assert a_state(a_position()).entry_times == []
    assert a_position().targets_hit == []


def test_bars_run_through_the_prices_and_end_when_asked() -> None:
    bars = a_bars(1.0, 2.0, 1.5, end=NOW)
    assert [(bar.open, bar.close, bar.high, bar.low) for bar in bars] == [(1.0, 2.0, 2.0, 1.0), (2.0, 1.5, 2.0, 1.5)]
    assert [bar.end for bar in bars] == [NOW - timedelta(minutes=1), NOW]


def test_a_manual_clock_moves_only_when_it_is_set() -> None:
    clock = ManualClock(NOW)
    clock.set(NOW + timedelta(seconds=1))
    assert clock.now() == NOW + timedelta(seconds=1)
