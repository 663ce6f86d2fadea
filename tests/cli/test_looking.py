"""The commands that look, over a real journal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def test_positions_carry_the_record_that_survives_everything(cli: Cli, journal: Path) -> None:
    found = cli("positions", "--state-dir", journal, "--json").json()
    assert list(found) == ["AMD"]
    amd = found["AMD"]
    assert amd["entry_price"] == "50.02"
    assert amd["side"] == "long"
    assert amd["direction"] == "bullish"
    assert amd["market_regime"] == "UNKNOWN"
    assert amd["regime_modifier"] == 1.0
    assert amd["ignition_status"] == "not_checked"
    assert amd["correlation_id"].startswith("uw_")
    assert [target["pct"] for target in amd["targets"]] == [2.0, 5.0, 10.0]
    assert amd["components"]["options_flow"]["value"] > 0


def test_status_tells_halt_equity_and_that_nothing_runs(cli: Cli, journal: Path) -> None:
    found = cli("status", "--state-dir", journal, "--json").json()
    assert found["state"] == "stopped"
    assert found["pid"] is None
    assert found["halt"]["reason"] == "lunch"
    assert found["equity"] == "10000.00"
    assert found["lockdown"] is None
    assert found["stop_reason"] == "session complete"


def test_status_says_why_the_venue_cannot_be_asked(cli: Cli, refused_keys: Path) -> None:
    found = cli("status", "--state-dir", refused_keys, "--json").object()
    assert (found["venue"], found["books"]) == ("Alpaca refused the keys", "not compared yet")
    assert "venue        Alpaca refused the keys" in cli("status", "--state-dir", refused_keys).out


def test_why_lists_every_judgement_with_every_verdict(cli: Cli, journal: Path) -> None:
    found = cli("why", "--state-dir", journal, "--json").json()
    assert [(each["symbol"], each["decision"]) for each in found] == [
        ("NVDA", "ENTER"),
        ("AMD", "ENTER"),
        ("MSFT", "BLOCKED"),
    ]
    threshold = found[-1]["verdicts"][0]
    assert threshold["gate"] == "threshold"
    assert threshold["measured"] < threshold["limit"] == 2.7


def test_why_takes_a_symbol_in_any_case_and_a_number(cli: Cli, journal: Path) -> None:
    assert len(cli("why", "msft", "--state-dir", journal, "--json").json()) == 1
    assert [each["symbol"] for each in cli("why", "--last", 1, "--state-dir", journal, "--json").json()] == ["MSFT"]


@pytest.mark.parametrize("what", ["trace", "alert", "order", "venue order", "member"])
def test_any_id_that_a_person_has_finds_the_same_trace(what: str, cli: Cli, journal: Path) -> None:
    trace = cli("why", "NVDA", "--state-dir", journal, "--json").json()[0]["trace"]
    name = {
        "trace": trace,
        "alert": "NVDA-2",
        "order": f"tg-NVDA-entry1-{trace}",
        "venue order": f"venue-tg-NVDA-exit1-{trace}",
        "member": "NVDA-0",
    }[what]
    found = cli("trace", name, "--state-dir", journal, "--json").json()
    assert found["trace"] == trace
    assert sorted(found["alerts"]) == ["NVDA-0", "NVDA-1", "NVDA-2"]
    kinds = [event["kind"] for event in found["events"]]
    assert kinds.index("SignalJudged") < kinds.index("OrderPlaced") < kinds.index("PositionClosed")


def test_a_trace_for_people_shows_every_verdict_and_the_way_to_the_belief(cli: Cli, journal: Path) -> None:
    said = cli("trace", "NVDA-2", "--state-dir", journal).out
    for word in ("alert", "scored", "judged", "threshold", "placed", "filled", "exit", "closed", "belief"):
        assert word in said


def test_an_unknown_id_is_the_users_mistake(cli: Cli, journal: Path) -> None:
    ran = cli("trace", "nonsense", "--state-dir", journal)
    assert ran.code == 2
    assert "nonsense" in ran.err


def test_an_empty_queue_is_an_empty_list(cli: Cli, journal: Path) -> None:
    assert cli("queue", "--state-dir", journal, "--json").json() == []
    assert "empty" in cli("queue", "--state-dir", journal).out


@pytest.mark.parametrize("command", ["status", "positions", "queue", "why"])
def test_every_looking_command_speaks_to_people_too(command: str, cli: Cli, journal: Path) -> None:
    ran = cli(command, "--state-dir", journal)
    assert ran.code == 0
    assert ran.out.strip()
    assert not ran.out.startswith("{")


def test_status_works_where_no_engine_ever_ran(cli: Cli, tmp_path: Path) -> None:
    found = cli("status", "--state-dir", tmp_path / "nowhere", "--json").json()
    assert (found["state"], found["seq"], found["at"]) == ("stopped", 0, None)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("command", [["positions"], ["queue"], ["why"], ["trace", "x"], ["halt", "entries", "--yes"]])
def test_a_missing_journal_is_named_with_the_next_step(command: list[str], cli: Cli, tmp_path: Path) -> None:
    ran = cli(*command, "--state-dir", tmp_path / "nowhere")
    assert ran.code == 2
    assert "tidegate demo" in ran.err
    assert "Traceback" not in ran.err


def test_why_of_a_symbol_without_signals_says_so_and_that_others_have_some(cli: Cli, journal: Path) -> None:
    ran = cli("why", "nope", "--state-dir", journal)
    assert (ran.code, ran.out.strip()) == (0, "No signal of NOPE has been judged, and 3 of other symbols.")
    assert cli("why", "nope", "--state-dir", journal, "--json").json() == []


def test_why_of_a_journal_without_signals_says_that(cli: Cli, other_journal: Path) -> None:
    for words in (("why",), ("why", "NVDA")):
        assert cli(*words, "--state-dir", other_journal).out.strip() == "No signal has been judged yet."
