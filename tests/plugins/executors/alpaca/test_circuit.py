"""The circuit in front of Alpaca's calls."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tidegate import LimitedError, Priority
from tidegate.core.calls.circuit import TRIPS, Circuit
from tidegate.plugins.executors.alpaca.calls import Calls

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")


def test_a_question_that_gets_no_turn_does_not_use_up_the_one_trial_of_an_open_circuit() -> None:
    now = datetime.now(UTC)
    calls = Calls(base_url="http://127.0.0.1:9", keys=("k", "s"), timeout_s=1.0, per_minute=100, within_s=1.0)
    calls.turnstile.circuit = Circuit("nobody", now=lambda: now)
    for _ in range(TRIPS):
        calls.turnstile.circuit.failed("down")
    now += timedelta(minutes=2)
    calls.turnstile.budget.hold(60.0, Priority.RECONCILE)
    with pytest.raises(LimitedError):
        asyncio.run(calls.account(Priority.RECONCILE))
    assert calls.turnstile.circuit.lets()
    calls.close()
