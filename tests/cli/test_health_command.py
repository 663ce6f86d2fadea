"""`tidegate health`: exit codes for cron, what is listed one by one, and files for one person alone."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tidegate import boot
from tidegate.core.domain import events as e
from tidegate.core.domain.values import DecisionKind, Judgement, Policy, Result, Verdict
from tidegate.core.domain.values.halts import HaltLevel
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.lock import Lock
from tidegate.core.journaling.reader import Gauge, Reader
from tidegate.health.links import links, troubles
from tidegate.testing import NOW, a_signal

Call = Callable[..., Any]


def journal_of(folder: Path, *events: e.AnyEvent, gauges: dict[str, object] | None = None) -> Path:
    """A journal with these events, and what its engine told of itself at NOW."""
    journal = Journal.open(folder)
    journal.append([e.Recorded(n, NOW + timedelta(seconds=n), "", each) for n, each in enumerate(events, 1)])
    journal.commit()
    if gauges is not None:
        journal.set_gauges(NOW, gauges)
    journal.close()
    return folder


STARTED = e.EngineStarted(mode="paper", version="1")
STOPPED = e.EngineStopped(reason="SIGTERM")


def health(cli: Call, folder: Path, *words: str | Path) -> tuple[int, dict[str, Any]]:
    ran = cli("health", "--state-dir", folder, "--json", *words)
    return ran.code, json.loads(ran.out)


def test_a_stopped_engine_is_ready_and_what_is_not_known_is_null(cli: Call, tmp_path: Path) -> None:
    code, told = health(cli, journal_of(tmp_path, STARTED, STOPPED))
    assert (code, told["ready"], told["links"]) == (0, True, [])
    assert told["status"]["equity"] is None
    assert told["status"]["net_delta_pct"] is None
    assert "unknown" in cli("health", "--state-dir", tmp_path).out


@pytest.mark.parametrize("words", [("--config", "none.toml"), ("--set", "queue.regimes=7"), ("--set", "nonsense")])
def test_a_mistake_of_the_user_is_exit_code_2(cli: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert cli("health", "--state-dir", journal_of(tmp_path, STARTED, STOPPED), *words).code == 2


def test_where_no_engine_ever_ran_there_is_nothing_to_report(cli: Call, tmp_path: Path) -> None:
    assert cli("health", "--state-dir", tmp_path / "none").code == 2


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ((STARTED,), "did not end cleanly"),
        ((STARTED, e.PluginQuarantined(plugin="gates.pace", failures=5), STOPPED), "gates.pace is quarantined"),
        ((STARTED, e.StorageFailed(reason="disk full"), STOPPED), "could not be written: disk full"),
    ],
)
def test_what_stands_in_the_way_is_a_reason(
    cli: Call, tmp_path: Path, events: tuple[e.AnyEvent, ...], reason: str
) -> None:
    code, told = health(cli, journal_of(tmp_path, *events))
    assert (code, told["ready"]) == (1, False)
    assert any(reason in each for each in told["reasons"])


def test_a_halt_is_told_and_does_not_stand_in_the_way(cli: Call, tmp_path: Path) -> None:
    halt = e.HaltLatched(level=HaltLevel.ENTRIES, reason="lunch", who="me")
    code, told = health(cli, journal_of(tmp_path, STARTED, halt, STOPPED))
    assert code == 0
    assert "Halted (entries) by me: lunch" in told["notes"]


def test_an_engine_that_holds_the_journal_and_does_not_beat_hangs(cli: Call, tmp_path: Path) -> None:
    folder = journal_of(tmp_path, STARTED, gauges={"heartbeat": {"pid": 1}})
    with Lock.take(folder) as lock:
        lock.alarm("disk full")
        code, told = health(cli, folder)
    assert code == 1
    assert any("heartbeat" in each for each in told["reasons"])
    assert any("alarm: disk full" in each for each in told["reasons"])


def test_a_trade_that_closed_while_no_learner_learned_needs_no_lesson_in_its_trace(cli: Call, journal: Path) -> None:
    told = Journal.open(journal)
    state = told.load()
    (lessons,) = [key for key in state.plugins if key.startswith("learners.")]
    frozen = e.LearnerFrozen(learner=lessons, frozen=True, who="me")
    told.append([e.Recorded(state.seq + 1, state.now, "", STARTED), e.Recorded(state.seq + 2, state.now, "", frozen)])
    told.close()
    _, report = health(cli, journal)
    (found,) = [each for each in report["capabilities"] if each["name"] == "correlation"]
    assert (found["result"], "all 1 closed trades" in found["evidence"]) == ("works", True)


def test_a_last_run_with_another_configuration_is_noted(cli: Call, tmp_path: Path) -> None:
    other = e.EngineStarted(mode="paper", version="1", config='{"other":true}')
    _, told = health(cli, journal_of(tmp_path, other, STOPPED))
    assert any("another configuration" in each for each in told["notes"])


def ran_with(folder: Path, **values: str) -> Path:
    """A journal whose last run says that it ran with the shipped configuration and these values."""
    setup = boot.configure(state_dir=folder, sets=[f"{key}={value}" for key, value in values.items()])
    return journal_of(folder, e.EngineStarted(mode="paper", version="1", config=setup.host.canonical()))


def test_a_running_engines_own_configuration_is_taken_from_its_journal(cli: Call, tmp_path: Path) -> None:
    folder = ran_with(tmp_path, **{"gates.concentration.limit_pct": "61.0"})
    with Lock.take(folder):
        _, told = health(cli, folder, "--running")
    (gate,) = [each for each in told["capabilities"] if each["name"] == "concentration gate"]
    assert "61 % passes" in gate["evidence"]
    assert not [each for each in told["notes"] if "another configuration" in each]
    (setting,) = [each for each in told["settings"] if each["key"] == "gates.concentration.limit_pct"]
    assert (setting["value"], setting["layer"]) == (61.0, "journal")


@pytest.mark.parametrize("running", [True, False])
def test_without_an_engines_word_the_files_are_taken(cli: Call, tmp_path: Path, *, running: bool) -> None:
    folder = (
        journal_of(tmp_path, STARTED) if running else ran_with(tmp_path, **{"gates.concentration.limit_pct": "61.0"})
    )
    with Lock.take(folder) if running else nullcontext():
        _, told = health(cli, folder, "--running")
    (gate,) = [each for each in told["capabilities"] if each["name"] == "concentration gate"]
    assert "70 % passes" in gate["evidence"]


def test_one_configuration_is_given_and_not_two(cli: Call, tmp_path: Path) -> None:
    ran = cli("health", "--state-dir", journal_of(tmp_path, STARTED), "--running", "--set", "gates.pace.max_entries=5")
    assert (ran.code, "--running takes" in ran.err) == (2, True)


def test_every_pass_by_policy_is_listed_with_its_trace_and_reason(cli: Call, tmp_path: Path) -> None:
    signal = a_signal()
    verdicts = (
        Verdict(gate="pace", result=Result.PASS),
        Verdict(gate="spread", result=Result.UNKNOWN, policy=Policy.OPEN, reason="no bid and ask"),
        Verdict(gate="ignition", result=Result.BLOCK, policy=Policy.OBSERVED, reason="no momentum"),
        Verdict(gate="session", result=Result.UNKNOWN, policy=Policy.CLOSED, reason="no calendar"),
    )
    judged = e.SignalJudged(judgement=Judgement(signal=signal, decision=DecisionKind.BLOCKED, verdicts=verdicts))
    journal = Journal.open(tmp_path)
    journal.append([e.Recorded(1, NOW, "", STARTED), e.Recorded(2, NOW, signal.trace, judged)])
    journal.append([e.Recorded(3, NOW, "", STOPPED)])
    journal.close()
    _, told = health(cli, tmp_path)
    found = [(each["gate"], each["policy"], each["reason"], each["trace"]) for each in told["passes"]]
    assert found == [
        ("spread", "open", "no bid and ask", signal.trace),
        ("ignition", "observed", "no momentum", signal.trace),
    ]
    assert "no bid and ask" in cli("health", "--state-dir", tmp_path).out


def test_every_setting_stands_with_its_origin(cli: Call, tmp_path: Path) -> None:
    _, told = health(cli, journal_of(tmp_path, STARTED, STOPPED), "--set", "gates.pace.max_entries=5")
    (found,) = [each for each in told["settings"] if each["key"] == "gates.pace.max_entries"]
    assert (found["value"], found["layer"]) == (5, "--set")


SEEN = NOW - timedelta(seconds=30)
GAUGES: dict[str, object] = {
    "heartbeat": {"at": NOW},
    "feeds": {
        "sources.recording": {"recorded": True, "state": "reading", "at": SEEN, "facts": 5, "failures": 0},
        "sources.unusual_whales": {
            "recorded": False, "state": "failed", "at": SEEN, "failures": 2, "trouble": "ConnectError", "limit_s": 20.0,
            "quotas": [{"name": "day", "used": 900, "limit": 1000, "resets_at": NOW}],
        },
        "sources.silent": {},
        "sources.slow": {"recorded": False, "state": "reading", "at": SEEN, "limit_s": 20.0},
    },
    "venues": [
        {
            "circuit": {"venue": "alpaca", "state": "open", "reason": "503", "errors": 4, "answered_at": SEEN},
            "budgets": [{"used": 40, "per_minute": 200, "limits": 3}],
        }
    ],
}  # fmt: skip


def gauges_of(folder: Path, told: dict[str, object]) -> dict[str, Gauge]:
    journal_of(folder, STARTED, gauges=told)
    reader = Reader.open(folder)
    try:
        return reader.gauges()
    finally:
        reader.close()


def test_integration_points_are_told_with_success_age_errors_and_budgets(tmp_path: Path) -> None:
    found = {each.name: each for each in links(gauges_of(tmp_path, GAUGES))}
    alerts, venue, silent = found["unusual_whales"], found["alpaca"], found["silent"]
    assert (alerts.state, alerts.success_at, alerts.age_s, alerts.errors) == ("failed", SEEN, 30.0, 2)
    assert [(each.name, each.used, each.limit) for each in alerts.budgets] == [("day", 900.0, 1000.0)]
    assert (venue.state, venue.age_s, venue.errors, venue.rate_limits) == ("open", 30.0, 4, 3)
    assert [(each.used, each.limit) for each in venue.budgets] == [(40.0, 200.0)]
    assert (silent.state, silent.success_at, silent.age_s, silent.errors) == ("unknown", None, None, None)
    said = list(troubles(list(found.values())))
    assert [each.split(" is ")[0].split(" has ")[0] for each in said] == [
        "The source unusual_whales",
        "The source slow",
        "The venue alpaca",
    ]


@pytest.mark.parametrize("body", [None, 7, [], "x", {"sources.a": 5}, {"sources.a": {"at": "yesterday", "quotas": 3}}])
def test_gauges_of_another_shape_are_unknown_and_never_raise(tmp_path: Path, body: object) -> None:
    told = links(gauges_of(tmp_path, {"feeds": body, "venues": body, "plugins": body, "heartbeat": body}))
    assert all(each.success_at is None and each.age_s is None for each in told)


def test_a_run_without_a_venue_says_so(tmp_path: Path) -> None:
    plugins = [{"kind": "executors", "name": "paper", "loaded": True}, {"kind": "gates", "name": "x", "loaded": True}]
    (found,) = links(gauges_of(tmp_path, {"venues": [], "plugins": plugins}))
    assert (found.name, found.state) == ("paper", "no connection")


def test_both_files_are_written_for_their_owner_alone_and_hold_no_key(
    cli: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "planted-0123456789"
    halt = e.HaltLatched(level=HaltLevel.ENTRIES, reason=f"it said {key}", who=key)
    feeds = {"sources.x": {"state": "failed", "trouble": f"x-api-key: {key} was refused"}}
    folder = journal_of(tmp_path / "j", STARTED, halt, STOPPED, gauges={"feeds": feeds})
    monkeypatch.setenv("UW_API_TOKEN", key)
    ran = cli("health", "--state-dir", folder, "--write", tmp_path / "out")
    assert ran.code == 0
    files = sorted((tmp_path / "out").iterdir())
    assert [each.suffix for each in files] == [".json", ".md"]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    texts = [ran.out, ran.err, *(each.read_text() for each in files)]
    assert not any(key in each for each in texts)
    assert sum("[hidden]" in each for each in texts) == 3
    assert datetime.fromisoformat(json.loads(files[0].read_text())["at"]).tzinfo == UTC
