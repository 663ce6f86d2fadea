import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import trace_of
from tidegate.core.journaling.journal import Journal


@pytest.fixture
def db(tmp_path: Path, story: list[e.Recorded]) -> Iterator[sqlite3.Connection]:
    journal = Journal.open(tmp_path)
    journal.append(story)
    journal.commit()
    journal.close()
    connection = sqlite3.connect(tmp_path / "tidegate.db")
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def rows(db: sqlite3.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(query)]


def trace(symbol: str) -> str:
    return trace_of("unusual_whales", f"{symbol}-2")


def test_trades_lists_closed_positions(db: sqlite3.Connection) -> None:
    (row,) = rows(db, "SELECT * FROM trades")
    assert (row["symbol"], row["trace"], row["side"], row["regime"]) == ("AAA", trace("AAA"), "long", "PANIC")
    assert (row["quantity"], row["pnl"], row["fees"], row["pnl_pct"]) == (6.0, 29.96, 0.04, 4.99)
    assert row["reasons"] == '["targets","trailing"]'


def test_verdicts_lists_every_gate_of_every_judgement(db: sqlite3.Connection) -> None:
    found = rows(db, "SELECT * FROM verdicts ORDER BY seq")
    assert [(row["symbol"], row["gate"], row["result"], row["policy"]) for row in found] == [
        ("AAA", "concentration", "PASS", None),
        ("AAA", "ignition", "UNKNOWN", "open"),
        ("BBB", "concentration", "PASS", None),
        ("BBB", "ignition", "UNKNOWN", "open"),
        ("DDD", "concentration", "BLOCK", None),
    ]
    assert (found[0]["measured"], found[0]["limit"], found[0]["attempt"]) == (12.5, 70.0, 1)
    assert found[4]["decision"] == "BLOCKED"


def test_fills_knows_the_order_of_each_execution(db: sqlite3.Connection) -> None:
    found = rows(db, "SELECT symbol, leg, side, quantity, price, fee FROM fills WHERE trace LIKE 'uw_%' ORDER BY seq")
    assert [(row["symbol"], row["leg"], row["side"], row["quantity"]) for row in found] == [
        ("AAA", "entry", "buy", 2.0),
        ("AAA", "entry", "buy", 4.0),
        ("AAA", "exit1", "sell", 2.0),
        ("AAA", "exit2", "sell", 4.0),
        ("BBB", "entry", "buy", 2.0),
        ("BBB", "entry", "buy", 4.0),
        ("BBB", "exit1", "sell", 2.0),
    ]
    assert (found[2]["price"], found[2]["fee"]) == (105.1, 0.01)


def test_an_order_placed_twice_does_not_double_its_fills(tmp_path: Path, story: list[e.Recorded]) -> None:
    again = [each for each in story if isinstance(each.event, e.OrderPlaced)]
    told = [e.Recorded(seq, each.at, each.trace, each.event) for seq, each in enumerate([*again, *story], 1)]
    journal = Journal.open(tmp_path)
    journal.append(told)
    journal.commit()
    assert journal._db.execute("SELECT count(*) FROM fills").fetchone() == (7,)
    journal.close()


def test_positions_lists_what_is_open(db: sqlite3.Connection) -> None:
    (row,) = rows(db, "SELECT * FROM positions")
    row.pop("opened_at")
    assert row == {
        "trace": trace("BBB"),
        "symbol": "BBB",
        "quantity": 4.0,
        "direction": "bullish",
        "score": 3.25,
        "regime": "PANIC",
        "regime_modifier": 0.5,
        "ignition_status": "not_checked",
        "owner": "tidegate",
    }


def test_queue_lists_what_waits_until_it_leaves(
    tmp_path: Path, db: sqlite3.Connection, story: list[e.Recorded]
) -> None:
    (row,) = rows(db, "SELECT * FROM queue")
    assert (row["symbol"], row["trace"], row["attempts"], row["reason"]) == ("CCC", trace("CCC"), 1, "429 in PANIC")
    journal = Journal.open(tmp_path)
    journal.append([e.Recorded(len(story) + 1, story[-1].at, trace("CCC"), e.QueueExpired())])
    journal.commit()
    journal.close()
    assert rows(db, "SELECT * FROM queue") == []
