"""Brackets, OTO and OCO: held legs, groups, and what one leg's end does to the other."""

from tests.sandbox.alpaca.client import Client, Row

BRACKET: Row = {
    "order_class": "bracket",
    "take_profit": {"limit_price": "70"},
    "stop_loss": {"stop_price": "65"},
}
OTO: Row = {"order_class": "oto", "stop_loss": {"stop_price": "65"}}


def legs(client: Client, order: Row) -> dict[str, Row]:
    """The legs of an order by their role."""
    found = client.row(f"/v2/orders/{order['id']}", nested="true")["legs"]
    assert isinstance(found, list)
    return {leg["group_role"]: leg for leg in found}


def test_legs_are_held_until_the_entry_is_filled(client: Client) -> None:
    entry = client.place(**BRACKET, limit_price="66.9")
    client.wait()
    assert (entry["group_role"], {leg["status"] for leg in legs(client, entry).values()}) == ("entry", {"held"})
    assert {leg["group_id"] for leg in legs(client, entry).values()} == {entry["group_id"]}
    client.price("KO", "66.8")
    client.wait()
    found = legs(client, entry)
    assert (found["take_profit"]["status"], found["stop_loss"]["status"]) == ("new", "held")


def test_a_held_leg_is_missing_from_a_plain_list_and_found_under_its_parent(client: Client) -> None:
    entry = client.place(**BRACKET)
    client.wait()
    plain = client.rows("/v2/orders", status="open")
    assert [row["group_role"] for row in plain] == ["take_profit"]
    nested = client.rows("/v2/orders", status="open", nested="true")
    assert [(row["id"], row["status"], len(row["legs"])) for row in nested] == [(entry["id"], "filled", 2)]


def test_the_stop_of_an_oto_works_as_soon_as_the_entry_is_filled(client: Client) -> None:
    entry = client.place(**OTO)
    client.wait()
    assert legs(client, entry)["stop_loss"]["status"] == "new"
    client.price("KO", "64")
    client.wait()
    assert (legs(client, entry)["stop_loss"]["status"], client.rows("/v2/positions")) == ("filled", [])


def test_a_take_profit_that_fills_ends_the_stop(client: Client) -> None:
    entry = client.place(**BRACKET)
    client.wait()
    client.price("KO", "70.5")
    client.wait()
    found = legs(client, entry)
    assert (found["take_profit"]["status"], found["stop_loss"]["status"]) == ("filled", "canceled")


def test_a_stop_that_is_set_off_ends_the_take_profit(client: Client) -> None:
    entry = client.place(**BRACKET)
    client.wait()
    client.price("KO", "64")
    client.wait()
    found = legs(client, entry)
    assert (found["take_profit"]["status"], found["stop_loss"]["status"]) == ("canceled", "filled")
    assert client.rows("/v2/positions") == []


def test_shares_that_one_leg_sold_the_other_does_not_sell_again(client: Client) -> None:
    entry = client.place(**BRACKET)
    client.wait()
    client.box.call(lambda it: it.market.set_depth("KO", 4))
    client.price("KO", "70.5")
    client.wait()
    found = legs(client, entry)
    assert (found["take_profit"]["filled_qty"], found["stop_loss"]["qty"]) == ("4", "6")


def test_both_legs_reserve_the_shares_once(client: Client) -> None:
    client.place(**BRACKET)
    client.wait()
    assert client.row("/v2/positions/KO")["qty_available"] == "0"
    answer = client.order(side="sell", qty="10", limit_price="69")
    assert client.refusal(answer)[2] == "insufficient qty available for order (requested: 10, available: 0)"
    assert answer.json()["held_for_orders"] == "10"
    assert answer.json()["related_orders"]


def test_an_entry_that_is_canceled_takes_its_legs_along(client: Client) -> None:
    entry = client.place(**BRACKET, limit_price="66")
    client.wait()
    client.ask("DELETE", f"/v2/orders/{entry['id']}")
    client.wait()
    assert {leg["status"] for leg in legs(client, entry).values()} == {"canceled"}


def test_a_leg_that_is_canceled_takes_the_other_along(client: Client) -> None:
    entry = client.place(**BRACKET)
    client.wait()
    client.ask("DELETE", f"/v2/orders/{legs(client, entry)['take_profit']['id']}")
    client.wait()
    assert {leg["status"] for leg in legs(client, entry).values()} == {"canceled"}
    assert client.row("/v2/positions/KO")["qty_available"] == "10"


def test_a_leg_can_be_replaced_and_stays_in_its_group(client: Client) -> None:
    entry = client.place(**OTO)
    client.wait()
    old = legs(client, entry)["stop_loss"]
    new = client.ask("PATCH", f"/v2/orders/{old['id']}", {"qty": "6", "stop_price": "64"}).json()
    client.wait()
    found = legs(client, entry)["stop_loss"]
    assert (found["id"], found["status"], found["qty"], found["stop_price"]) == (new["id"], "new", "6", "64")
    assert client.row("/v2/positions/KO")["qty_available"] == "4"


def test_an_oco_is_a_take_profit_with_a_held_stop_below_it(client: Client) -> None:
    client.bought()
    oco = client.place(**{**BRACKET, "order_class": "oco"}, side="sell", limit_price=None)
    client.wait()
    assert (oco["group_role"], oco["limit_price"], legs(client, oco)["stop_loss"]["status"]) == (
        "take_profit",
        "70",
        "held",
    )
    client.price("KO", "64")
    client.wait()
    assert (client.status(oco), legs(client, oco)["stop_loss"]["status"]) == ("canceled", "filled")


def test_legs_of_a_short_entry_stand_the_other_way_round(client: Client) -> None:
    entry = client.place(
        side="sell",
        limit_price="66",
        order_class="bracket",
        take_profit={"limit_price": "60"},
        stop_loss={"stop_price": "70"},
    )
    client.wait()
    client.price("KO", "71")
    client.wait()
    assert legs(client, entry)["stop_loss"]["status"] == "filled"
    assert client.rows("/v2/positions") == []
