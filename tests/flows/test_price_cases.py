"""Small recordings of false prices, each with its right result."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.state import State
from tidegate.core.journaling.reader import Reader

CASES = Path(__file__).parents[1] / "data" / "cases"
Call = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def day(tidegate: Call, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[State, list[e.Event]]]:
    """The state and the events that a recording leads to."""

    def played(name: str) -> tuple[State, list[e.Event]]:
        folder = tmp_path_factory.mktemp(name) / "state"
        done = tidegate("replay", CASES / f"{name}.jsonl", "--state-dir", folder, "--json")
        assert done.returncode == 0, done.stderr
        reader = Reader.open(folder)
        events: list[e.Event] = [each.event for each in reader.events(limit=-1)]
        found = reader.state(), events
        reader.close()
        return found

    return played


Day = Callable[[str], tuple[State, list[e.Event]]]


def kinds(events: list[e.Event]) -> Counter[type[e.Event]]:
    return Counter(map(type, events))


def test_a_last_price_outside_a_tight_touch_sells_nothing(day: Day) -> None:
    state, events = day("c14stop")
    assert list(state.positions) == ["ABCD"]
    assert kinds(events)[e.ExitDecided] == 0
    assert state.last_price("ABCD") == 101.21


def test_an_alert_at_half_the_markets_price_is_implausible_and_sells_nothing(day: Day) -> None:
    state, events = day("c14alert")
    assert list(state.positions) == ["ABCD"]
    assert kinds(events)[e.ExitDecided] == 0
    assert [event.reason for event in events if isinstance(event, e.AlertUncounted)] == ["implausible"]
    assert state.tally.uncounted == {"implausible": 1}


def test_one_print_of_the_index_is_no_panic(day: Day) -> None:
    state, events = day("c14spy")
    assert [event.regime for event in events if isinstance(event, e.RegimeChanged)] == ["MIXED"]
    assert list(state.positions) == ["ABCD"]


def test_a_half_day_lets_nothing_in_at_its_end(day: Day) -> None:
    state, events = day("c14half")
    assert (state.positions, state.tally.entered) == ({}, 0)
    assert kinds(events)[e.ExitDecided] == 0


def test_time_without_a_price_is_not_time_in_which_nothing_happened(day: Day) -> None:
    _, events = day("e3")
    decided = [event.decision.rule for event in events if isinstance(event, e.ExitDecided)]
    assert decided == ["stop"]
    (closed,) = [event.outcome for event in events if isinstance(event, e.PositionClosed)]
    assert 59 < closed.exit_price < 60


def test_the_same_fall_sells_once_a_second_look_agrees(tidegate: Call, tmp_path: Path) -> None:
    said = (CASES / "c14stop.jsonl").read_text()
    last = max(json.loads(row)[1]["time"] for row in said.splitlines() if row.startswith('["quotes"'))
    quote = {"symbol": "ABCD", "last": 97.0, "bid": 96.99, "ask": 97.01}
    fall = [json.dumps(["quotes", {**quote, "time": last + after}]) for after in (1000, 2000)]
    file = tmp_path / "fall.jsonl"
    for count, closed in ((1, 0), (2, 1)):
        file.write_text(said + "\n".join(fall[:count]) + "\n")
        done = tidegate("replay", file, "--state-dir", tmp_path / f"state{count}", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["trades_closed"] == closed


def test_a_recording_without_bid_and_ask_is_replayed_on_last_prices_and_says_so(tidegate: Call, tmp_path: Path) -> None:
    said = [json.loads(row) for row in (CASES / "c14stop.jsonl").read_text().splitlines()]
    for kind, row in said:
        if kind == "quotes":
            del row["bid"], row["ask"]
    file = tmp_path / "bare.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in said))
    done = tidegate("replay", file, "--state-dir", tmp_path / "state", "--json")
    summary = json.loads(done.stdout)
    assert (summary["entered"], summary["trades_closed"]) == (1, 0)  # and one false price still sells nothing
    assert "No bid and ask in the recording, replayed on last prices: ABCD." in summary["notes"]
