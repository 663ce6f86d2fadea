"""`tidegate lockdown`: what it takes, what it shows, and what it refuses, without an engine."""

from datetime import date
from pathlib import Path

import pytest

from tests.cli.conftest import OPEN, Cli
from tidegate.commands.lockdown import day_of, shape_of
from tidegate.core.domain.values.lockdown import Lockdown, Seal
from tidegate.core.errors import InputError
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader

MONDAY = date(2026, 11, 23)
SEAL = Seal(files={"core/loop.py": "a1"}, versions={"python": "3.11.7"})


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", ""),
        ("FRIDAY", "2026-11-27"),
        ("monday", "2026-11-23"),
        ("Sunday", "2026-11-29"),
        ("2026-12-24", "2026-12-24"),
        ("2026-11-23", "2026-11-23"),
    ],
)
def test_a_day_is_a_weekday_from_today_on_or_a_date(text: str, day: str) -> None:
    assert day_of(text, MONDAY) == day


@pytest.mark.parametrize("text", ["2026-11-22", "someday", "27.11.2026"])
def test_a_day_that_is_past_or_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=text):
        day_of(text, MONDAY)


@pytest.mark.parametrize(
    "words", [(), ("--show", "--lift"), ("--reason", "a", "--show"), ("--until", "FRIDAY"), ("--lift", "--reason", "a")]
)
def test_it_does_one_thing_at_a_time(cli: Cli, journal: Path, words: tuple[str, ...]) -> None:
    done = cli("lockdown", *words, "--state-dir", journal)
    assert (done.code, "--reason" in done.err) == (2, True)


def test_without_a_lockdown_there_is_nothing_to_show(cli: Cli, journal: Path) -> None:
    assert cli("lockdown", "--show", "--state-dir", journal).out == "No lockdown.\n"
    shown = cli("lockdown", "--show", "--json", "--state-dir", journal).object()
    assert (shown["locked"], shown["seal"], shown["drift"]) == (False, None, [])


def test_a_seal_asked_for_while_no_engine_runs_waits_for_the_next_start(cli: Cli, journal: Path) -> None:
    done = cli("lockdown", "--reason", "audit", "--until", "FRIDAY", "--state-dir", journal)
    assert (done.code, "next start" in done.out) == (0, True)
    written = Journal.open(journal)
    (request,) = written.requests(0)
    written.close()
    assert (request.name, request.args["reason"]) == ("lockdown", "audit")
    assert date.fromisoformat(request.args["until"]).strftime("%A") == "Friday"


def test_a_lift_wants_a_word_typed(cli: Cli, journal: Path) -> None:
    refused = cli("lockdown", "--lift", "--state-dir", journal)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert cli("lockdown", "--lift", "--yes", "--state-dir", journal).code == 0


def test_a_lockdown_whose_day_has_passed_is_still_one_and_says_so() -> None:
    locked = Lockdown(SEAL, "audit", "me", OPEN, MONDAY, ("core/loop.py changed",))
    shown = shape_of(locked, date(2026, 11, 24))
    assert (shown.locked, shown.over, shown.drift) == (True, True, ["core/loop.py changed"])
    assert (shown.seal, shown.files) == (SEAL.digest, SEAL.files)
    assert not shape_of(locked, MONDAY).over


def test_status_names_the_lockdown(cli: Cli, journal: Path) -> None:
    assert "lockdown     off" in cli("status", "--state-dir", journal).out
    assert Reader.open(journal).state().lockdown is None
