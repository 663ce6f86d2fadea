"""`tidegate quota`: the plan of a configuration, the plan and use of a running engine, and refusals in words."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.folders import attached

Cli = Callable[..., Any]
ON = ("--set", "sources.unusual_whales.enabled=true")
ALERTS = {
    "name": "alerts",
    "path": "/api/option-trades/flow-alerts",
    "symbols": 0,
    "held_s": 5.0,
    "candidate_s": 5.0,
    "watched_s": 5.0,
    "calls": 4100,
}


def test_a_configurations_plan_lists_alerts_and_every_endpoint_and_fits_its_day(cli: Cli) -> None:
    ran = cli("quota", *ON, "--json")
    assert ran.code == 0
    (told,) = ran.json()
    assert told["source"] == "sources.unusual_whales"
    assert (told["at"], told["quotas"]) == (None, [])
    assert [row["name"] for row in told["plan"]][:3] == ["alerts", "market_tide", "dark_pool"]
    assert told["planned"] == sum(row["calls"] for row in told["plan"]) <= 15_000


def test_a_person_reads_a_table(cli: Cli) -> None:
    said = cli("quota", *ON, "--set", 'sources.unusual_whales.watch=["NVDA"]').out
    assert "sources.unusual_whales, a whole day of this configuration" in said
    assert "congress" in said
    assert "daily" in said


def test_fewer_endpoints_leave_a_better_pace_for_the_others(cli: Cli) -> None:
    few = cli("quota", *ON, "--set", 'sources.unusual_whales.readings=["dark_pool"]', "--json").json()
    assert [row["name"] for row in few[0]["plan"]] == ["alerts", "dark_pool"]
    assert few[0]["plan"][1]["candidate_s"] == 180.0


def test_a_configuration_that_cannot_fit_is_refused_with_the_numbers_to_change(cli: Cli) -> None:
    ran = cli("quota", *ON, "--set", "sources.unusual_whales.poll_s=1.0")
    assert ran.code == 2
    assert "sources.unusual_whales: a day takes at least" in ran.err
    assert "set poll_s to" in ran.err


def test_without_a_source_that_has_a_quota_it_says_how_to_see_one(cli: Cli) -> None:
    ran = cli("quota")
    assert ran.code == 2
    assert " ".join(ON) in ran.err


def test_an_unknown_endpoint_is_a_mistake_in_the_configuration(cli: Cli) -> None:
    ran = cli("quota", *ON, "--set", 'sources.unusual_whales.readings=["darkpool"]')
    assert ran.code == 2
    assert "readings" in ran.err


def test_a_running_engines_plan_and_use_are_its_own(cli: Cli, tmp_path: Path) -> None:
    folder = attached(tmp_path / "state")
    at, anew = datetime(2025, 10, 22, 15, 0, tzinfo=UTC), datetime(2025, 10, 23, 0, 0, tzinfo=UTC)
    day = {"name": "day", "used": 8204, "limit": 15_000, "resets_at": anew}
    feeds = {"sources.unusual_whales": {"plan": [ALERTS], "quotas": [day]}, "sources.alpaca_market": {}}
    with Lock.take(folder):
        journal = Journal.open(folder)
        journal.set_gauges(at, {"feeds": msgspec.to_builtins(feeds)})
        journal.close()
        (told,) = cli("quota", "--state-dir", folder, "--json").json()
        assert told["planned"] == 4100
        assert told["quotas"][0]["used"] == 8204
        assert told["at"].startswith("2025-10-22T15:00:00")
        assert "day: 8,204 of 15,000 used, anew at 20:00:00 ET" in cli("quota", "--state-dir", folder).out
