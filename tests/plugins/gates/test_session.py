"""The gate session, at the edges of New York's days."""

from datetime import UTC, datetime

import pytest

from tidegate import Result, State, Verdict
from tidegate.plugins.gates.session import SessionGate
from tidegate.testing import a_signal, a_state, run_gate


def at(text: str) -> State:
    return a_state(at=datetime.fromisoformat(text).replace(tzinfo=UTC))


def asked(text: str, *, first: float = 0.0, last: float = 5.0) -> Verdict:
    return run_gate(SessionGate(first_minutes=first, last_minutes=last), a_signal(), at(text))


@pytest.mark.parametrize(
    ("now", "result", "reason"),
    [
        ("2025-10-15T13:29:59", Result.BLOCK, "before the open"),
        ("2025-10-15T13:30:00", Result.PASS, ""),
        ("2025-10-15T19:55:00", Result.PASS, ""),
        ("2025-10-15T19:55:01", Result.BLOCK, "too near to the close"),
        ("2025-10-15T20:00:00", Result.BLOCK, "after the close"),
        ("2025-10-16T01:00:00", Result.BLOCK, "after the close"),  # still the 15th in New York
        ("2025-11-03T13:30:00", Result.BLOCK, "before the open"),  # winter time since the day before
        ("2025-11-03T14:30:00", Result.PASS, ""),
        ("2025-11-27T16:00:00", Result.BLOCK, "no session on 2025-11-27"),
        ("2025-11-28T17:54:00", Result.PASS, ""),
        ("2025-11-28T17:56:00", Result.BLOCK, "too near to the close"),
        ("2025-11-28T18:00:00", Result.BLOCK, "after the close of a half day"),
        ("2025-10-18T15:00:00", Result.BLOCK, "no session on 2025-10-18"),
    ],
)
def test_entries_are_for_trading_sessions(now: str, result: Result, reason: str) -> None:
    verdict = asked(now)
    assert (verdict.result, verdict.reason) == (result, reason)


def test_the_first_minutes_can_be_left_out() -> None:
    verdict = asked("2025-10-15T13:39:59", first=10)
    assert (verdict.result, verdict.reason, verdict.limit) == (Result.BLOCK, "too soon after the open", 10)
    assert verdict.measured == pytest.approx(10 - 1 / 60)
    assert asked("2025-10-15T13:40:00", first=10).result is Result.PASS


def test_with_no_last_minutes_the_close_itself_still_ends_entries() -> None:
    assert asked("2025-10-15T19:59:59", last=0).result is Result.PASS
    assert asked("2025-10-15T20:00:00", last=0).blocks


def test_a_year_without_a_calendar_is_unknown_and_blocks() -> None:
    verdict = asked("1972-05-02T15:00:00")
    assert (verdict.result, verdict.policy, verdict.blocks) == (Result.UNKNOWN, "closed", True)
    assert "1972" in verdict.reason


def test_the_gate_leaves_the_state_alone() -> None:
    state = at("2025-10-15T15:00:00")
    run_gate(SessionGate(), a_signal(), state)
    assert state == at("2025-10-15T15:00:00")
