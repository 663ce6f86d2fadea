"""Flow alerts over HTTP: visible when their time comes, newest first, paged by time, filtered."""

import gzip
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.errors import InputError
from plugins.sources.uw_alerts import alert_of as read_alert
from tests.sandbox.uw_client import TEN, Client, is_decimal, row, whales
from tidegate.sandbox.unusual_whales import Late, Sandbox, Settings, Twice
from tidegate.sandbox.unusual_whales.rows import alert_of, frame_of

CAPTURED = Path(__file__).parents[3] / "shared" / "data" / "uw"
SOCKET_ROW = {
    "id": "s", "rule_name": "RepeatedHits", "ticker": "JD", "option_chain": "JD251017P00034500",
    "underlying_price": 33.74, "volume": 815, "total_size": 341, "total_premium": 29326.0,
    "total_ask_side_prem": 16598.0, "total_bid_side_prem": 12728.0, "start_time": 1760536800000,
    "end_time": 1760536800005, "executed_at": 1760536800005, "price": 0.86, "has_multileg": False, "has_sweep": False,
    "has_floor": False, "open_interest": 920, "bid": "0.84", "ask": "0.87", "volume_oi_ratio": 0.0, "trade_ids": ["x"],
    "rule_id": "e6b9f0b6-fcd9-44fe-9d1c-f53521c152c3", "ask_vol": 233, "bid_vol": 558, "url": "",
    "has_singleleg": True, "all_opening_trades": False, "trade_count": 31, "expiry_count": 1,
}  # fmt: skip


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


def test_a_row_of_the_socket_becomes_one_of_rest() -> None:
    alert = alert_of(dict(SOCKET_ROW))
    assert alert is not None
    made = alert.row
    assert (made["alert_rule"], made["created_at"]) == ("RepeatedHits", "2025-10-15T14:00:00.005000Z")
    assert (made["type"], made["strike"], made["expiry"]) == ("put", "34.5", "2025-10-17")
    assert (made["total_premium"], made["underlying_price"], made["bid"]) == ("29326", "33.74", "0.84")
    assert made["volume_oi_ratio"] == "0.885869565217"
    assert "trade_ids" not in made


def test_a_recording_is_read_whatever_it_is_wrapped_in(tmp_path: Path) -> None:
    rest, socket, path = row("r"), dict(SOCKET_ROW), tmp_path / "day.jsonl"
    lines = [
        ["flow-alerts", {"response": {}, "status": "ok"}],
        {"recv": "2025-10-15 10:00:00", "msg": ["flow-alerts", socket]},
        ["quotes", {"symbol": "SPY", "last": 660.0, "time": 1760536800000}],
        {"data": [rest, row("broken", total_premium=None)]},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines) + '["flow-alerts",{"id":"torn'
    for data in (text.encode(), gzip.compress(text.encode()), b"\xef\xbb\xbf" + text.encode()):
        path.write_bytes(data)
        with whales(recording=str(path)) as client:
            client.wait(1)
            assert set(client.ids()) == {"s", "r", "broken"}
            assert client.state()["alerts"] == {"listed": 2, "served": 2}
            assert client.state()["left_out"] == 1


@pytest.mark.parametrize("text", [None, "", "nothing\n", "[1, 2]", '{"data": []}'])
def test_a_recording_without_alerts_is_refused_in_words(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "day.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match="The recording"):
        Sandbox(Settings(recording=str(path)))


@pytest.mark.skipif(not CAPTURED.exists(), reason="the captures are not here")
def test_what_was_recorded_from_the_service_is_served_again() -> None:
    with whales(recording=str(CAPTURED / "uw-ws-flowalerts-2025-05-16.jsonl"), at=None) as client:
        client.wait(24 * 3600)
        assert len(set(client.ids())) == client.state()["alerts"]["listed"] == 17
