"""Faults over HTTP: what a client meets, what the venue did all the same, and the list of it."""

import json
from pathlib import Path

import httpx
import pytest

from tests.sandbox.alpaca.client import Client, Row
from tidegate.core.errors import InputError
from tidegate.sandbox.alpaca import (
    Drop,
    Failure,
    Plan,
    RateLimit,
    RemoveFields,
    SandboxThread,
    SetField,
    Settings,
    Slow,
    Text,
)
from tidegate.sandbox.alpaca.plan import AnyFault

POST: Row = {"method": "POST", "path": "/v2/orders"}


def inject(box: SandboxThread, *faults: AnyFault) -> None:
    box.call(lambda it: it.faults.add(*faults))


def placed(client: Client) -> int:
    return client.box.call(lambda it: len(it.book.orders))


def test_a_storm_of_429_takes_no_order_and_ends_with_its_window(box: SandboxThread, client: Client) -> None:
    inject(box, RateLimit(**POST, for_s=30))
    answers = [client.order() for _ in range(3)]
    assert {each.status_code for each in answers} == {429}
    assert client.refusal(answers[0]) == (429, 42910000, "rate limit exceeded")
    assert answers[0].headers["X-RateLimit-Remaining"] == "0"
    assert client.ask("GET", "/v2/clock").status_code == 200
    client.wait(31)
    assert (client.order().status_code, placed(client)) == (200, 1)


def test_the_reset_of_a_storm_is_the_end_of_its_window() -> None:
    plan = Plan(faults=[RateLimit(for_s=30)])
    with SandboxThread(Settings(speed=0, http_time="market", plan=plan)) as box:
        answer = httpx.get(f"{box.url}/v2/clock")
    assert answer.headers["X-RateLimit-Reset"] == str(1760536800 + 30)


@pytest.mark.parametrize("late", [False, True])
def test_a_gateway_timeout_says_nothing_about_the_order(box: SandboxThread, client: Client, *, late: bool) -> None:
    inject(box, Text(method="POST", late=late))
    answer = client.order()
    assert (answer.status_code, answer.headers["Content-Type"]) == (504, "text/html; charset=utf-8")
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert placed(client) == late


@pytest.mark.parametrize("late", [False, True])
def test_a_connection_can_be_cut_before_and_after_the_order_arrived(
    box: SandboxThread, client: Client, *, late: bool
) -> None:
    inject(box, Drop(method="POST", late=late))
    with pytest.raises(httpx.TransportError):
        client.order(client_order_id="tg-1")
    assert placed(client) == late
    assert client.box.call(lambda it: it.requests[-1].status) == 0


def test_a_slow_answer_reaches_a_client_that_no_longer_listens(box: SandboxThread, client: Client) -> None:
    inject(box, Slow(method="POST", seconds=30, late=True))
    body = {"symbol": "KO", "side": "buy", "type": "market", "time_in_force": "day", "qty": "1"}
    with pytest.raises(httpx.ReadTimeout):
        client.http.post("/v2/orders", json=body, timeout=0.2)
    assert placed(client) == 1


def test_an_error_of_the_venue_has_its_code(box: SandboxThread, client: Client) -> None:
    inject(box, Failure(status=500, code=50010000, message="internal server error occurred", count=1))
    assert client.refusal(client.ask("GET", "/v2/account"))[:2] == (500, 50010000)
    assert client.ask("GET", "/v2/account").status_code == 200


def test_a_refusal_can_come_without_a_body(box: SandboxThread, client: Client) -> None:
    inject(box, Text(method="DELETE", status=422, text="", content_type="application/json"))
    order = client.bought()
    assert client.ask("DELETE", f"/v2/orders/{order['id']}").text == ""


def test_a_value_that_nobody_knows_and_fields_that_are_gone(box: SandboxThread, client: Client) -> None:
    client.bought()
    inject(box, SetField(path="/v2/positions", field="asset_class", value="ipo_2"))
    inject(box, RemoveFields(path="/v2/orders*", fields=["position_intent", "filled_avg_price"]))
    (position,) = client.http.get("/v2/positions").json()
    assert position["asset_class"] == "ipo_2"
    (order,) = client.http.get("/v2/orders", params={"status": "all"}).json()
    assert "position_intent" not in order
    assert order["filled_qty"] == "10"


def test_skip_count_and_window_bound_a_fault(box: SandboxThread, client: Client) -> None:
    inject(box, Failure(path="/v2/clock", skip=1, count=2, from_s=10))
    before = client.ask("GET", "/v2/clock").status_code
    client.wait(10)
    assert [before, *(client.ask("GET", "/v2/clock").status_code for _ in range(4))] == [200, 200, 503, 503, 200]


def test_the_same_seed_strikes_the_same_requests() -> None:
    def struck(seed: int) -> list[int]:
        plan = Plan(seed=seed, faults=[Failure(chance=0.5)])
        with SandboxThread(Settings(plan=plan, speed=0, requests_per_minute=None)) as box:
            keys = {"APCA-API-KEY-ID": box.card.key_id, "APCA-API-SECRET-KEY": box.card.secret_key}
            with httpx.Client(base_url=box.url, headers=keys) as http:
                return [http.get("/v2/clock").status_code for _ in range(20)]

    first = struck(3)
    assert first == struck(3)
    assert set(first) == {200, 503}


def test_every_fault_is_listed_with_when_what_and_which_request(box: SandboxThread, client: Client) -> None:
    inject(box, Drop(method="POST", late=True, count=1))
    with pytest.raises(httpx.TransportError):
        client.order(client_order_id="tg-1")
    (row,) = client.http.get("/sandbox/faults").json()["injected"]
    assert (row["kind"], row["method"], row["path"], row["client_order_id"], row["rule"]) == (
        "drop",
        "POST",
        "/v2/orders",
        "tg-1",
        0,
    )
    assert row["at"].startswith("2025-10-15T14:00:00")


def test_faults_never_touch_the_drivers_paths(box: SandboxThread, client: Client) -> None:
    inject(box, Drop())
    assert client.http.get("/sandbox/state").status_code == 200
    client.http.delete("/sandbox/faults")
    assert client.row("/v2/clock")["is_open"] is True


def test_a_plan_is_read_from_toml_and_from_json_and_can_be_changed_while_it_runs(
    client: Client, tmp_path: Path
) -> None:
    toml, as_json = tmp_path / "plan.toml", tmp_path / "plan.json"
    toml.write_text('seed = 3\n[[faults]]\nkind = "rate_limit"\nmethod = "POST"\nfrom_s = 60.0\n')
    plan = Plan.read(toml)
    assert plan == Plan(seed=3, faults=[RateLimit(method="POST", from_s=60.0)])
    given = {"seed": 3, "faults": [{"kind": "rate_limit", "method": "POST", "from_s": 60}]}
    as_json.write_text(json.dumps(given))
    assert Plan.read(as_json) == plan
    client.http.put("/sandbox/faults", json=given)
    assert client.http.get("/sandbox/faults").json()["plan"]["faults"][0]["kind"] == "rate_limit"


@pytest.mark.parametrize(
    "text", ["faults = 3", '[[faults]]\nkind = "meteor"', '[[faults]]\nkind = "drop"\nchance = 2.0', "[[", ""]
)
def test_a_plan_with_a_mistake_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.toml"
    if text:
        path.write_text(text)
    with pytest.raises(InputError, match="The fault plan"):
        Plan.read(path)
