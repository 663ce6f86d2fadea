"""`replay`: real files through the real engine; every row is accounted for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

Cli = Callable[..., Any]
START_MS = 1_760_535_000_000  # 2025-10-15 13:30 UTC


def row(number: int, **changes: object) -> bytes:
    """One made-up alert in the wire shape."""
    at = START_MS + number * 5_000
    known = {
        "id": f"made-up-{number}",
        "ticker": "ACME",
        "option_chain": f"ACME251017C000{40 + number}000",
        "total_premium": str(200_000 + number * 100_000),
        "total_ask_side_prem": str(200_000 + number * 100_000),
        "total_bid_side_prem": "0",
        "underlying_price": "42.5",
        "start_time": at,
        "end_time": at,
        "volume": 100,
        "open_interest": 0,
    }
    return msgspec.json.encode({**known, **changes})


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Four alerts that make a cluster, one of them twice, and three lines that cannot or need not be used."""
    file = tmp_path / "day.jsonl"
    ack = b'["flow-alerts",{"response":{},"status":"ok"}]'
    lines = [ack, row(0), row(1), b"{broken", row(1), row(2), row(3, total_premium=None), row(4)]
    file.write_bytes(b"\n".join(lines))
    return file


def test_every_row_is_counted_and_nothing_is_invented(cli: Cli, recording: Path) -> None:
    found = cli("replay", recording, "--json").object()
    assert (found["alerts"], found["duplicates"]) == (4, 1)
    assert (found["rows_rejected"], found["rows_ignored"]) == (2, 1)
    assert found["signals"] == 1
    assert found["errors"] == 0
    assert found["finished"] is True
    assert found["folder"] is None


def test_a_live_source_is_refused_in_a_replay_and_may_be_left_out(cli: Cli, recording: Path) -> None:
    live = ("--set", "sources.alpaca_market.enabled=true")
    ran = cli("replay", recording, *live)
    assert ran.code == 2
    assert ran.err.strip().endswith(
        "sources.alpaca_market listens to the present, but sources.recording replays the past: "
        "switch one off (sources.alpaca_market.enabled = false)."
    )
    off = ("--set", "sources.alpaca_market.enabled=false")
    assert cli("replay", recording, *live, *off, "--json").object()["finished"] is True


def test_rejected_rows_are_listed_with_file_and_line(cli: Cli, recording: Path) -> None:
    said = cli("replay", recording).out
    assert f"{recording}:4" in said
    assert f"{recording}:7" in said
    assert "total_premium" in said


def test_without_bars_the_summary_says_how_to_leave_ignition_out(cli: Cli, recording: Path) -> None:
    found = cli("replay", recording, "--json").object()
    assert found["blocked"]["ignition"] == 1
    assert any("-p no:ignition" in note for note in found["notes"])
    assert "ignition" not in cli("replay", recording, "-p", "no:ignition", "--json").object()["blocked"]


def test_two_replays_of_one_file_have_the_same_events(cli: Cli, recording: Path) -> None:
    first, second = (cli("replay", recording, "--json").object() for _ in range(2))
    first.pop("alerts_per_second")
    second.pop("alerts_per_second")
    assert first == second


def test_one_setting_changes_one_run(cli: Cli, recording: Path) -> None:
    found = cli("replay", recording, "-p", "no:ignition", "--set", "alerts.cluster_size=9", "--json").object()
    assert found["signals"] == 0


def test_a_kept_journal_can_be_asked_afterwards(cli: Cli, recording: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    found = cli("replay", recording, "--state-dir", folder, "-p", "no:ignition", "--json").object()
    assert found["folder"] == str(folder)
    judged = cli("why", "--state-dir", folder, "--json").json()
    assert len(judged) == found["signals"] == 1
    assert cli("trace", "made-up-0", "--state-dir", folder, "--json").object()["trace"] == judged[0]["trace"]


def test_a_missing_recording_is_named_before_anything_starts(cli: Cli, tmp_path: Path) -> None:
    ran = cli("replay", tmp_path / "nothing.jsonl", "--state-dir", tmp_path / "state")
    assert ran.code == 2
    assert "nothing.jsonl" in ran.err
    assert not (tmp_path / "state").exists()


def test_all_mistakes_in_settings_are_told_at_once(cli: Cli, recording: Path) -> None:
    ran = cli(
        "replay",
        recording,
        "--set",
        "gates.concentration.limit=1",
        "--set",
        "alerts.cluster_size=none",
        "-p",
        "no:bogus",
    )
    assert ran.code == 2
    for word in ("limit_pct", "cluster_size", "bogus"):
        assert word in ran.err
