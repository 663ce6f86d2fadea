"""Orders: from pending_new to their end, and what the venue writes of them."""

import re
from decimal import Decimal

from tests.sandbox.alpaca.client import Client
from tidegate.sandbox.alpaca import Habits, SandboxThread


def test_a_marketable_limit_order_is_taken_as_pending_new_and_fills_at_the_touch(client: Client) -> None:
    placed = client.place(client_order_id="tg-1")
    assert (placed["status"], placed["filled_qty"], placed["client_order_id"]) == ("pending_new", "0", "tg-1")
    client.wait()
    done = client.row(f"/v2/orders/{placed['id']}")
    assert (done["status"], done["filled_qty"], done["filled_avg_price"]) == ("filled", "10", "67.01")


def test_a_limit_order_away_from_the_market_rests_until_the_price_comes(client: Client) -> None:
    placed = client.place(limit_price="66.5")
    client.wait(60)
    assert client.status(placed) == "new"
    client.price("KO", "66.4")
    client.wait()
    assert client.status(placed) == "filled"


def test_times_have_nanoseconds_and_a_z_and_numbers_are_strings(client: Client) -> None:
    order = client.bought(qty="0.057436865")
    assert re.fullmatch(r"2025-10-15T14:00:00(\.\d{1,9})?Z", str(order["filled_at"]))
    numbers = [order[name] for name in ("qty", "filled_qty", "filled_avg_price")]
    assert numbers == ["0.057436865", "0.057436865", "67.01"]
    assert {"source", "subtag"} <= order.keys()


def test_a_fill_moves_cash_and_shares_and_nothing_else(client: Client) -> None:
    client.bought()
    account, position = client.row("/v2/account"), client.row("/v2/positions/KO")
    assert (account["cash"], account["equity"], account["long_market_value"]) == ("99329.9", "99999.9", "670")
    assert (position["qty"], position["avg_entry_price"], position["side"]) == ("10", "67.01", "long")


def test_numbers_in_a_request_may_be_numbers(client: Client) -> None:
    keys = {"symbol": "KO", "side": "buy", "type": "limit", "time_in_force": "day", "qty": 1.5, "limit_price": 68.0}
    answer = client.http.post("/v2/orders", json=keys)
    assert (answer.status_code, answer.json()["qty"]) == (200, "1.5")


def test_a_notional_order_has_no_quantity_and_buys_nine_decimals(client: Client) -> None:
    placed = client.place(type="market", qty=None, notional="5", limit_price=None)
    client.wait()
    done = client.row(f"/v2/orders/{placed['id']}")
    assert (done["qty"], done["notional"], done["filled_qty"]) == (None, "5", "0.074615728")


def test_an_order_is_found_by_its_clients_id(client: Client) -> None:
    placed = client.place(client_order_id="mine")
    assert client.row("/v2/orders:by_client_order_id", client_order_id="mine")["id"] == placed["id"]
    answer = client.ask("GET", "/v2/orders:by_client_order_id", client_order_id="nobody's")
    assert client.refusal(answer) == (404, 40410000, "order not found for nobody's")


def test_a_lookup_may_lag_behind_the_order(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: setattr(it.matching, "habits", Habits(lookup_lag_ms=500)))
    client.place(client_order_id="late")
    assert client.ask("GET", "/v2/orders:by_client_order_id", client_order_id="late").status_code == 404
    client.wait()
    assert client.row("/v2/orders:by_client_order_id", client_order_id="late")["status"] == "filled"


def test_a_cancel_is_answered_at_once_and_confirmed_later(client: Client) -> None:
    placed = client.place(limit_price="60")
    client.wait()
    answer = client.ask("DELETE", f"/v2/orders/{placed['id']}")
    assert (answer.status_code, answer.text, client.status(placed)) == (204, "", "pending_cancel")
    client.wait()
    done = client.row(f"/v2/orders/{placed['id']}")
    assert done["status"] == "canceled"
    assert done["canceled_at"] is not None


def test_a_fill_can_be_faster_than_the_cancel(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: setattr(it.matching, "habits", Habits(fill_ms=20, cancel_ms=50)))
    placed = client.place()
    client.wait(0.01)
    assert client.ask("DELETE", f"/v2/orders/{placed['id']}").status_code == 204
    client.wait()
    assert client.status(placed) == "filled"


