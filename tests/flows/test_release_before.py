"""A journal of the release before (0.1.0, the demo) opens, folds and is whole; today's rules are said to be others.

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
RENAMED = {".orders.price_max_age_s", ".orders.entry_retry_s"}  # docs: CHANGELOG, "One door for prices"

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


def test_it_folds_to_the_state_that_its_release_had_folded_but_for_what_is_known_of_prices_now(before: Path) -> None:
    with closing(sqlite3.connect(before / JOURNAL)) as connection:
        ((seq, recorded),) = connection.execute("SELECT seq, body FROM checkpoints").fetchall()
    with closing(Reader.open(before)) as reader:
        folded = reader.state()
    assert folded.seq == seq == LAST
    then, now = unpriced(json.loads(encode_state(decode_state(recorded)))), unpriced(json.loads(encode_state(folded)))
    assert now == then


def unpriced(state: dict[str, Any]) -> dict[str, Any]:
    """A state without what only the door for prices keeps: this release's alone."""
    for symbol in state["symbols"].values():
        symbol.pop("quote", None)
        symbol.pop("door", None)
    for position in state["positions"].values():
        position.pop("priced_at", None)
        position.pop("priced_s", None)
    return {name: value for name, value in state.items() if name != "prices"}


def test_its_chain_is_whole_and_where_it_decides_otherwise_today_it_is_said_to_be_of_other_code(before: Path) -> None:
    report = verify(before / JOURNAL)
    assert (report.findings, report.skipped, report.last, report.head) == ((), 0, LAST, HEAD)
    (note,) = report.notes
    assert "other code than this (version 0.1.0)" in note


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


def entries(folder: Path) -> dict[str, tuple[str, float]]:
    """Symbol and score of each position that was opened, by its trace."""
    told = [(trace, json.loads(body)) for _, _, trace, kind, body in rows(folder) if kind == "PositionOpened"]
    return {trace: (event["symbol"], event["entry"]["score"]) for trace, event in told}


def test_the_demo_enters_today_what_it_entered_then(before: Path, demo: tuple[dict[str, Any], Path]) -> None:
    assert entries(demo[1]) == entries(before)


def test_its_settings_are_settings_today(before: Path, demo: tuple[dict[str, Any], Path]) -> None:
    then, now = (settings(json.loads(json.loads(next(rows(each))[4])["config"])) for each in (before, demo[1]))
    assert then.keys() - now.keys() <= RENAMED
