"""A journal of the release before (0.1.0, the demo) opens and folds, and its chain is whole.

That release took a symbol's last print for its price, and each reading of the account for its equity; prices have one
door since, and a peak is confirmed. So the old decisions do not all follow again, which `verify` puts down to other
code, and what prices and peak are remembered by differs. All else is the same.

The file is as that release left it, but for the places of its settings in the gauges, which named its machine.
"""

import json
import lzma
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.domain.state import decode_state, encode_state
from tidegate.core.journaling.journal import Journal
from tidegate.core.journaling.reader import Reader
from tidegate.folders import JOURNAL
from tidegate.verification.verify import verify

BEFORE = Path(__file__).parents[1] / "data" / "journals" / "demo-0.1.0.db.xz"
HEAD = "6bf7e94932ff2543a59b04c01c68c7ebc5e87009546193ff23bd7d5eb9061828"
LAST = 18508
NEW_BY_RELEASE = ("code", "version")
NEW_BY_DOOR = ("bare", "regular")  # said of a fact since prices have one door
PRICED = {"door", "priced_at", "priced_s", "prices", "quote"}  # how a price is remembered
CONFIRMED = {"equity", "peak_equity"}  # a peak needs a minute since
REASONED = {"uncounted"}
TOLD = ("AlertReceived", "AlertRepeated", "BarSeen", "InputIgnored", "QuoteSeen", "ReadingSeen", "Tick")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Row = tuple[int, str, str, str, str]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The old journal in a state folder. Read only."""
    folder = tmp_path_factory.mktemp("before")
    file = folder / JOURNAL
    file.write_bytes(lzma.decompress(BEFORE.read_bytes()))
    file.chmod(0o600)
    return folder


def rows(folder: Path) -> Iterator[Row]:
    with closing(sqlite3.connect(folder / JOURNAL)) as connection:
        yield from connection.execute("SELECT seq, at, trace, kind, body FROM journal ORDER BY seq")


def settings(told: object, place: str = "") -> dict[str, object]:
    """Every value of a configuration by its dotted name."""
    if not isinstance(told, dict):
        return {place: told}
    return {name: value for key in told for name, value in settings(told[key], f"{place}.{key}").items()}


def unpriced(told: object) -> object:
    """A state as JSON without what it remembers of prices, of the peak, and of why an alert does not count."""
    if not isinstance(told, dict):
        return told
    return {name: unpriced(value) for name, value in told.items() if name not in PRICED | CONFIRMED | REASONED}


def test_it_folds_to_the_state_that_its_release_had_folded_but_for_prices_and_the_peak(before: Path) -> None:
    with closing(sqlite3.connect(before / JOURNAL)) as connection:
        ((seq, recorded),) = connection.execute("SELECT seq, body FROM checkpoints").fetchall()
    with closing(Reader.open(before)) as reader:
        folded = reader.state()
    assert folded.seq == seq == LAST
    then = json.loads(encode_state(decode_state(recorded)))
    assert unpriced(json.loads(encode_state(folded))) == unpriced(then)
    assert [held["high_water"] for held in then["positions"].values()] == [folded.positions["AMD"].high_water]


def test_its_chain_is_whole_and_a_decision_that_does_not_follow_again_is_put_down_to_other_code(before: Path) -> None:
    report = verify(before / JOURNAL)
    assert (report.findings, report.last, report.head) == ((), LAST, HEAD)
    assert report.difference is not None
    assert report.difference.seq == 95  # the first alert that does not count has a reason today
    (note,) = report.notes
    assert "other code than this (version 0.1.0): a difference may be the code's" in note


def test_an_engine_opens_it_and_goes_on_from_its_last_event(
    before: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("opened")
    (folder / JOURNAL).write_bytes((before / JOURNAL).read_bytes())
    with closing(Journal.open(folder)) as journal:
        assert journal.load().seq == LAST


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("status", {"seq": LAST, "equity": "10008.56", "regime": "PANIC", "stop_reason": "session complete"}),
        ("audit", {"events": LAST, "fills": 100, "open_at_end": ["AMD"], "tampered": [], "unreadable": []}),
    ],
)
def test_the_commands_that_look_read_it(before: Path, tidegate: Run, command: str, told: dict[str, object]) -> None:
    done = tidegate(command, "--state-dir", before, "--json")
    assert done.returncode == 0, done.stderr
    assert told.items() <= json.loads(done.stdout).items()


def test_its_position_is_shown_as_it_was_held(before: Path, tidegate: Run) -> None:
    done = tidegate("positions", "--state-dir", before, "--json")
    held = {
        symbol: (each["qty"], each["entry_price"], each["side"]) for symbol, each in json.loads(done.stdout).items()
    }
    assert held == {"AMD": ("3", "210.48", "short")}


def heard(folder: Path) -> list[tuple[str, str, dict[str, Any]]]:
    """What the day told: its facts in order, each without what only one of the releases says of it."""
    found = [(at, trace, json.loads(body)) for _, at, trace, kind, body in rows(folder) if kind in TOLD]
    return [(at, trace, {name: body[name] for name in body if name not in NEW_BY_DOOR}) for at, trace, body in found]


def test_the_demo_hears_the_same_facts_today_and_scores_the_same_signals(
    before: Path, demo: tuple[dict[str, Any], Path]
) -> None:
    assert heard(demo[1]) == heard(before)
    then, now = ([each[2] for each in rows(folder) if each[3] == "SignalScored"] for folder in (before, demo[1]))
    assert now == then


def test_the_demo_is_played_with_the_same_settings_today_but_those_that_have_another_name(
    before: Path, demo: tuple[dict[str, Any], Path]
) -> None:
    started = [json.loads(next(rows(folder))[4]) for folder in (before, demo[1])]
    configs = [settings(json.loads(each.pop("config"))) for each in started]
    gone = {name for name, value in configs[0].items() if configs[1].get(name) != value}
    assert gone == {".orders.price_max_age_s", ".orders.entry_retry_s"}
    told = [{name: each[name] for name in each if name not in {*NEW_BY_RELEASE, *PRICED}} for each in started]
    assert told[0] == told[1]
