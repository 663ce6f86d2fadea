"""Limits, refusals and faults over HTTP: what a client meets, and the list of it."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.sandbox.unusual_whales.client import ALERTS, row, whales
from tidegate.core.errors import InputError
from tidegate.plugins.sources.unusual_whales.limits import limits_of
from tidegate.sandbox.unusual_whales import (
    Drop,
    Empty,
    Failure,
    Malformed,
    Plan,
    RateLimit,
    RemoveFields,
    Repeated,
    SetField,
    Slow,
    Text,
)
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of

TIDE = "/api/market/market-tide"
EVENING = datetime(2025, 10, 15, 23, 50, tzinfo=UTC)  # 19:50 in New York


def test_a_wrong_route_is_not_found() -> None:
    with whales() as client:
        assert client.ask("/api/congress/NVDA").status_code == 404
        assert client.http.post(ALERTS).status_code == 405


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "application/json", "Unauthorized"),
        (403, "application/json", "advanced_tier_required"),
        (404, "application/json", "Something"),
        (422, "application/json", "Something"),
        (500, "text/plain", "Something went wrong"),
        (502, "application/json", "Something"),
        (503, "text/plain", "Something went wrong"),
    ],
)
def test_an_error_has_the_body_of_its_status(status: int, kind: str, words: str) -> None:
    with whales() as client:
        client.inject(Failure(status=status, count=1))
        answer = client.ask(TIDE)
        assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (status, kind)
        assert words in answer.text
        assert ("x-uw-daily-req-count" in answer.headers) == (status != 401)
        assert client.ask(TIDE).status_code == 200


def test_a_storm_of_429_ends_with_its_window_and_may_say_that_the_day_is_over() -> None:
    with whales() as client:
        client.inject(RateLimit(for_s=90, retry_after=True), RateLimit(from_s=100, for_s=10, day=True))
        storm = client.ask(TIDE)
        assert (storm.status_code, storm.headers["Retry-After"]) == (429, "90")
        assert storm.headers["x-uw-req-per-minute-remaining"] == "0"
        client.wait(95)
        assert client.ask(TIDE).status_code == 200
        client.wait(5)
        spent = limits_of(client.ask(TIDE).headers, EVENING)
        assert spent is not None
        assert spent.day_spent


def test_an_empty_answer_serves_nothing() -> None:
    with whales() as client:
        client.put(row("a"))
        client.inject(Empty(count=2))
        assert client.rows() == client.rows(TIDE) == []
        assert client.state()["alerts"] == {"listed": 1, "served": 0}
        assert client.ids() == ["a"]


def test_malformed_rows_come_on_top_of_the_real_ones() -> None:
    with whales() as client:
        client.put(row("a"), row("b"))
        client.inject(Malformed(rows=5))
        rows = client.http.get(ALERTS).json()["data"]
        assert len(rows) == 7
        assert sorted(each["id"] for each in rows if alert_of(each) is not None) == ["a", "b"]


def test_rows_can_repeat_and_fields_can_change_or_go() -> None:
    with whales() as client:
        client.put(row("a"), row("b", ticker="SPY", option_chain="SPY251017C00660000"))
        client.inject(
            Repeated(every=2, count=1), SetField(field="sector", value=7, skip=1), RemoveFields(fields=["ask"], skip=1)
        )
        assert len(client.ids()) == 3
        rows = client.http.get(ALERTS).json()["data"]
        assert [(each["sector"], "ask" in each) for each in rows] == [(7, False), (7, False)]


def test_bodies_can_be_html_slow_or_never_come() -> None:
    with whales() as client:
        client.put(row("a"))
        client.inject(Text(count=1), Drop(late=True, count=1), Slow(seconds=30, count=1, late=True))
        page = client.http.get(ALERTS)
        assert (page.status_code, page.text[:6]) == (504, "<html>")
        with pytest.raises(httpx.TransportError):
            client.http.get(ALERTS)
        with pytest.raises(httpx.ReadTimeout):
            client.http.get(ALERTS, timeout=0.2)
        assert client.state()["alerts"]["served"] == 0
        assert client.box.call(lambda it: [each.status for each in it.requests][:2]) == [504, 0]


def test_requests_are_noted_with_their_query_and_rows_but_never_with_a_token() -> None:
    with whales() as client:
        client.put(row("a"))
        client.ask(ALERTS, limit="5", newer_than="2025-10-15")
        (told,) = client.http.get("/sandbox/requests").json()
        assert (told["path"], told["status"], told["rows"]) == (ALERTS, 200, 1)
        assert told["query"] == {"limit": "5", "newer_than": "2025-10-15"}
        assert client.box.card.token not in client.http.get("/sandbox/requests").text


def test_faults_are_listed_and_can_be_changed_by_a_driver() -> None:
    with whales() as client:
        plan = {"seed": 3, "faults": [{"kind": "error", "path": "/api/darkpool/*", "count": 1}, {"kind": "late"}]}
        assert client.http.put("/sandbox/faults", json=plan).status_code == 200
        assert [client.ask(path).status_code for path in ("/api/darkpool/NVDA", TIDE)] == [500, 200]
        (struck,) = client.http.get("/sandbox/faults").json()["injected"]
        assert (struck["kind"], struck["path"], struck["rule"]) == ("error", "/api/darkpool/NVDA", 0)
        client.http.delete("/sandbox/faults")
        assert client.http.get("/sandbox/faults").json()["plan"]["faults"] == []
        assert client.http.put("/sandbox/faults", json={"faults": [{"kind": "meteor"}]}).status_code == 422


def test_a_driver_moves_the_clock_forward_only() -> None:
    with whales() as client:
        moved = client.http.put("/sandbox/clock", json={"advance_s": 60, "speed": 0})
        assert moved.json()["at"] == "2025-10-15T14:01:00Z"
        assert client.http.put("/sandbox/clock", json={"advance_s": -60}).status_code == 400
        assert client.http.put("/sandbox/alerts", json=[{"id": "x"}]).status_code == 422


def test_a_plan_is_read_from_toml_and_its_mistakes_are_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text('seed = 3\n[[faults]]\nkind = "late"\nseconds = 120.0\nchance = 0.1\n')
    assert Plan.read(path).faults[0].chance == 0.1
    path.write_text('[[faults]]\nkind = "rate_limit"\nreset = 3')
    with pytest.raises(InputError, match="The fault plan"):
        Plan.read(path)


def test_the_same_seed_strikes_the_same_requests() -> None:
    def struck(seed: int) -> list[int]:
        with whales(plan=Plan(seed=seed, faults=[Failure(chance=0.5)])) as client:
            return [client.ask(TIDE).status_code for _ in range(20)]

    assert struck(3) == struck(3)
    assert set(struck(3)) == {200, 500}
