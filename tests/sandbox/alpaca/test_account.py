"""Account, lists, activities, clock, calendar, limits and the requests that were made."""

from datetime import date, timedelta

import httpx
import pytest

from tests.sandbox.alpaca.client import Client
from tidegate.core.calendar import session_of
from tidegate.sandbox.alpaca import SandboxThread, Settings
from tidegate.sandbox.hours import Hours
from tidegate.sandbox.times import utc


def test_a_fresh_account_has_four_times_its_cash_to_spend(client: Client) -> None:
    account = client.row("/v2/account")
    names = ("cash", "equity", "buying_power", "regt_buying_power", "multiplier", "status")
    assert [account[name] for name in names] == ["100000", "100000", "400000", "200000", "4", "ACTIVE"]
    assert {"effective_buying_power", "crypto_tier", "user_configurations"} <= account.keys()
    assert not {"pattern_day_trader", "daytrade_count", "daytrading_buying_power"} & account.keys()


def test_a_resting_buy_reserves_buying_power(client: Client) -> None:
    client.place(limit_price="60")
    client.wait()
    assert client.row("/v2/account")["buying_power"] == "399400"


def test_activities_come_in_pages_whose_token_is_the_last_row(client: Client) -> None:
    for _ in range(5):
        client.bought(qty="1")
    every = [row["id"] for row in client.rows("/v2/account/activities/FILL", direction="asc")]
    pages, token = [], ""
    while page := client.rows("/v2/account/activities/FILL", direction="asc", page_size="2", page_token=token):
        pages += [row["id"] for row in page]
        token = str(page[-1]["id"])
    assert (len(every), pages) == (5, every)


def test_activities_can_be_asked_for_one_order_and_for_a_time(client: Client) -> None:
    first, second = client.bought(), client.bought("AAPL")
    rows = client.rows("/v2/account/activities/FILL", order_id=str(second["id"]))
    assert [(row["order_id"], row["symbol"]) for row in rows] == [(second["id"], "AAPL")]
    rows = client.rows("/v2/account/activities/FILL", after=str(first["filled_at"]))
    assert [row["order_id"] for row in rows] == [second["id"]]


def test_lists_of_orders_are_newest_first_and_limited(client: Client) -> None:
    placed = [client.place(limit_price="60", qty=str(number))["id"] for number in range(1, 5)]
    client.place("AAPL", limit_price="100")
    assert [row["id"] for row in client.rows("/v2/orders", symbols="KO", limit="2")] == [placed[3], placed[2]]
    rows = client.rows("/v2/orders", direction="asc", after_order_id=str(placed[1]), symbols="KO")
    assert [row["id"] for row in rows] == placed[2:]
    assert client.ask("GET", "/v2/orders", limit="501").status_code == 422


def test_closed_orders_are_listed_apart(client: Client) -> None:
    done, resting = client.bought(), client.place("AAPL", limit_price="100")
    client.wait()
    assert [row["id"] for row in client.rows("/v2/orders", status="closed")] == [done["id"]]
    assert [row["id"] for row in client.rows("/v2/orders", status="open")] == [resting["id"]]


def test_positions_tell_profit_as_fractions(client: Client) -> None:
    client.bought()
    client.price("KO", "70.35")
    position = client.row("/v2/positions/KO")
    assert (position["unrealized_pl"], position["unrealized_plpc"]) == ("33.4", "0.049843")
    assert (position["change_today"], position["lastday_price"]) == ("0.05", "67")


def test_the_clock_stands_in_new_york_and_moves_when_told(client: Client) -> None:
    clock = client.row("/v2/clock")
    assert (clock["is_open"], clock["next_close"]) == (True, "2025-10-15T16:00:00-04:00")
    client.wait(6 * 3600)
    clock = client.row("/v2/clock")
    assert (clock["is_open"], clock["next_open"]) == (False, "2025-10-16T09:30:00-04:00")
    (market,) = client.row("/v3/clock")["clocks"]
    assert (market["phase"], market["is_market_day"]) == ("post", True)


def test_the_calendar_knows_holidays_and_half_days(client: Client) -> None:
    rows = client.rows("/v2/calendar", start="2025-11-26", end="2025-12-01")
    assert [(row["date"], row["close"]) for row in rows] == [
        ("2025-11-26", "16:00"),
        ("2025-11-28", "13:00"),
        ("2025-12-01", "16:00"),
    ]


