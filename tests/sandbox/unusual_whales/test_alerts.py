"""Flow alerts over HTTP: visible when their time comes, newest first, paged by time, filtered."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest

from tests.sandbox.unusual_whales.client import TEN, Client, is_decimal, row, whales
from tidegate.plugins.sources.unusual_whales.alerts import alert_of as read_alert
from tidegate.sandbox.unusual_whales import Late, Twice
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of, frame_of


def listed(client: Client, *seconds: float) -> None:
    client.put(*(row(f"a{each:g}", seconds=each) for each in seconds))


def test_an_alert_is_listed_when_its_time_comes_and_not_before() -> None:
    with whales() as client:
        listed(client, -5, 10)
        assert client.ids() == ["a-5"]
        client.wait(10)
        assert client.ids() == ["a10", "a-5"]


@pytest.mark.parametrize(
    "form",
    [
        lambda at: str(int(at.timestamp())),
        lambda at: str(int(at.timestamp() * 1000)),
        lambda at: at.isoformat(),
        lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
    ],
    ids=["seconds", "milliseconds", "offset", "zulu"],
)
def test_a_page_lies_between_two_times_in_any_form(form: Callable[[datetime], str]) -> None:
    with whales() as client:
        listed(client, -30, -20, -10)
        newer, older = form(TEN - timedelta(seconds=25)), form(TEN - timedelta(seconds=15))
        assert client.ids(newer_than=newer) == ["a-10", "a-20"]
        assert client.ids(older_than=older) == ["a-20", "a-30"]
        assert client.ids(newer_than=newer, older_than=older) == ["a-20"]
        assert client.ids(newer_than="2025-10-15", limit="1") == ["a-10"]
        assert client.ids(newer_than="2025-10-16") == []


def test_pages_by_time_show_every_alert_of_the_demo_once() -> None:
    with whales(recording="demo", at=None, calls_per_minute=None) as client:
        client.wait(8 * 3600)
        seen, older = set[str](), dict[str, str]()
        while page := client.rows(limit="200", **older):
            assert [each["created_at"] for each in page] == sorted((each["created_at"] for each in page), reverse=True)
            seen.update(each["id"] for each in page)
            older = {"older_than": page[-1]["created_at"]}
        every = client.box.call(lambda it: set(it.flow.listed))
        assert every <= seen
        assert client.box.call(lambda it: it.flow.served) == every
        assert client.state()["alerts"] == {"listed": 2072, "served": 2072}


def test_filters_leave_what_was_asked_for() -> None:
    with whales() as client:
        client.put(
            row("big"),
            row("small", total_premium="900", ticker="SPY", option_chain="SPY251114P00600000", type="put"),
            row("legs", has_multileg=True, ticker="BRK.B", option_chain="BRKB251017C00500000", has_sweep=False),
        )
        every = {"big", "small", "legs"}
        for params, left in (
            ({"ticker_symbol": "NVDA,BRK.B"}, {"big", "legs"}),
            ({"ticker_symbol": "-NVDA,SPY"}, {"legs"}),
            ({"min_premium": "1000"}, {"big", "legs"}),
            ({"max_premium": "1000"}, {"small"}),
            ({"max_dte": "2"}, {"big", "legs"}),
            ({"min_dte": "3"}, {"small"}),
            ({"is_put": "false"}, {"big", "legs"}),
            ({"is_sweep": "false"}, {"legs"}),
            ({"is_multi_leg": "true"}, {"legs"}),
            ({"min_ask_perc": "0.9"}, {"big", "legs", "small"}),
            ({"rule_name[]": ["RepeatedHits", "OtmEarningsFloor"]}, every),
            ({"rule_name[]": ["OtmEarningsFloor"]}, set()),
            ({"vol_greater_oi": "false"}, set()),
        ):
            assert set(client.ids(**params)) == left, params


def test_a_parameter_that_nobody_knows_changes_nothing() -> None:
    with whales() as client:
        listed(client, -1)
        found = client.http.get("/api/option-trades/flow-alerts", params={"symbol": "SPY"}).json()["data"]
        assert [each["id"] for each in found] == ["a-1"]


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"limit": "201"}, "limit=201"),
        ({"limit": "x"}, "limit=x"),
        ({"newer_than": "yesterday"}, "newer_than=yesterday"),
        ({"min_premium": "lots"}, "min_premium=lots"),
        ({"is_put": "perhaps"}, "is_put=perhaps"),
        ({"ticker_symbol": "MSFT12"}, "ticker_symbol=MSFT12"),
    ],
)
def test_a_wrong_parameter_is_refused_in_the_documented_form(params: dict[str, str], word: str) -> None:
    with whales() as client:
        answer = client.ask("/api/option-trades/flow-alerts", **params)
        body = answer.json()
        assert (answer.status_code, sorted(body)) == (422, ["msg", "path", "query", "url"])
        assert word in body["msg"]


def test_a_late_alert_says_when_it_was_listed_unless_it_is_backdated() -> None:
    with whales() as client:
        client.inject(Late(seconds=120, count=1), Late(seconds=120, backdated=True, skip=1, count=1))
        listed(client, 0, 1, 2)
        client.wait(5)
        assert client.ids() == ["a2"]
        client.wait(120)
        found = {each["id"]: (each["created_at"][11:19], each["end_time"] % 60000) for each in client.rows()}
        assert found == {"a2": ("14:00:02", 2000), "a1": ("14:00:01", 1000), "a0": ("14:02:00", 0)}
        assert [each.kind for each in client.box.call(lambda it: it.faults.log)] == ["late", "late"]


def test_an_alert_that_comes_again_counts_once() -> None:
    with whales() as client:
        client.inject(Twice(seconds=30))
        listed(client, -60)
        client.wait(31)
        assert client.ids() == ["a-60", "a-60"]
        assert client.state()["alerts"] == {"listed": 1, "served": 1}


def test_the_same_seed_makes_the_same_alerts_and_another_seed_others() -> None:
    def made(seed: int) -> list[str]:
        with whales(seed=seed, per_minute=60.0) as client:
            client.wait(600)
            rows = client.rows(limit="200")
            assert all(is_decimal(each["total_premium"]) and each["volume"] >= each["total_size"] for each in rows)
            return [each["id"] for each in rows]

    first = made(3)
    assert first == made(3)
    assert len(first) == 200
    assert set(first).isdisjoint(made(4))


def test_generated_alerts_come_only_while_the_exchange_is_open() -> None:
    with whales(per_minute=10.0) as client:
        client.wait(6 * 3600)
        count = client.state()["alerts"]["listed"]
        client.wait(17 * 3600)
        assert client.state()["alerts"]["listed"] == count > 2000
        client.wait(3600)
        assert client.state()["alerts"]["listed"] > count


def test_every_generated_alert_is_read_by_the_source_in_both_spellings() -> None:
    with whales(per_minute=60.0) as client:
        client.wait(900)
        for each in client.rows(limit="200"):
            alert = alert_of(each)
            assert alert is not None
            _, by_rest = read_alert(json.dumps(each).encode(), TEN + timedelta(hours=1))
            _, by_socket = read_alert(json.dumps(frame_of(each)).encode(), TEN + timedelta(hours=1))
            said = {"sector": by_rest.sector, "issue_type": by_rest.issue_type}  # by REST alone
            assert by_rest == msgspec.structs.replace(by_socket, **said)