def test_what_is_over_cannot_be_canceled(client: Client) -> None:
    order = client.bought()
    answer = client.ask("DELETE", f"/v2/orders/{order['id']}")
    assert client.refusal(answer) == (422, 42210000, 'order is already in "filled" state')
    assert client.ask("DELETE", "/v2/orders/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_touch_fills_no_more_than_its_depth(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.market.set_depth("KO", 4))
    placed = client.place()
    client.wait()
    part = client.row(f"/v2/orders/{placed['id']}")
    assert (part["status"], part["filled_qty"]) == ("partially_filled", "4")
    client.ask("DELETE", f"/v2/orders/{placed['id']}")
    client.wait()
    done = client.row(f"/v2/orders/{placed['id']}")
    assert (done["status"], done["filled_qty"]) == ("canceled", "4")
    assert client.row("/v2/positions/KO")["qty"] == "4"


def test_orders_can_fill_in_parts(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: setattr(it.matching, "habits", Habits(partial_pct=100)))
    client.bought()
    fills = client.rows("/v2/account/activities/FILL", direction="asc")
    assert len(fills) in {2, 3}
    assert [row["type"] for row in fills] == ["partial_fill"] * (len(fills) - 1) + ["fill"]
    assert sum(Decimal(str(row["qty"])) for row in fills) == 10
    assert fills[-1]["cum_qty"] == "10"


def test_a_day_order_expires_at_the_close(client: Client) -> None:
    placed = client.place(limit_price="60")
    client.wait(6 * 3600 + 1)
    done = client.row(f"/v2/orders/{placed['id']}")
    assert (done["status"], done["expired_at"]) == ("expired", "2025-10-15T20:00:00Z")


def test_an_order_after_the_close_is_accepted_and_trades_at_the_next_open(client: Client) -> None:
    client.wait(7 * 3600)
    placed = client.place()
    client.wait()
    assert client.status(placed) == "accepted"
    client.wait(16.5 * 3600)
    assert client.row(f"/v2/orders/{placed['id']}")["filled_at"] == "2025-10-16T13:30:00.01Z"


def test_an_order_for_extended_hours_trades_before_the_open(client: Client) -> None:
    client.wait(7 * 3600)
    placed = client.place(extended_hours=True)
    client.wait()
    assert client.status(placed) == "filled"


def test_immediate_or_cancel_takes_what_is_there(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.market.set_depth("KO", 3))
    placed = client.place(time_in_force="ioc")
    killed = client.place("AAPL", limit_price="200", time_in_force="fok")
    client.wait()
    assert client.row(f"/v2/orders/{placed['id']}")["filled_qty"] == "3"
    assert (client.status(placed), client.status(killed)) == ("canceled", "canceled")


def test_nothing_trades_in_a_halted_symbol(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.market.halt("KO"))
    placed = client.place()
    client.wait(60)
    assert client.status(placed) == "new"
    box.call(lambda it: it.market.resume("KO"))
    client.wait()
    assert client.status(placed) == "filled"


def test_a_stop_waits_until_the_price_gets_there(client: Client) -> None:
    client.bought()
    stop = client.place(side="sell", type="stop", limit_price=None, stop_price="65")
    client.wait()
    assert client.status(stop) == "new"
    client.price("KO", "64.5")
    client.wait()
    done = client.row(f"/v2/orders/{stop['id']}")
    assert (done["status"], done["type"], done["filled_avg_price"]) == ("filled", "stop", "64.49")


def test_a_trailing_stop_follows_the_price(client: Client) -> None:
    client.bought()
    stop = client.place(side="sell", type="trailing_stop", limit_price=None, trail_price="1")
    client.wait()
    client.price("KO", "70")
    assert client.row(f"/v2/orders/{stop['id']}")["stop_price"] == "69"
    client.price("KO", "68.9")
    client.wait()
    assert client.status(stop) == "filled"


def test_a_replaced_order_is_a_new_one_with_a_new_id(client: Client) -> None:
    old = client.place(limit_price="60")
    client.wait()
    new = client.ask("PATCH", f"/v2/orders/{old['id']}", {"limit_price": "61", "qty": "5"}).json()
    assert (new["replaces"], new["qty"], new["limit_price"]) == (old["id"], "5", "61")
    assert client.status(old) == "pending_replace"
    client.wait()
    gone = client.row(f"/v2/orders/{old['id']}")
    assert (gone["status"], gone["replaced_by"], client.status(new)) == ("replaced", new["id"], "new")


def test_a_replacement_that_comes_too_late_is_rejected(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: setattr(it.matching, "habits", Habits(accept_ms=50)))
    old = client.place(limit_price="60")
    client.wait()
    new = client.ask("PATCH", f"/v2/orders/{old['id']}", {"limit_price": "61"}).json()
    client.price("KO", "59")
    client.wait()
    assert (client.status(old), client.status(new)) == ("filled", "rejected")


def test_positions_can_be_closed_one_by_one_and_all_at_once(client: Client) -> None:
    client.bought()
    client.bought("AAPL")
    half = client.ask("DELETE", "/v2/positions/KO", percentage="50").json()
    assert (half["qty"], half["side"], half["position_intent"]) == ("5", "sell", "sell_to_close")
    client.wait()
    results = client.ask("DELETE", "/v2/positions")
    assert (results.status_code, [each["symbol"] for each in results.json()]) == (207, ["AAPL", "KO"])
    client.wait()
    assert client.rows("/v2/positions") == []
    assert client.refusal(client.ask("DELETE", "/v2/positions/KO")) == (404, 40410000, "position does not exist")


def test_all_orders_can_be_canceled_at_once(client: Client) -> None:
    placed = [client.place(limit_price="60"), client.place("AAPL", limit_price="100")]
    client.wait()
    results = client.ask("DELETE", "/v2/orders")
    assert (results.status_code, {each["id"] for each in results.json()}) == (207, {each["id"] for each in placed})
    client.wait()
    assert client.rows("/v2/orders") == []
