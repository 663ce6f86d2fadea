"""The audit of a demo run equals what SQL makes of the journal's views, without a line of the audit's own code."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.demo import Demo

Tidegate = Callable[..., "CompletedProcess[str]"]
Rows = list[tuple[Any, ...]]
LEGS = """
    SELECT f.trace, f.quantity, f.price, f.fee, f.side, f.leg LIKE 'entry%' AS entry,
        coalesce(json_extract(o.body, '$.order.exit.rule'), 'protective_stop') AS rule,
        CASE f.side WHEN 'buy' THEN 1 ELSE -1 END
            * (f.price - CAST(json_extract(o.body, '$.order.decision_price') AS REAL)) * f.quantity AS slippage
    FROM fills AS f JOIN journal AS o ON o.kind = 'OrderPlaced'
        AND json_extract(o.body, '$.order.client_order_id') = f.client_order_id
    WHERE f.trace IN (SELECT trace FROM trades)
"""
BY_RULE = f"""
    WITH legs AS ({LEGS}),
        entries AS (SELECT trace, sum(quantity * price) / sum(quantity) AS price, sum(fee) / sum(quantity) AS fee
            FROM legs WHERE entry GROUP BY trace)
    SELECT l.rule, count(DISTINCT l.trace), sum(CASE t.side WHEN 'long' THEN 1 ELSE -1 END
        * (l.price - e.price) * l.quantity - l.fee - e.fee * l.quantity), sum(l.slippage)
    FROM legs AS l JOIN entries AS e USING (trace) JOIN trades AS t USING (trace) WHERE NOT l.entry GROUP BY l.rule
"""


@pytest.fixture(scope="module")
def told(demo: Demo, tidegate: Tidegate) -> dict[str, Any]:
    done = tidegate("audit", "--state-dir", demo[1], "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def sql(demo: Demo) -> Iterator[Callable[[str], Rows]]:
    db = sqlite3.connect(f"{(demo[1] / 'tidegate.db').as_uri()}?mode=ro", uri=True)
    yield lambda query: db.execute(query).fetchall()
    db.close()


def rounded(rows: Rows) -> Rows:
    return sorted(tuple(round(each, 2) if isinstance(each, float) else each for each in row) for row in rows)


def groups(found: list[dict[str, Any]], *fields: str) -> Rows:
    return rounded([tuple(each[name] if name in COUNTED else float(each[name]) for name in fields) for each in found])


COUNTED = ("name", "trades", "wins", "losses")


def test_trades_and_their_profit_are_those_of_the_view(told: dict[str, Any], sql: Callable[[str], Rows]) -> None:
    query = "count(*), sum(pnl > 0), sum(pnl < 0), sum(pnl), sum(fees) FROM trades"
    fields = ("trades", "wins", "losses", "pnl", "fees")
    assert groups([told["total"]], *fields) == rounded(sql(f"SELECT {query}"))
    for name in ("regime", "symbol"):
        expected = rounded(sql(f"SELECT {name}, {query} GROUP BY {name}"))
        assert groups(told[f"by_{name}"], "name", *fields) == expected
    assert told["total"]["trades"] == len(told["trades"]) > 20


def test_credit_by_component_is_the_outcomes(told: dict[str, Any], sql: Callable[[str], Rows]) -> None:
    credit = "SELECT key, count(*), sum(CAST(value AS REAL)) FROM journal, json_each(body, '$.outcome.credit')"
    expected = sql(f"{credit} WHERE kind = 'PositionClosed' GROUP BY key")
    assert groups(told["by_component"], "name", "trades", "pnl") == rounded(expected)
    assert all(each["fees"] is None for each in told["by_component"])


def test_every_share_counts_for_the_rule_it_left_under(told: dict[str, Any], sql: Callable[[str], Rows]) -> None:
    assert groups(told["by_exit"], "name", "trades", "pnl", "slippage") == rounded(sql(BY_RULE))
    total = sum(float(each["pnl"]) for each in told["by_exit"])
    assert total == pytest.approx(float(told["total"]["pnl"]), abs=0.001)


def test_slippage_is_what_fills_cost_against_the_decision_price(
    told: dict[str, Any], sql: Callable[[str], Rows]
) -> None:
    assert groups([told["total"]], "slippage") == rounded(sql(f"SELECT sum(slippage) FROM ({LEGS})"))
    assert told["total"]["slippage_known"] == told["total"]["trades"]


def test_blocks_are_the_verdicts_that_stopped_a_signal_at_its_first_judgement(
    told: dict[str, Any], sql: Callable[[str], Rows], demo: Demo
) -> None:
    stopped = "result = 'BLOCK' AND policy IS NOT 'observed' OR result = 'UNKNOWN' AND policy IS NOT 'open'"
    expected = sql(f"SELECT gate, count(*) FROM verdicts WHERE attempt = 1 AND ({stopped}) GROUP BY gate")
    found: dict[str, int] = {}
    for each in told["blocks"]:
        found[each["gate"]] = found.get(each["gate"], 0) + each["signals"]
    assert found == dict(expected) == demo[0]["blocked"]
    by_policy = "result = 'UNKNOWN' AND policy = 'open' OR result = 'BLOCK' AND policy = 'observed'"
    assert told["passed_by_policy"] == dict(sql(f"SELECT gate, count(*) FROM verdicts WHERE {by_policy} GROUP BY gate"))


def test_queue_learning_and_faults_are_the_journals_events(
    told: dict[str, Any], sql: Callable[[str], Rows], demo: Demo
) -> None:
    kinds: dict[str, int] = dict(sql("SELECT kind, count(*) FROM journal GROUP BY kind"))
    queue, summary = told["queue"], demo[0]
    names = ("queued", "drained", "dropped", "expired")
    assert [queue[name] for name in names] == [summary[name] for name in names]
    assert [queue["drained"], queue["expired"]] == [kinds["QueueDrained"], kinds["QueueExpired"]]
    assert queue["waiting"] == sql("SELECT count(*) FROM queue")[0][0]
    moves = sql("SELECT json_extract(body, '$.cell'), count(*) FROM journal WHERE kind = 'BeliefUpdated' GROUP BY 1")
    assert {each["cell"]: each["moves"] for each in told["learned"]} == dict(moves)
    traces = sql("SELECT trace FROM journal WHERE kind = 'BeliefUpdated'")
    assert sorted(trace for each in told["learned"] for trace in each["traces"]) == sorted(row[0] for row in traces)
    for kind in ("RateLimited", "OrderUnknown", "OrderRejected", "InputRejected", "VenueUnavailable"):
        assert sum(each["count"] for each in told["faults"] if each["kind"] == kind) == kinds[kind]
    assert told["open_at_end"] == sorted(row[0] for row in sql("SELECT symbol FROM positions"))
    assert told["lockdown"] == "never sealed in this week"


def test_small_samples_get_no_conclusion(told: dict[str, Any]) -> None:
    found = [
        told["total"],
        *(each for name in ("regime", "component", "exit", "symbol") for each in told[f"by_{name}"]),
    ]
    assert {each["conclusion"] == "too few" for each in found} == {True, False}
    for each in found:
        assert (each["conclusion"] == "too few") == (each["trades"] < 20) == (each["mean"] is None)
