"""A journal of the release before (0.1.0, the demo) opens, folds and verifies, and the demo of today is the same.

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


def test_it_folds_to_the_state_that_its_release_had_folded(before: Path) -> None:
    with closing(sqlite3.connect(before / JOURNAL)) as connection:
        ((seq, recorded),) = connection.execute("SELECT seq, body FROM checkpoints").fetchall()
    with closing(Reader.open(before)) as reader:
        folded = reader.state()
    assert folded.seq == seq == LAST
    assert encode_state(folded) == encode_state(decode_state(recorded))
    assert json.loads(recorded).items() <= json.loads(encode_state(folded)).items()


def test_its_chain_is_whole_and_every_decision_follows_again_by_code_that_is_said_to_be_other(before: Path) -> None:
    report = verify(before / JOURNAL)
    assert (report.sound, report.last, report.head, report.compared) == (True, LAST, HEAD, LAST)
    (note,) = report.notes
    assert "other code than this (version 0.1.0)" in note


def test_an_engine_opens_it_and_goes_on_from_its_last_event(before: Path, tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes((before / JOURNAL).read_bytes())
    with closing(Journal.open(tmp_path)) as journal:
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


def test_the_demo_writes_the_same_events_today(before: Path, demo: tuple[dict[str, Any], Path]) -> None:
    then, now = list(rows(before)), list(rows(demo[1]))
    assert now[1:] == then[1:]
    started = [json.loads(each[0][4]) for each in (then, now)]
    configs = [settings(json.loads(each.pop("config"))) for each in started]
    assert configs[0].items() <= configs[1].items()
    told = [{name: value for name, value in each.items() if name not in NEW_BY_RELEASE} for each in started]
    assert told[0] == told[1]
