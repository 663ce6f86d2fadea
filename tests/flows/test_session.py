"""The bundled session: what is in the file, and the story it tells when the engine plays it."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.demo import Demo
from tidegate.core.domain.events import PositionClosed, Recorded, SignalJudged
from tidegate.core.domain.state import State
from tidegate.core.journaling.reader import Reader

ROOT = Path(__file__).parents[2]
SESSION = ROOT / "tidegate" / "sessions" / "demo.jsonl.gz"
FIELDS = {
    "alert_rule", "all_opening_trades", "ask", "bid", "created_at", "end_time", "er_time", "expiry", "expiry_count",
    "has_floor", "has_multileg", "has_singleleg", "has_sweep", "id", "iv_end", "iv_start", "marketcap",
    "next_earnings_date", "open_interest", "option_chain", "price", "rule_id", "sector", "start_time", "strike",
    "ticker", "total_ask_side_prem", "total_bid_side_prem", "total_premium", "total_size", "trade_count", "type",
    "underlying_price", "volume", "volume_oi_ratio",
}  # fmt: skip
DECIMALS = ("ask", "bid", "price", "strike", "total_ask_side_prem", "total_bid_side_prem", "underlying_price")
OPENS, CLOSES = datetime(2025, 10, 15, 13, 28, tzinfo=UTC), datetime(2025, 10, 15, 20, 5, tzinfo=UTC)


class Played(NamedTuple):
    state: State
    events: list[Recorded]


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return gzip.decompress(SESSION.read_bytes()).decode().splitlines()


@pytest.fixture(scope="module")
def alerts(lines: list[str]) -> list[dict[str, object]]:
    frames = [json.loads(line) for line in lines if line.endswith("]")]
    return [payload for channel, payload in frames if channel == "flow-alerts" and "id" in payload]


@pytest.fixture(scope="module")
def played(demo: Demo) -> Iterator[Played]:
    with closing(Reader.open(demo.folder)) as journal:
        yield Played(journal.state(), journal.events(limit=1_000_000))


def test_the_script_writes_the_bundled_file(tmp_path: Path, lines: list[str]) -> None:
    made = tmp_path / "made.jsonl.gz"
    subprocess.run([sys.executable, "-m", "scripts.session.make", made], cwd=ROOT, check=True, capture_output=True)
    assert gzip.decompress(made.read_bytes()).decode().splitlines() == lines


def test_alerts_have_the_shape_of_the_wire(alerts: list[dict[str, object]]) -> None:
    assert len(FIELDS) == 35
    assert 1500 <= len(alerts) <= 2500
    assert all(row.keys() == FIELDS for row in alerts)
    assert all(isinstance(row[name], str) for row in alerts for name in DECIMALS)


def test_alerts_belong_to_one_day_and_most_of_them_to_its_open(alerts: list[dict[str, object]]) -> None:
    times = [datetime.fromisoformat(str(row["created_at"])) for row in alerts]
    assert OPENS <= min(times) <= max(times) <= CLOSES
    first_hour = sum(at < OPENS + timedelta(minutes=62) for at in times)
    assert first_hour > len(times) / 4


def test_some_alerts_are_told_twice(alerts: list[dict[str, object]]) -> None:
    assert sum(count - 1 for count in Counter(row["id"] for row in alerts).values()) >= 20
    windows = Counter((row["option_chain"], row["start_time"], row["alert_rule"]) for row in alerts)
    assert any(rule == "SweepsFollowedByFloor" for _, _, rule in windows)


def test_the_file_is_small() -> None:
    assert SESSION.stat().st_size < 450_000


def test_every_gate_it_is_written_for_blocks(played: Played) -> None:
    assert set(played.state.tally.blocked) == {
        "already_positioned", "concentration", "cooldown", "fresh_account", "halt", "ignition", "max_positions",
        "pace", "size", "threshold",
    }  # fmt: skip


def test_something_happens_within_ninety_seconds(played: Played) -> None:
    first = next(record for record in played.events if isinstance(record.event, SignalJudged))
    assert first.at - played.events[0].at <= timedelta(seconds=90)


def test_the_queue_fills_in_panic_and_drains_in_every_way(played: Played) -> None:
    tally = played.state.tally
    assert tally.queued == tally.drained + tally.dropped + tally.expired >= 3
    assert min(tally.drained, tally.dropped, tally.expired) >= 1
    assert not played.state.queue


def test_there_are_wins_and_losses_in_two_regimes(played: Played) -> None:
    outcomes = [record.event.outcome for record in played.events if isinstance(record.event, PositionClosed)]
    seen = {(outcome.regime.value, outcome.pnl > 0) for outcome in outcomes if outcome.pnl}
    assert seen >= {(regime, won) for regime in ("RISK_ON", "PANIC") for won in (True, False)}


def test_every_exit_rule_closes_something(played: Played) -> None:
    outcomes = [record.event.outcome for record in played.events if isinstance(record.event, PositionClosed)]
    assert {reason for outcome in outcomes for reason in outcome.reasons} >= {
        "stop", "trailing", "target", "time_limit", "stale",
    }  # fmt: skip
    assert any(outcome.reasons.count("target") > 1 for outcome in outcomes)


def test_the_venue_misbehaves_in_every_way(played: Played) -> None:
    kinds = Counter(type(record.event).__name__ for record in played.events)
    for kind in ("OrderRejected", "OrderUnknown", "RateLimited", "OrderRetried", "EntryAbandoned", "VenueUnavailable"):
        assert kinds[kind] >= 1, kind
    assert any(len(order.executions) > 1 for order in played.state.done.values())


def test_bad_rows_are_counted_and_nothing_fails(played: Played) -> None:
    tally = played.state.tally
    assert (tally.rejected_rows, tally.ignored_rows, tally.errors) == (6, 1, 0)
    assert tally.duplicates >= 20
    assert tally.neutral >= 500


def test_the_books_agree_with_the_trades(played: Played) -> None:
    closed = [record.event.outcome for record in played.events if isinstance(record.event, PositionClosed)]
    assert sum(outcome.pnl for outcome in closed) == played.state.tally.pnl
    assert not played.state.orders
