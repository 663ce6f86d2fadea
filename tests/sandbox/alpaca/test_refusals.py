"""What the venue refuses: status, code and words, as clients meet them."""

import httpx
import pytest

from tests.sandbox.alpaca.client import Client, Row
from tidegate.sandbox.alpaca import SandboxThread

MUST = "client_order_id must be unique"


def test_a_client_order_id_is_taken_once_and_for_ever(client: Client) -> None:
    first = client.place(client_order_id="tg-1", limit_price="60")
    assert client.refusal(client.order(client_order_id="tg-1")) == (422, 40010001, MUST)
    client.wait()
    client.ask("DELETE", f"/v2/orders/{first['id']}")
    client.wait()
    assert client.refusal(client.order(client_order_id="tg-1")) == (422, 40010001, MUST)
    assert len(client.rows("/v2/orders", status="all")) == 1


CASES: list[tuple[Row, int, int, str]] = [
    ({"limit_price": "68.005"}, 422, 42210000, "invalid limit_price 68.005. sub-penny increment does not fulfill"),
    ({"limit_price": "0"}, 422, 40010001, "limit price must be > 0"),
    ({"limit_price": None}, 422, 40010001, "limit orders require limit price"),
    ({"qty": "0"}, 422, 40010001, "qty must be > 0"),
    ({"qty": None}, 422, 40010001, "exactly one of qty and notional is required"),
    ({"client_order_id": "x" * 129}, 422, 40010001, "Expected `str` of length <= 128"),
    ({"side": "sideways"}, 422, 40010001, "Invalid enum value 'sideways'"),
    ({"qty": "100000"}, 403, 40310000, "insufficient buying power"),
    ({"qty": "1.5", "time_in_force": "gtc"}, 422, 42210000, "fractional orders must be DAY orders"),
    ({"notional": "5", "qty": None}, 422, 42210000, "notional orders must be market orders"),
    (
        {"type": "stop", "limit_price": None, "stop_price": "66"},
        422,
        42210000,
        "stop price must be greater than current",
    ),
    ({"order_class": "oto"}, 422, 42210000, "oto orders take 1 of take_profit and stop_loss"),
    (
        {"order_class": "oto", "stop_loss": {"stop_price": "68"}},
        422,
        42210000,
        "stop_loss.stop_price must be <= base_price - 0.01",
    ),
    ({"side": "sell", "qty": "1.5"}, 422, 42210000, "fractional orders cannot be sold short"),
]


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"), CASES, ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_request_that_cannot_be_is_refused(client: Client, changes: Row, status: int, code: int, words: str) -> None:
    said = client.refusal(client.order(**changes))
    assert said[:2] == (status, code)
    assert str(said[2]).startswith(words)
    assert client.rows("/v2/orders", status="all") == []


def test_a_symbol_that_does_not_exist_is_refused(client: Client) -> None:
    assert client.refusal(client.order("NOPE")) == (422, 42210000, 'asset "NOPE" not found')
    assert client.refusal(client.ask("GET", "/v2/assets/NOPE")) == (404, 40410000, "asset not found for NOPE")


def test_below_a_dollar_four_decimals_are_fine(client: Client) -> None:
    assert client.place("PENY", limit_price="0.8512")["limit_price"] == "0.8512"


def test_more_than_is_held_cannot_be_sold(client: Client) -> None:
    client.bought(qty="0.557436865")
    answer = client.order(side="sell", qty="1.057436865")
    assert answer.status_code == 403
    assert answer.json() == {
        "code": 40310000,
        "message": "insufficient qty available for order (requested: 1.057436865, available: 0.557436865)",
        "available": "0.557436865",
        "existing_qty": "0.557436865",
        "held_for_orders": "0",
        "symbol": "KO",
    }


def test_shares_that_a_stop_holds_are_free_when_its_cancel_is_confirmed_and_not_before(client: Client) -> None:
    client.bought()
    stop = client.place(side="sell", type="stop", limit_price=None, stop_price="65")
    client.wait()
    client.ask("DELETE", f"/v2/orders/{stop['id']}")
    early = client.order(side="sell", limit_price="66")
    assert str(client.refusal(early)[2]).startswith("insufficient qty available for order")
    assert early.json()["related_orders"] == [stop["id"]]
    client.wait()
    assert client.order(side="sell", limit_price="66").status_code == 200


def test_a_buy_against_a_working_stop_is_a_wash_trade(client: Client) -> None:
    client.bought()
    client.place(side="sell", type="stop", limit_price=None, stop_price="65")
    client.wait()
    answer = client.order()
    assert client.refusal(answer) == (403, 40310000, "potential wash trade detected. use complex orders")
    assert answer.json()["reject_reason"] == "opposite side market/stop order exists"


def test_limit_orders_that_cannot_meet_are_no_wash_trade(client: Client) -> None:
    client.bought()
    client.place(side="sell", limit_price="70")
    client.wait()
    assert client.order(limit_price="66").status_code == 200
    assert client.refusal(client.order(limit_price="70"))[2] == "potential wash trade detected. use complex orders"


def test_what_is_not_fractionable_is_sold_whole(client: Client) -> None:
    answer = client.order("PENY", qty="1.5", limit_price="0.9")
    assert client.refusal(answer) == (403, 40310000, 'asset "PENY" is not fractionable')


def test_shorts_need_a_permission_and_an_asset_that_can_be_borrowed(client: Client) -> None:
    said = client.refusal(client.order("PENY", side="sell", limit_price="0.8"))
    assert said == (422, 42210000, 'asset "PENY" cannot be sold short')
    client.ask("PATCH", "/v2/account/configurations", {"no_shorting": True})
    said = client.refusal(client.order(side="sell"))
    assert said == (403, 40310000, "account is not allowed to short")


def test_a_short_has_a_negative_quantity(client: Client) -> None:
    client.place(side="sell", limit_price="66")
    client.wait()
    position = client.row("/v2/positions/KO")
    assert (position["side"], position["qty"], position["qty_available"]) == ("short", "-10", "-10")
    assert (position["market_value"], position["avg_entry_price"]) == ("-670", "66.99")


def test_a_blocked_account_and_an_inactive_asset_take_no_orders(box: SandboxThread, client: Client) -> None:
    box.call(lambda it: it.market.set_asset("KO", tradable=False))
    assert client.refusal(client.order()) == (422, 42210000, 'asset "KO" is not tradable')
    box.call(lambda it: setattr(it.book.account.flags, "account_blocked", True))
    assert client.refusal(client.order())[:2] == (403, 40310000)
    assert client.row("/v2/account")["account_blocked"] is True


@pytest.mark.parametrize("keys", [{}, {"APCA-API-KEY-ID": "PKSANDBOX0TIDEGATE00", "APCA-API-SECRET-KEY": "wrong"}])
def test_wrong_keys_are_answered_without_a_code(box: SandboxThread, keys: dict[str, str]) -> None:
    answer = httpx.get(f"{box.url}/v2/account", headers=keys)
    assert (answer.status_code, answer.json()) == (401, {"message": "unauthorized"})


def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    answer = client.http.post("/v2/orders", content=b"{")
    assert client.refusal(answer) == (400, 40010000, "request body format is invalid")


def test_a_path_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.ask("GET", "/v2/nothing").status_code == 404
