"""A turn at a venue: the circuit, the budget, and the circuit again; and what an answer says for the calls to come."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tidegate import (
    Budget,
    Circuit,
    LimitedError,
    Priority,
    TransientError,
    Turnstile,
    UnsureError,
    VenueError,
    requests_left,
    resilience_gauges,
    turnstile_for,
)

NOW = datetime(2026, 10, 8, 15, 0, tzinfo=UTC)


class Gate:
    """A turnstile in a time of its own; `meanwhile` happens while a call waits for the budget."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.meanwhile: Callable[[], None] = lambda: None
        circuit = Circuit("venue", now=lambda: NOW + timedelta(seconds=self.at))
        self.turnstile = Turnstile(circuit, Budget(60.0, clock=lambda: self.at, sleep=self._sleep))

    async def _sleep(self, seconds: float) -> None:
        self.meanwhile()
        self.at += seconds

    def state(self) -> str:
        return self.turnstile.circuit.gauge().state

    def tokens(self) -> float:
        return self.turnstile.budget.gauge().tokens

    def close_the_door(self) -> None:
        self.turnstile.refused(VenueError("the keys are refused"))

    def wait_for_the_trial(self) -> None:
        self.at += self.turnstile.circuit.wait_s()


def left_alone(gate: Gate) -> TransientError:
    with pytest.raises(TransientError, match="the keys are refused") as raised:
        asyncio.run(gate.turnstile.take(Priority.QUOTE))
    return raised.value


def test_an_open_circuit_costs_no_token_and_says_for_how_long() -> None:
    gate = Gate()
    gate.close_the_door()
    before = gate.tokens()
    assert left_alone(gate).wait_s == 60.0
    assert gate.tokens() == before


def test_a_circuit_that_opens_during_the_wait_for_the_budget_lets_nothing_out() -> None:
    gate = Gate()
    gate.turnstile.budget.hold(5.0)
    gate.meanwhile = gate.close_the_door
    assert left_alone(gate).wait_s == 55.0


def test_a_call_that_gets_no_turn_leaves_the_one_trial_to_another() -> None:
    gate = Gate()
    gate.close_the_door()
    gate.wait_for_the_trial()
    gate.turnstile.budget.hold(30.0)
    with pytest.raises(LimitedError):
        asyncio.run(gate.turnstile.take(Priority.QUOTE, within_s=1.0))
    assert gate.state() == "open"
    asyncio.run(gate.turnstile.take(Priority.RECONCILE))
    assert gate.state() == "half-open"
    left_alone(gate)


def test_who_insists_passes_an_open_circuit_but_takes_his_token() -> None:
    gate = Gate()
    gate.close_the_door()
    before = gate.tokens()
    asyncio.run(gate.turnstile.insist(Priority.EXIT))
    assert gate.tokens() == before - 1.0
    assert gate.state() == "open"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (TransientError("503"), "open"),
        (UnsureError("timeout"), "open"),
        (LimitedError("429", wait_s=7.0), "closed"),
        (VenueError("no such order"), "closed"),
    ],
    ids=["may pass", "unsure", "a limit", "an answer"],
)
def test_only_a_venue_without_a_usable_answer_is_left_alone(error: VenueError, state: str) -> None:
    gate = Gate()
    for _ in range(3):
        gate.turnstile.failed(error, Priority.QUOTE)
    assert gate.state() == state


def test_a_limit_holds_those_who_are_as_urgent_as_the_call_that_met_it_or_less() -> None:
    gate = Gate()
    gate.turnstile.failed(LimitedError("429", wait_s=7.0), Priority.ENTRY)
    held = {each: gate.turnstile.budget.held_s(each) for each in Priority}
    assert held == {Priority.EXIT: 0.0, Priority.RECONCILE: 0.0, Priority.ENTRY: 7.0, Priority.QUOTE: 7.0}


def test_a_pause_that_the_venue_asks_for_is_the_circuits() -> None:
    gate = Gate()
    for _ in range(3):
        gate.turnstile.failed(TransientError("503", wait_s=300.0), Priority.QUOTE)
    assert gate.turnstile.circuit.wait_s() == 300.0


def test_an_answer_closes_the_circuit_and_says_how_much_is_left() -> None:
    gate = Gate()
    gate.close_the_door()
    gate.turnstile.answered(requests_left({"x-ratelimit-remaining": "2"}))
    assert (gate.state(), gate.tokens()) == ("closed", 2.0)
    gate.turnstile.answered(requests_left({}))
    assert gate.tokens() == 2.0


@pytest.mark.parametrize("said", ["", "-1", "many", "1.5"])
def test_a_count_that_is_no_whole_number_says_nothing(said: str) -> None:
    assert requests_left({"x-ratelimit-remaining": said}) is None


def test_two_turnstiles_of_one_key_share_what_stands_behind_them_and_show_nothing_of_the_key() -> None:
    one, other = (turnstile_for("turnstile test (host)", "a-key", 60.0) for _ in range(2))
    assert (one.circuit, one.budget) == (other.circuit, other.budget)
    assert turnstile_for("turnstile test (host)", "b-key", 60.0).budget is not one.budget
    shown = next(each for each in resilience_gauges() if each.circuit.venue == "turnstile test (host)")
    assert [each.per_minute for each in shown.budgets] == [60.0, 60.0]
    assert "a-key" not in str(shown)
