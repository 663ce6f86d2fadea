"""The official client against the sandbox, with raw answers and with its own models."""

import warnings
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest

from tests.sandbox.alpaca.client import Client
from tidegate.sandbox.alpaca import SandboxThread

Sdk: TypeAlias = Any  # it is imported only when it is there

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the client's own libraries speak of their age
    trading = pytest.importorskip("alpaca.trading.client")
    requests = pytest.importorskip("alpaca.trading.requests")
    common = pytest.importorskip("alpaca.common.exceptions")


@pytest.fixture
def sdk(box: SandboxThread) -> Iterator[Sdk]:
    found = trading.TradingClient(box.card.key_id, box.card.secret_key, raw_data=True, url_override=box.url)
    yield found
    found._session.close()


def test_the_official_client_trades_through_the_sandbox(sdk: Sdk, client: Client) -> None:
    wanted = requests.LimitOrderRequest(
        symbol="KO", qty=1.5, side="buy", time_in_force="day", limit_price=68.25, client_order_id="tg-1"
    )
    assert sdk.submit_order(wanted)["status"] == "pending_new"
    client.wait()
    order = sdk.get_order_by_client_id("tg-1")
    assert (order["status"], order["filled_qty"]) == ("filled", "1.5")
    assert [row["symbol"] for row in sdk.get_all_positions()] == ["KO"]
    assert sdk.get_account()["cash"] == "99899.48"
    everything = requests.GetOrdersRequest(status="all", nested=True, limit=500)
    assert [row["id"] for row in sdk.get_orders(everything)] == [order["id"]]
    assert sdk.get_clock()["is_open"] is True
    assert sdk.get_asset("KO")["fractionable"] is True
    with pytest.raises(common.APIError) as refused:
        sdk.submit_order(wanted)
    assert (refused.value.status_code, refused.value.code) == (422, 40010001)


def test_the_official_client_places_a_protective_stop_and_takes_it_back(sdk: Sdk, client: Client) -> None:
    client.bought()
    stop = requests.StopOrderRequest(symbol="KO", qty=10, side="sell", time_in_force="day", stop_price=64.5)
    placed = sdk.submit_order(stop)
    client.wait()
    sdk.cancel_order_by_id(placed["id"])
    client.wait()
    assert sdk.get_order_by_id(placed["id"])["status"] == "canceled"


def test_the_official_models_read_what_the_sandbox_writes(box: SandboxThread, client: Client) -> None:
    client.bought()
    strict = trading.TradingClient(box.card.key_id, box.card.secret_key, url_override=box.url)
    assert str(strict.get_all_positions()[0].qty) == "10"
    assert strict.get_orders(requests.GetOrdersRequest(status="all"))[0].filled_avg_price == "67.01"
    assert strict.get_account().equity == "99999.9"
    assert strict.get_account_configurations().no_shorting is False
    assert strict.get_calendar(requests.GetCalendarRequest(start="2025-10-15", end="2025-10-15"))[0].close.hour == 16
    strict._session.close()