def test_the_venues_calendar_by_rule_and_the_engines_table_are_one() -> None:
    days = [date(2020, 1, 1) + timedelta(days=number) for number in range(8 * 365)]
    venue = {each.day: (utc(each.open), utc(each.close)) for each in Hours().sessions(days[0], days[-1])}
    ours = {day: session_of(day) for day in days}
    assert venue == {day: (each.open, each.close) for day, each in ours.items() if each is not None}


def test_a_market_that_is_always_open_has_no_night() -> None:
    hours = Hours(always=True)
    assert {hours.phase(instant) for instant in range(0, 10**18, 10**17 + 7)} == {"core"}


def test_the_day_ends_with_its_equity_remembered(client: Client) -> None:
    client.bought()
    client.price("KO", "77.01")
    client.wait(6 * 3600)
    assert client.row("/v2/account")["last_equity"] == "100100"
    assert client.row("/v2/account/portfolio/history")["equity"] == [100100.0, 100100.0]


def test_every_answer_tells_the_limit_and_trading_and_data_are_counted_apart() -> None:
    with SandboxThread(Settings(requests_per_minute=3, http_time="market", speed=0)) as box:
        keys = {"APCA-API-KEY-ID": box.card.key_id, "APCA-API-SECRET-KEY": box.card.secret_key}
        with httpx.Client(base_url=box.url, headers=keys) as http:
            answers = [http.get("/v2/clock") for _ in range(4)]
            data = http.get("/v2/stocks/quotes/latest", params={"symbols": "KO"})
    assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["2", "1", "0", "0"]
    assert (answers[3].status_code, answers[3].json()) == (429, {"code": 42910000, "message": "rate limit exceeded"})
    assert answers[3].headers["X-RateLimit-Reset"] == "1760536860"
    assert (data.status_code, data.headers["X-RateLimit-Remaining"]) == (200, "2")


def test_the_date_of_answers_can_be_the_sandboxs() -> None:
    with SandboxThread(Settings(http_time="market", speed=0)) as box:
        assert httpx.get(f"{box.url}/v2/clock").headers["Date"] == "Wed, 15 Oct 2025 14:00:00 GMT"


def test_a_driver_rules_prices_time_and_permissions_over_http(client: Client) -> None:
    http = client.http
    assert http.put("/sandbox/price", json=[{"symbol": "NEWCO", "price": "20", "depth": 3}]).status_code == 200
    http.put("/sandbox/habits", json={"fill_ms": 1000})
    placed = client.place("NEWCO", limit_price="21")
    http.put("/sandbox/clock", json={"advance_s": 0.5})
    assert client.status(placed) == "new"
    http.put("/sandbox/clock", json={"advance_s": 1})
    assert client.row(f"/v2/orders/{placed['id']}")["filled_qty"] == "3"
    http.put("/sandbox/asset", json={"symbol": "NEWCO", "shortable": False})
    assert client.row("/v2/assets/NEWCO")["borrow_status"] == "hard_to_borrow"
    http.put("/sandbox/account", json={"trading_blocked": True})
    assert client.row("/v2/account")["trading_blocked"] is True


@pytest.mark.parametrize(
    ("path", "body"),
    [("clock", {"advance_s": -1}), ("price", {"symbol": "NOPE"}), ("faults", {"faults": [{"kind": "x"}]})],
)
def test_a_driver_is_told_what_cannot_be(client: Client, path: str, body: object) -> None:
    assert client.http.put(f"/sandbox/{path}", json=body).status_code in {400, 404, 422}


def test_a_position_can_appear_that_no_order_explains(client: Client) -> None:
    client.http.put("/sandbox/position", json={"symbol": "AMD", "qty": "7", "price": "200"})
    position = client.row("/v2/positions/AMD")
    assert (position["qty"], position["avg_entry_price"], client.rows("/v2/orders", status="all")) == ("7", "200", [])


def test_the_state_can_be_read_whole(client: Client) -> None:
    client.bought()
    state = client.http.get("/sandbox/state").json()
    assert (state["cash"], len(state["orders"]), len(state["fills"])) == ("99329.9", 1, 1)
    assert state["positions"][0]["symbol"] == "KO"


def test_every_request_is_remembered_with_its_client_order_id(client: Client) -> None:
    client.place(client_order_id="tg-1")
    client.order(client_order_id="tg-1")
    told = [row for row in client.http.get("/sandbox/requests").json() if row["method"] == "POST"]
    assert [(row["client_order_id"], row["status"]) for row in told] == [("tg-1", 200), ("tg-1", 422)]
