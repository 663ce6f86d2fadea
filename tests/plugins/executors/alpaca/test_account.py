"""The account, the whole book, whose account it is, and settings that cannot be."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.plugins.executors.alpaca.bench import T0, Bench, an_order, on_the_bench, opened
from tests.waiting import PATIENCE_S
from tidegate import (
    Account,
    AccountSeen,
    BrokerPosition,
    Identity,
    OrderAccepted,
    SourceFailed,
    Status,
    VenueError,
    VenueUnavailable,
)
from tidegate.core.domain.values import PositionSide
from tidegate.plugins.executors.alpaca.plugin import Alpaca
from tidegate.sandbox.alpaca import Failure, RemoveFields, SetField, Settings, Text
from tidegate.sandbox.alpaca.venue.orders import OrderRequest

READS: dict[str, Any] = {"method": "GET"}


@on_the_bench()
async def test_the_account_is_read_in_dollars_as_of_now(bench: Bench) -> None:
    usd = Decimal(100_000)
    seen = await bench.executor.account(T0)
    assert seen == AccountSeen(account=Account(at=T0, equity=usd, cash=usd, buying_power=4 * usd, last_equity=usd))


@on_the_bench()
async def test_fields_that_went_away_are_not_missed_and_new_ones_not_noticed(bench: Bench) -> None:
    gone = ["pattern_day_trader", "daytrade_count", "status", "multiplier", "shorting_enabled", "trading_blocked"]
    bench.box.faults.add(RemoveFields(**READS, path="/v2/account", fields=gone))
    assert await bench.executor.account(T0) is not None


@on_the_bench()
async def test_money_that_is_missing_is_unknown_and_not_zero(bench: Bench) -> None:
    bench.box.faults.add(RemoveFields(**READS, path="/v2/account", fields=["equity"]))
    assert await bench.executor.account(T0) is None
    (said,) = bench.engine.told(VenueUnavailable)
    assert said.reason.startswith("Alpaca's account cannot be read")


@pytest.mark.parametrize("field", ["account_blocked", "trading_blocked", "trade_suspended_by_user"])
def test_an_account_that_may_not_trade_is_said_so(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        bench.box.faults.add(SetField(**READS, path="/v2/account", field=field, value=True))
        assert await bench.executor.account(T0) is None
        (said,) = bench.engine.told(VenueUnavailable)
        assert said.reason == f"The account may not trade ({field}). Next: ask Alpaca, on its dashboard."

    scene(monkeypatch)


@on_the_bench()
async def test_a_question_is_asked_again_when_the_venue_stumbles(bench: Bench) -> None:
    bench.box.faults.add(Text(**READS, path="/v2/account", status=504, count=1))
    assert await bench.executor.account(T0) is not None
    assert bench.engine.told(VenueUnavailable) == []


@on_the_bench()
async def test_the_book_holds_every_position_and_order_held_legs_too(bench: Bench) -> None:
    bench.box.order_entry.give("QQQ", Decimal(-3), Decimal(500))
    bench.box.order_entry.give("KO", Decimal("0.5"), Decimal("66.5"))
    bracket = {
        "symbol": "SPY",
        "side": "buy",
        "type": "limit",
        "limit_price": "1",
        "qty": "2",
        "time_in_force": "day",
        "order_class": "bracket",
        "take_profit": {"limit_price": "9000"},
        "stop_loss": {"stop_price": "0.5"},
    }
    await bench.ask("POST", "/v2/orders", json=bracket)
    seen = await bench.executor.broker(T0)
    assert seen is not None
    positions = {each.symbol: each for each in seen.positions}
    assert positions["KO"] == BrokerPosition(
        symbol="KO",
        side=PositionSide.LONG,
        quantity=Decimal("0.5"),
        average_price=Decimal("66.5"),
        price=Decimal("67.1"),
    )
    assert (positions["QQQ"].side, positions["QQQ"].quantity) == ("short", Decimal(3))
    assert sorted(each.status for each in seen.orders) in (["held", "held", "new"], ["held", "held", "pending_new"])


@on_the_bench()
async def test_what_is_no_stock_is_told_with_its_class(bench: Bench) -> None:
    bench.box.order_entry.give("KO", Decimal(5), Decimal(66))
    bench.box.market.set_price("BTCUSD", "90000")
    bench.box.market.set_asset("BTCUSD", asset_class="crypto")
    bench.box.order_entry.give("BTCUSD", Decimal("0.25"), Decimal(80_000))
    seen = await bench.executor.broker(T0)
    assert seen is not None
    assert {each.symbol: each.asset_class for each in seen.positions} == {"KO": "us_equity", "BTCUSD": "crypto"}


@on_the_bench()
async def test_a_parent_that_is_done_is_no_open_order_and_its_legs_are(bench: Bench) -> None:
    bracket = {
        "symbol": "KO",
        "side": "buy",
        "type": "limit",
        "limit_price": "70",
        "qty": "2",
        "time_in_force": "gtc",
        "order_class": "bracket",
        "take_profit": {"limit_price": "90"},
        "stop_loss": {"stop_price": "50"},
    }
    await bench.ask("POST", "/v2/orders", json=bracket)
    bench.box.clock.move(by=1.0)
    seen = await bench.executor.broker(T0)
    assert seen is not None
    assert sorted(each.status for each in seen.orders) == ["held", "new"]


@on_the_bench()
async def test_a_session_that_only_the_broker_knows_is_told_once_and_shown(bench: Bench) -> None:
    await bench.executor.broker(T0)
    bench.box.faults.add(SetField(**READS, path="/v2/clock", field="is_open", value=False))
    for _ in range(3):
        await bench.executor.broker(T0)
        said = await bench.engine.hears(SourceFailed)
    assert said.source == "executors.alpaca clock"
    assert said.reason.startswith("the broker's clock says closed at 2025-10-15 10:00, the calendar says open")
    assert said.reason.endswith(". Next: entries go by the calendar; halt them if the broker is right.")
    assert str(bench.executor.gauges()["clock"]) in said.reason
    assert len(bench.engine.told(SourceFailed)) == 1


@pytest.mark.parametrize(
    ("said", "skew_s"), [("2025-10-15T13:59:00Z", 60.0), ("2025-10-15T14:01:30Z", -90.0), ("2025-10-15T14:00:00Z", 0.0)]
)
def test_how_far_our_clock_is_from_the_brokers_is_shown(
    said: str, skew_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        assert bench.executor.gauges()["skew_s"] is None
        bench.box.faults.add(SetField(**READS, path="/v2/clock", field="timestamp", value=said))
        async with asyncio.timeout(PATIENCE_S):
            while bench.executor.gauges()["skew_s"] is None:
                await bench.executor.broker(T0)
        assert bench.executor.gauges()["skew_s"] == skew_s

    scene(monkeypatch)


@pytest.mark.parametrize(
    "fault",
    [
        Failure(**READS, path="/v2/clock", status=503),
        RemoveFields(**READS, path="/v2/clock", fields=["is_open"]),
        SetField(**READS, path="/v2/clock", field="timestamp", value="noon"),
    ],
)
def test_a_clock_that_cannot_be_read_says_nothing_and_keeps_nothing_up(
    fault: Failure | RemoveFields | SetField, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        bench.box.faults.add(fault)
        assert await bench.executor.broker(T0) is not None
        assert bench.engine.told(SourceFailed) == []

    scene(monkeypatch)


@on_the_bench()
async def test_strange_words_take_no_row_out_of_the_book(bench: Bench) -> None:
    bench.box.order_entry.give("KO", Decimal(5), Decimal(66))
    await bench.send(an_order(symbol="SPY", limit="1"))
    for field in ("asset_class", "exchange", "order_class", "type", "status", "asset_marginable"):
        bench.box.faults.add(SetField(**READS, path="/v2/*", field=field, value="invented"))
    seen = await bench.executor.broker(T0)
    assert seen is not None
    assert [each.symbol for each in seen.positions] == ["KO"]
    assert [each.status for each in seen.orders] == ["invented"]


@on_the_bench()
async def test_a_position_that_cannot_be_read_makes_the_book_unknown_and_never_empty(bench: Bench) -> None:
    bench.box.order_entry.give("KO", Decimal(5), Decimal(66))
    bench.box.faults.add(RemoveFields(**READS, path="/v2/positions", fields=["qty"]))
    assert await bench.executor.broker(T0) is None
    (said,) = bench.engine.told(VenueUnavailable)
    assert said.reason == "1 of Alpaca's positions cannot be read"


@on_the_bench()
async def test_a_book_that_cannot_be_asked_for_is_no_empty_book(bench: Bench) -> None:
    bench.box.faults.add(Failure(**READS, path="/v2/positions", status=503))
    assert await bench.executor.broker(T0) is None
    assert bench.engine.told(VenueUnavailable)


@on_the_bench()
async def test_a_thousand_open_orders_are_read_page_by_page(bench: Bench) -> None:
    for number in range(1001):
        row = {"symbol": "KO", "side": "buy", "type": "limit", "limit_price": "1", "qty": "1", "time_in_force": "day"}
        request = msgspec.convert({**row, "client_order_id": f"by-hand-{number}"}, OrderRequest)
        bench.box.order_entry.submit(request, bench.box.instant())
    seen = await bench.executor.broker(T0)
    assert seen is not None
    assert len({each.client_order_id for each in seen.orders}) == 1001


def test_the_identity_is_asked_for_before_anything_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async with opened() as bench:
            await bench.executor.close()
            account = bench.box.book.account
            expected = Identity(account_id=account.id, account_number=account.number, status="ACTIVE", paper=True)
            assert await bench.executor.identity() == expected

    monkeypatch.setenv("APCA_API_KEY_ID", Settings().key_id)
    monkeypatch.setenv("APCA_API_SECRET_KEY", Settings().secret_key)
    asyncio.run(scene())


def test_missing_keys_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APCA_API_KEY_ID", "PKX")
    monkeypatch.delenv("APCA_API_SECRET_KEY", raising=False)
    with pytest.raises(VenueError, match="APCA_API_SECRET_KEY is not set"):
        asyncio.run(Alpaca().identity())
    assert Alpaca().secrets() == ("APCA_API_KEY_ID", "APCA_API_SECRET_KEY")


def test_an_executor_that_is_not_open_says_so() -> None:
    with pytest.raises(VenueError, match="not open"):
        asyncio.run(Alpaca().account(T0))
    assert Alpaca().gauges() == {}
    asyncio.run(Alpaca().close())


@on_the_bench()
async def test_what_is_shown_of_the_connection_is_plain_values(bench: Bench) -> None:
    await bench.engine.done(await bench.send(an_order()), Status.FILLED)
    shown = msgspec.to_builtins(bench.executor.gauges())
    assert shown["circuit"]["state"] == "closed"
    assert shown["budget"]["per_minute"] == 10_000
    assert (shown["stream"], shown["watched"]) == ("off", 0)
    assert bench.engine.told(OrderAccepted)


@pytest.mark.parametrize(
    "table",
    [
        {"base_url": "https://api.alpaca.markets"},
        {"stream_url": "wss://api.alpaca.markets/stream"},
        {"paper": False},
        {"paper": False, "base_url": "https://api.alpaca.markets"},
        {"base_url": "paper-api.alpaca.markets"},
        {"stream_url": "https://paper-api.alpaca.markets/stream"},
        {"secret_variable": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"},
        {"key_variable": "PKABCDEFGHIJ01234567"},
        {"requests_per_minute": 0},
        {"timeout_s": 0},
        {"poll": 1},
    ],
)
def test_a_table_that_contradicts_itself_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, Alpaca)


def test_a_live_table_names_live_endpoints_and_says_so() -> None:
    live = {
        "paper": False,
        "base_url": "https://api.alpaca.markets",
        "stream_url": "wss://api.alpaca.markets/stream",
    }
    assert not msgspec.convert(live, Alpaca).paper
