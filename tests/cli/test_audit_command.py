"""`tidegate audit`: weeks, empty ones too, journals that were tampered with, and files for one person alone."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tidegate.audit.samples import FEW, Sample
from tidegate.audit.week import Week
from tidegate.core.domain import events as e
from tidegate.core.domain.positions import Cell
from tidegate.core.domain.values.differences import DifferenceCase, Settlement
from tidegate.core.domain.values.lockdown import Seal
from tidegate.core.journaling.journal import Journal
from tidegate.testing import an_outcome

MONDAY = datetime(2026, 10, 5, 4, 0, tzinfo=UTC)  # midnight in New York
Told = list[tuple[datetime, str, e.AnyEvent]]


def journal_of(folder: Path, told: Told) -> Path:
    journal = Journal.open(folder)
    journal.append([e.Recorded(seq, at, trace, event) for seq, (at, trace, event) in enumerate(told, 1)])
    journal.close()
    return folder


def at(*events: e.AnyEvent, begin: datetime = MONDAY) -> Told:
    return [(begin + timedelta(minutes=number), "", event) for number, event in enumerate(events)]


Audit = Callable[..., dict[str, Any]]


@pytest.fixture
def audit(cli: Callable[..., Any]) -> Audit:
    def call(folder: Path, *words: str | Path) -> dict[str, Any]:
        ran = cli("audit", "--state-dir", folder, "--json", *words)
        assert ran.code == 0, ran.err
        found: dict[str, Any] = json.loads(ran.out)
        return found

    return call


def test_a_week_begins_and_ends_at_midnight_in_new_york_also_when_the_clocks_change() -> None:
    week = Week.parse("2026-w44")
    assert (week.since, week.until) == (datetime(2026, 10, 26, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC))
    assert Week.of(week.since) == week == Week.of(week.until - timedelta(microseconds=1))
    assert Week.of(week.until) == Week.parse("2026-W45")
    assert str(Week.of(datetime(2027, 1, 1, 12, tzinfo=UTC))) == "2026-W53"


@pytest.mark.parametrize("word", ["2026-W54", "2025-W53", "41", "W41", "2026-W00", "9999-W52", "", "2026-W4a"])
def test_what_is_no_week_is_the_users_mistake(cli: Callable[..., Any], journal: Path, word: str) -> None:
    ran = cli("audit", "--state-dir", journal, "--week", word)
    assert ran.code == 2
    assert "ISO week" in ran.err


def test_without_a_journal_there_is_nothing_to_audit(cli: Callable[..., Any], tmp_path: Path) -> None:
    assert cli("audit", "--state-dir", tmp_path).code == 2


def test_a_week_holds_its_first_moment_and_not_its_last(tmp_path: Path, audit: Audit) -> None:
    moment = timedelta(microseconds=1)
    times = (MONDAY - moment, MONDAY, MONDAY + timedelta(days=7) - moment, MONDAY + timedelta(days=7))
    outcomes = [(when, f"uw_{n:016x}", e.PositionClosed(outcome=an_outcome())) for n, when in enumerate(times)]
    found = audit(journal_of(tmp_path, list(outcomes)), "--week", "2026-W41")
    assert (found["total"]["trades"], found["events"], found["over"]) == (2, 2, True)


def test_an_empty_week_says_so_and_what_the_journal_holds(journal: Path, cli: Callable[..., Any], audit: Audit) -> None:
    found = audit(journal, "--week", "2020-W10")
    assert found["empty"]
    assert found["total"]["trades"] == 0
    assert "2025-10-15" in found["notes"][0]
    said = cli("audit", "--state-dir", journal, "--week", "2020-W10").out
    assert "Nothing happened in this week" in said
    assert "profit" not in said


def test_a_journal_without_events_is_an_empty_week(tmp_path: Path, audit: Audit) -> None:
    assert "it is empty" in audit(journal_of(tmp_path, []))["notes"][0]


def test_without_a_week_it_is_that_of_the_last_event_and_says_what_is_open(journal: Path, audit: Audit) -> None:
    found = audit(journal)
    assert found["week"] == "2025-W42"
    assert not found["over"]
    assert found["open_at_end"] == ["AMD"]
    assert any("AMD" in note for note in found["notes"])
    assert [each["text"] for each in found["halts"]] == ["level entries, reason lunch, who me"]
    (fault,) = found["faults"]
    assert (fault["kind"], fault["place"], fault["count"]) == ("InputRejected", "unusual_whales", 1)


def test_a_row_that_cannot_be_read_is_named_and_the_others_are_told(journal: Path, audit: Audit) -> None:
    before = audit(journal)["total"]["trades"]
    with sqlite3.connect(journal / "tidegate.db") as db:
        (seq,) = db.execute("SELECT min(seq) FROM journal WHERE kind = 'SignalJudged'").fetchone()
        db.execute('UPDATE journal SET body = \'{"kind":"Sig\' WHERE seq = ?', (seq,))
    db.close()
    found = audit(journal)
    assert found["unreadable"] == [seq]
    assert found["total"]["trades"] == before
    assert any(f"first: {seq}" in note for note in found["notes"])
    assert any("Do not trust" in note and str(seq) in note for note in found["notes"])


def test_a_profit_that_was_written_anew_is_not_trusted(journal: Path, audit: Audit) -> None:
    assert audit(journal)["tampered"] == []
    with sqlite3.connect(journal / "tidegate.db") as db:
        (seq,) = db.execute("SELECT min(seq) FROM journal WHERE kind = 'PositionClosed'").fetchone()
        db.execute("UPDATE journal SET body = json_set(body, '$.outcome.pnl', '999.00') WHERE seq = ?", (seq,))
    db.close()
    found = audit(journal)
    assert found["total"]["pnl"] == "999.00"
    assert f"event {seq}" in found["tampered"][0]
    assert any("Do not trust these numbers" in note for note in found["notes"])


def test_a_journal_of_a_newer_version_is_a_plain_sentence(journal: Path, cli: Callable[..., Any]) -> None:
    with sqlite3.connect(journal / "tidegate.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    ran = cli("audit", "--state-dir", journal)
    assert ran.code == 1
    assert "newer than this program" in ran.err


def test_the_mode_of_the_run_under_way_is_told(tmp_path: Path, audit: Audit) -> None:
    told = [*at(e.EngineStarted(mode="paper", version="1"), begin=MONDAY - timedelta(days=9)), *at(e.Tick())]
    assert audit(journal_of(tmp_path, told))["modes"] == ["paper"]


def test_a_trade_that_no_order_of_ours_closed_has_no_slippage_and_its_own_row(tmp_path: Path, audit: Audit) -> None:
    told: Told = [(MONDAY, "uw_0000000000000001", e.PositionClosed(outcome=an_outcome()))]
    found = audit(journal_of(tmp_path, told))
    assert (found["total"]["slippage"], found["total"]["slippage_known"], found["total"]["pnl"]) == (None, 0, "20.00")
    assert [(each["name"], each["pnl"]) for each in found["by_exit"]] == [("not by an order of ours", "20.00")]
    assert any("1 trades changed without an order of ours" in note for note in found["notes"])


def test_a_run_that_ended_without_a_word_is_a_fault(tmp_path: Path, audit: Audit) -> None:
    start = e.EngineStarted(mode="paper", version="1")
    early = at(start, begin=MONDAY - timedelta(days=3))
    found = audit(journal_of(tmp_path, [*early, *at(start, e.EngineStopped(reason="SIGTERM"), start)]))
    assert [(each["kind"], each["count"]) for each in found["faults"]] == [("EngineCrashed", 1)]


SEALED = e.LockdownSealed(seal=Seal(files={"a": "1"}), reason="week", who="me")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), "never sealed in this week"),
        ((SEALED,), "kept: no drift was seen and nothing was switched; in force at its end"),
        ((SEALED, e.LockdownLifted(who="me")), "kept: no drift was seen and nothing was switched; lifted before"),
        ((SEALED, e.DriftSeen(changes=("core/loop.py changed",))), "broken: drift was seen 1 times, 0 things"),
        (
            (SEALED, e.PluginToggled(plugin="gates.pace", enabled=False, who="me")),
            "broken: drift was seen 0 times, 1 things",
        ),
        ((e.PluginToggled(plugin="gates.pace", enabled=False, who="me"),), "never sealed"),
    ],
)
def test_compliance_with_the_lockdown_is_a_sentence(
    tmp_path: Path, audit: Audit, events: tuple[e.AnyEvent, ...], said: str
) -> None:
    last = e.EngineStopped(reason="done")
    assert audit(journal_of(tmp_path, at(*events, last)))["lockdown"].startswith(said)


def test_a_seal_of_an_earlier_week_holds_in_this_one(tmp_path: Path, audit: Audit) -> None:
    told = [*at(SEALED, begin=MONDAY - timedelta(days=9)), *at(e.EngineStopped(reason="done"))]
    assert audit(journal_of(tmp_path, told))["lockdown"].startswith("kept")


def test_what_people_and_reconciliation_did_is_listed_with_its_event(tmp_path: Path, audit: Audit) -> None:
    reset = e.BeliefReset(learner="learners.regime_beta", cells=("PANIC/iv_rank",), who="me")
    moved = e.BeliefUpdated(learner="l", cell="MIXED/x", before=Cell(), after=Cell(alpha=3.0), outcome="o")
    found_ = e.DifferenceFound(symbol="AMD", case=DifferenceCase.DIFFERS, ours=Decimal(4), theirs=Decimal(6))
    told = at(
        reset, found_, e.DifferenceSettled(symbol="AMD", answer=Settlement.ADOPT, who="me"), e.Reconciled(differences=1)
    )
    told.append((MONDAY + timedelta(hours=1), "uw_00000000000000aa", moved))
    found = audit(journal_of(tmp_path, told))
    assert [(each["seq"], each["kind"]) for each in found["steered"]] == [(1, "BeliefReset")]
    assert [each["kind"] for each in found["differences"]] == ["DifferenceFound", "DifferenceSettled"]
    assert "ours 4, theirs 6" in found["differences"][0]["text"]
    assert found["compared"] == 1
    (learned,) = found["learned"]
    assert (learned["before"], learned["after"], learned["traces"]) == (0.5, 0.6, ["uw_00000000000000aa"])


def test_both_files_are_written_whole_and_for_their_owner_alone(
    journal: Path, cli: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "reports" / "new"
    for _ in range(2):  # the second time over the first
        assert cli("audit", "--state-dir", journal, "--write", folder).code == 0
    assert sorted(each.name for each in folder.iterdir()) == ["audit-2025-W42.json", "audit-2025-W42.md"]
    assert {oct(each.stat().st_mode & 0o777) for each in folder.iterdir()} == {"0o600"}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert json.loads((folder / "audit-2025-W42.json").read_text())["week"] == "2025-W42"
    assert (folder / "audit-2025-W42.md").read_text().startswith("# Audit of 2025-W42")


def test_a_venues_words_cannot_steer_the_terminal_nor_break_the_table(cli: Callable[..., Any], tmp_path: Path) -> None:
    folder = journal_of(tmp_path, at(e.SourceFailed(source="s", reason="\x1b[2Ja | b\nc")))
    said = cli("audit", "--state-dir", folder).out
    assert "\x1b" not in said
    assert "a \\| b c |" in said


def test_a_folder_that_cannot_be_written_is_the_users_mistake(journal: Path, cli: Callable[..., Any]) -> None:
    ran = cli("audit", "--state-dir", journal, "--write", journal / "tidegate.db")
    assert ran.code == 2
    assert "cannot be written" in ran.err


def test_no_report_holds_a_key(tmp_path: Path, cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = journal_of(tmp_path / "j", at(e.SourceFailed(source="s", reason="token planted-0123456789 was refused")))
    monkeypatch.setenv("UW_API_TOKEN", "planted-0123456789")
    ran = cli("audit", "--state-dir", folder, "--write", tmp_path / "out")
    texts = [ran.out, ran.err, *(each.read_text() for each in (tmp_path / "out").iterdir())]
    assert not any("planted-0123456789" in each for each in texts)
    assert any("[hidden]" in each for each in texts)


@pytest.mark.parametrize(
    ("trades", "conclusion"),
    [
        ([10.0] * (FEW - 1), "too few"),
        ([10.0, 11.0] * (FEW // 2), "gains"),
        ([-10.0, -11.0] * (FEW // 2), "loses"),
        ([10.0, -11.0] * (FEW // 2), "undecided"),
    ],
)
def test_a_conclusion_needs_twenty_trades_and_an_interval_off_zero(trades: list[float], conclusion: str) -> None:
    sample = Sample()
    for each in trades:
        sample.add(Decimal(str(each)))
    assert sample.shape("x").conclusion == conclusion
