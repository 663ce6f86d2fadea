import json
from decimal import Decimal
from pathlib import Path

import pytest

from tidegate.cli import run
from tidegate.core.domain.events import BrokerSeen, EngineStarted, Fact, RequestReceived
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.broker import BrokerPosition
from tidegate.core.journaling.journal import Journal
from tidegate.testing import NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal whose broker holds three shares that we do not know of."""
    theirs = BrokerPosition(symbol="IWM", side=PositionSide.LONG, quantity=Decimal(3), average_price=Decimal("210.5"))
    facts: list[Fact] = [
        EngineStarted(mode="paper", version="0", reconciles=True),
        BrokerSeen(positions=(theirs,)),
    ]
    journal, state = Journal.open(tmp_path / "state"), State()
    for fact in facts:
        journal.append(advance(state, fact, NOW, Rules())[0])
    journal.commit()
    journal.close()
    return tmp_path / "state"


def test_a_difference_is_shown_with_both_sides_numbers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconcile", "--state-dir", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert "IWM" in shown
    assert "missing here" in shown
    assert "ours 0  theirs 3 @ 210.5" in shown


def test_what_is_no_stock_is_listed_and_asks_for_no_answer(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coin = BrokerPosition(
        symbol="BTCUSD",
        side=PositionSide.LONG,
        quantity=Decimal("0.5"),
        average_price=Decimal(90_000),
        asset_class="crypto",
    )
    journal = Journal.open(folder)
    journal.append(advance(journal.load(), BrokerSeen(positions=(coin,)), NOW, Rules())[0])
    journal.commit()
    journal.close()
    assert run(["reconcile", "--state-dir", str(folder)]) == 0
    assert "BTCUSD counts, and is never traded here: crypto long 0.5" in capsys.readouterr().out


def test_status_says_that_the_books_differ(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--state-dir", str(folder)]) == 0
    assert "books        differ: tidegate reconcile shows where" in capsys.readouterr().out


def test_an_answer_without_an_engine_waits_for_the_next_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reconcile", "IWM", "--adopt", "--state-dir", str(folder)]) == 0
    assert "waits in the journal" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["IWM"], ["--adopt"], ["IWM", "--adopt", "--ignore"]])
def test_an_answer_needs_one_symbol_and_one_word(
    folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["reconcile", *words, "--state-dir", str(folder)]) == 2
    assert "one symbol and one of" in capsys.readouterr().err


def test_what_is_left_alone_stays_in_sight(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal.open(folder)
    state = journal.load()
    asked = RequestReceived(id=1, who="me", name="reconcile", args={"symbol": "IWM", "answer": "ignore"})
    journal.append(advance(state, asked, NOW, Rules())[0])
    journal.commit()
    journal.close()
    assert run(["reconcile", "--state-dir", str(folder)]) == 0
    assert "theirs 3 @ 210.5: left alone; --adopt or --flatten ends that" in capsys.readouterr().out
    assert run(["reconcile", "--json", "--state-dir", str(folder)]) == 0
    assert [each["symbol"] for each in json.loads(capsys.readouterr().out)["ignored"]] == ["IWM"]
