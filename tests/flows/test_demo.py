import json
import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.demo import Demo
from tests.needs import SHARED, needs_shared
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.orders import Status
from tidegate.core.domain.state import State
from tidegate.core.journaling.journal import Reader
from tidegate.folders import JOURNAL
from tidegate.verification.verify import Report, verify

Run = Callable[..., "subprocess.CompletedProcess[str]"]
GATES = (
    "already_positioned",
    "concentration",
    "cooldown",
    "fresh_account",
    "halt",
    "ignition",
    "max_positions",
    "pace",
    "size",
    "threshold",
)
RECORDED = SHARED / "data" / "uw"


def settled(summary: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in summary.items() if name not in ("alerts_per_second", "folder")}


def journaled(folder: Path) -> list[e.Recorded]:
    journal = Reader.open(folder)
    found: list[e.Recorded] = []
    while page := journal.events(after=found[-1].seq if found else 0):
        found += page
    return found


def test_the_same_day_gives_the_same_counts_money_and_events_at_any_speed(
    demo: Demo, tidegate: Run, tmp_path: Path
) -> None:
    again = tidegate("demo", "--headless", "--speed", "9000", "--state-dir", tmp_path / "again", "--json")
    assert settled(json.loads(again.stdout)) == settled(demo[0])


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_that_the_day_is_written_to_trigger_has_blocked(demo: Demo, gate: str) -> None:
    assert demo[0]["blocked"][gate] > 0


def test_everything_queued_was_drained_dropped_or_expired_and_each_happened(demo: Demo) -> None:
    day = demo[0]
    assert day["queued"] == day["drained"] + day["dropped"] + day["expired"]
    assert min(day["drained"], day["dropped"], day["expired"]) > 0


def test_every_closed_trade_has_a_complete_trace(demo: Demo) -> None:
    assert demo[0]["traces_complete"] == demo[0]["trades_closed"] > 20


def test_the_day_has_duplicates_neutral_alerts_and_rows_that_cannot_be_used(demo: Demo) -> None:
    day = demo[0]
    assert min(day["duplicates"], day["neutral"], day["rows_rejected"], day["rejected"], day["abandoned"]) > 0
    assert day["errors"] == 0


def test_every_signal_is_accounted_for(demo: Demo) -> None:
    tally = Reader.open(demo[1]).state().tally
    ended = tally.blocked_signals + tally.rejected + tally.abandoned + tally.dropped + tally.expired
    assert tally.signals == tally.entered + ended


def test_the_day_wins_and_loses_in_two_regimes_scales_out_and_leaves_by_every_rule(demo: Demo) -> None:
    outcomes = [r.event.outcome for r in journaled(demo[1]) if isinstance(r.event, e.PositionClosed)]
    results = {(outcome.regime, outcome.pnl > 0) for outcome in outcomes if outcome.pnl}
    regimes = {regime for regime, _ in results}
    assert "PANIC" in regimes
    assert len([regime for regime in regimes if {(regime, True), (regime, False)} <= results]) >= 2
    assert {rule for outcome in outcomes for rule in outcome.reasons} >= {
        "stop",
        "trailing",
        "target",
        "time_limit",
        "stale",
    }
    assert any(len(outcome.reasons) > 1 for outcome in outcomes)


def test_some_orders_fill_in_parts(demo: Demo) -> None:
    fills: dict[str, int] = {}
    for record in journaled(demo[1]):
        if isinstance(record.event, e.OrderFilled):
            fills[record.event.client_order_id] = fills.get(record.event.client_order_id, 0) + 1
    assert max(fills.values()) > 1


def test_stepping_the_journals_facts_again_reproduces_every_event(demo: Demo) -> None:
    report = verify(demo[1] / JOURNAL)
    assert report == Report(first=1, last=report.last, head=report.head, compared=report.last)


def test_the_journals_cash_equals_its_fills(demo: Demo) -> None:
    state, cash = State(), Decimal(0)
    for record in journaled(demo[1]):
        fold(state, record)
        if isinstance(record.event, e.OrderFilled):
            working = state.done.get(record.event.client_order_id) or state.orders[record.event.client_order_id]
            sign = working.order.side.sign
            cash = cash - sign * record.event.quantity * record.event.price - record.event.fee
            assert working.status in (Status.FILLED, Status.PARTIAL)
    assert state.cash_flow == cash


FLOW_FILES = ("uw-ws-flowalerts-2025-05-16.jsonl", "doc-captures-2025-10-22/flow-alerts.1.json")


@needs_shared
@pytest.mark.parametrize("name", FLOW_FILES)
def test_recorded_flow_alerts_replay_and_every_row_is_counted(name: str, tidegate: Run) -> None:
    done = tidegate("replay", RECORDED / name, "--json")
    assert done.returncode == 0, done.stderr
    day = json.loads(done.stdout)
    rows = 18 if name.endswith("jsonl") else 1
    assert day["alerts"] + day["duplicates"] + day["rows_rejected"] + day["rows_ignored"] == rows
    assert (day["rows_rejected"], day["errors"]) == (0, 0)


OTHER_FILES = sorted(path for path in RECORDED.rglob("*") if path.suffix in {".json", ".jsonl"})


@needs_shared
def test_no_recording_of_another_kind_is_an_error_of_ours(tidegate: Run) -> None:
    done = tidegate("replay", *OTHER_FILES, "--json")
    assert done.returncode == 2, done.stderr  # the files that hold no row of ours are named
    day = json.loads(done.stdout)
    assert (day["alerts"], day["errors"]) == (18, 0)
    assert all("no row of it can be read" in each for each in day["damaged"])


@pytest.mark.parametrize("kind", ["trace", "client order id", "alert id", "member"])
def test_any_id_of_a_closed_trade_prints_its_whole_way_with_every_verdict(demo: Demo, tidegate: Run, kind: str) -> None:
    events = journaled(demo[1])
    trace = next(r.trace for r in events if isinstance(r.event, e.PositionClosed))
    own = [r.event for r in events if r.trace == trace]
    signal = next(event.signal for event in own if isinstance(event, e.SignalScored))
    asked = {
        "trace": trace,
        "client order id": next(event.order.client_order_id for event in own if isinstance(event, e.OrderPlaced)),
        "alert id": next(event.alert.id for event in own if isinstance(event, e.AlertReceived)),
        "member": signal.members[0],
    }[kind]
    shown = json.loads(tidegate("trace", asked, "--state-dir", demo[1], "--json").stdout)
    assert shown["trace"] == trace
    kinds = {event["kind"] for event in shown["events"]}
    assert kinds >= {"AlertReceived", "SignalScored", "SignalJudged", "OrderPlaced", "OrderFilled", "PositionClosed"}
    text = tidegate("trace", asked, "--state-dir", demo[1]).stdout
    assert all(gate in text for gate in GATES)
