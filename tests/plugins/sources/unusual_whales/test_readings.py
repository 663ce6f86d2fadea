"""Readings from answers of Unusual Whales: what each endpoint's rows come to, whatever their order and types."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.needs import SHARED, needs_shared
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Decoded, Endpoint, decode
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS

NOW = datetime(2025, 10, 22, 15, 0, tzinfo=UTC)  # a Wednesday, 11:00 in New York
MIDNIGHT = datetime(2025, 10, 22, 4, 0, tzinfo=UTC)
BY_KEY = {endpoint.key: endpoint for endpoint in ENDPOINTS}
CAPTURES = SHARED / "data" / "uw" / "doc-captures-2025-10-22"
Json = dict[str, Any]


def endpoint(key: str) -> Endpoint:
    return BY_KEY[key]


def decoded(key: str, *rows: object, now: datetime = NOW, symbol: str = "NVDA") -> Decoded:
    about = None if endpoint(key).about == "market" else symbol
    return decode(endpoint(key), json.dumps({"data": list(rows)}).encode(), symbol=about, now=now)


def values(key: str, *rows: object, now: datetime = NOW) -> dict[str, float]:
    return {each.name: each.value for each in decoded(key, *rows, now=now).readings}


def only_at(key: str, *rows: object, now: datetime = NOW) -> datetime:
    (at,) = {each.at for each in decoded(key, *rows, now=now).readings}
    return at


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def ago(**words: float) -> datetime:
    return NOW - timedelta(**words)


# ---- market tide


def tide(at: datetime, calls: object, puts: object) -> Json:
    return {"timestamp": stamp(at), "date": "2025-10-22", "net_call_premium": calls, "net_put_premium": puts}


def test_the_tide_is_the_change_of_half_an_hour_of_a_cumulative_series_in_any_order() -> None:
    rows = [tide(ago(minutes=5 * n), str(1e6 - 1e4 * n), 2e5 + 1e3 * n) for n in range(12)]
    expected = {"tide_call_30m": pytest.approx(6e4), "tide_put_30m": pytest.approx(-6e3)}
    assert values("market_tide", *rows) == expected == values("market_tide", *reversed(rows))
    assert only_at("market_tide", *rows) == NOW


def test_in_the_first_half_hour_the_tide_counts_from_the_open() -> None:
    opened = datetime(2025, 10, 22, 13, 30, tzinfo=UTC)
    rows = [tide(opened, "10", "20"), tide(opened + timedelta(minutes=5), "30", "50")]
    assert values("market_tide", *rows, now=opened + timedelta(minutes=6)) == {"tide_call_30m": 30, "tide_put_30m": 50}


def test_without_a_row_of_half_an_hour_ago_the_tide_is_unknown() -> None:
    assert values("market_tide", tide(NOW, 5, 5), tide(ago(minutes=60), 1, 1)) == {}


# ---- off-exchange prints


def printed(price: object = "100.02", at: datetime = NOW, **changes: object) -> Json:
    codes = {"sale_cond_codes": None, "trade_code": None, "ext_hour_sold_codes": None}
    quotes = {"nbbo_bid": "100.00", "nbbo_ask": "100.02"}
    row = {"ticker": "NVDA", "executed_at": stamp(at), "price": price, "size": 1000, "canceled": False}
    return {**row, **codes, **quotes, **changes}


def test_prints_are_signed_by_their_price_against_the_mid() -> None:
    rows = [printed("100.02"), printed("100.00", ago(minutes=3)), printed("100.02", ago(minutes=59)), printed("100.01")]
    assert values("dark_pool", *rows) == {
        "dark_pool_net": pytest.approx(100_040.0),
        "dark_pool_gross": pytest.approx(300_040.0),
    }
    assert only_at("dark_pool", *reversed(rows)) == NOW


@pytest.mark.parametrize(
    "changes",
    [
        {"canceled": True},
        {"canceled": "true"},
        {"sale_cond_codes": "average_price_trade"},
        {"sale_cond_codes": "prior_reference_price"},
        {"trade_code": "derivative_priced"},
        {"trade_code": "something new"},
        {"ext_hour_sold_codes": "sold_out_of_sequence"},
        {"executed_at": stamp(ago(minutes=61))},
        {"price": None},
    ],
)
def test_prints_that_do_not_count_are_left_out_and_counted(changes: Json) -> None:
    found = decoded("dark_pool", printed() | changes)
    assert found.readings == []
    assert sum(found.skipped.values()) == 1
    assert found.rejects == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "-3"},
        {"price": "1e999"},
        {"price": "NaN"},
        {"price": True},
        {"price": [1]},
        {"price": "150"},
        {"size": 0},
        {"nbbo_bid": "0"},
        {"nbbo_bid": "100.5"},
        {"executed_at": stamp(NOW + timedelta(minutes=2))},
        {"executed_at": "2025-10-22T14:59:00"},
        {"executed_at": "yesterday"},
        {"ticker": "AMD"},
        {"canceled": "maybe"},
        {"trade_code": 7},
    ],
)
def test_prints_that_cannot_be_are_rejected_and_the_others_count(changes: Json) -> None:
    found = decoded("dark_pool", printed() | changes, printed())
    assert {each.name: each.value for each in found.readings}["dark_pool_gross"] == pytest.approx(100_020.0)
    assert sum(found.rejects.values()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-22 14:59:30.168490+00:00",
        "2025-10-22T14:59:30.102593Z",
        "2025-10-22T14:59:30Z",
        "2025-10-22T10:59:30-04:00",
        1761145170000,
        "1761145170000",
    ],
)
def test_every_form_of_time_is_read(text: object) -> None:
    at = only_at("dark_pool", printed(executed_at=text))
    assert at.replace(microsecond=0) == ago(seconds=30)


@pytest.mark.parametrize("price", [100.02, "100.02", "100.0200000000000000000000000000", "1.0002e2"])
def test_numbers_may_be_text_of_any_length_and_text_may_be_numbers(price: object) -> None:
    assert values("dark_pool", printed(price, size="1000"))["dark_pool_net"] == pytest.approx(100_020.0)


# ---- net premium


def tick(at: datetime, calls: object, puts: object = "0") -> Json:
    return {"date": "2025-10-22", "tape_time": stamp(at), "net_call_premium": calls, "net_put_premium": puts}


def test_the_slope_of_equal_changes_is_that_change_and_so_is_its_scale() -> None:
    rows = [tick(ago(minutes=n), "3000", "-1000") for n in range(40)]
    assert values("net_premium", *rows) == {
        "net_premium_slope": pytest.approx(4000.0),
        "net_premium_scale": pytest.approx(4000.0),
    }
    assert only_at("net_premium", *rows) == NOW


def test_changes_that_go_up_and_down_have_a_scale_and_hardly_a_slope() -> None:
    found = values("net_premium", *(tick(ago(minutes=n), (-1) ** n * 5000.0) for n in range(30)))
    assert found["net_premium_scale"] == pytest.approx(5000.0)
    assert abs(found["net_premium_slope"]) < 100.0


def test_four_minutes_have_no_slope() -> None:
    assert values("net_premium", *(tick(ago(minutes=n), 1.0) for n in range(4))) == {}


# ---- options, once a day


def gamma(day: str, calls: object = "8.5", puts: object = "-12.5") -> Json:
    return {"date": day, "call_gamma": calls, "put_gamma": puts, "call_delta": None}


def test_gamma_is_of_the_newest_date_wherever_it_stands_and_of_its_close() -> None:
    rows = [gamma("2025-10-21"), gamma("2025-10-20", 1, -1), gamma("2025-10-17", 2, -2)]
    for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]]):
        assert values("greek_exposure", *order) == {"gamma_net": -4.0, "gamma_gross": 21.0}
        assert only_at("greek_exposure", *order) == datetime(2025, 10, 21, 20, 0, tzinfo=UTC)


def test_todays_row_is_of_now_while_the_close_is_still_to_come() -> None:
    assert only_at("greek_exposure", gamma("2025-10-22")) == NOW


@pytest.mark.parametrize(
    ("rank", "known"), [("65.2", True), (65.2, True), ("0.65", True), ("-1", False), ("101", False), (None, False)]
)
def test_the_iv_rank_is_within_its_scale_or_unknown(rank: object, known: bool) -> None:
    row = {"date": "2025-10-21", "iv_rank_1y": rank, "updated_at": "2025-10-21T20:13:07.102593Z"}
    assert values("iv_rank", row) == ({"iv_rank": float(str(rank))} if known else {})


def test_an_iv_rank_without_its_update_is_of_the_close() -> None:
    assert only_at("iv_rank", {"date": "2025-10-21", "iv_rank_1y": "5"}) == datetime(2025, 10, 21, 20, tzinfo=UTC)


def opened(contract: str, change: object, asks: int, bids: int, **changes: object) -> Json:
    row = {"underlying_symbol": "NVDA", "option_symbol": contract, "curr_date": "2025-10-22", "oi_change": "319.77"}
    return {**row, "oi_diff_plain": change, "prev_ask_volume": asks, "prev_bid_volume": bids, **changes}


def test_open_interest_points_by_type_and_heavier_side_and_only_what_was_added_counts() -> None:
    call, put = "NVDA251128C00150000", "NVDA251128P00150000"
    rows = [
        opened(call, 100, 9, 1),
        opened(put, "20", 1, 9),
        opened(put, 7, 9, 1),
        opened(call, 3, 1, 9),
        opened(call, 50, 5, 5),
        opened(call, -900, 9, 1),
        opened(call, 4000, 9, 1, curr_date="2025-10-21"),
    ]
    assert values("oi_change", *rows) == {"oi_opened_bullish": 120.0, "oi_opened_bearish": 10.0}
    assert only_at("oi_change", *rows) == MIDNIGHT


# ---- filings


def vote(kind: str, day: str = "2025-10-20", **changes: object) -> Json:
    return {"ticker": "NVDA", "txn_type": kind, "filed_at_date": day, "transaction_date": "2025-09-01", **changes}


def test_congress_is_counted_by_the_day_of_filing() -> None:
    kinds = ["Buy", "Purchase", "Sell", "Sell (PARTIAL)", "Sale (Full)", "Exchange", "Receive"]
    rows = [vote("Buy", "2025-09-01"), *(vote(kind) for kind in kinds), vote("Buy", ticker="AMD")]
    assert values("congress", *rows) == {"congress_buys": 2.0, "congress_sells": 3.0}
    assert only_at("congress", *rows) == datetime(2025, 10, 20, 4, tzinfo=UTC)


def trade(code: str, amount: object, **changes: object) -> Json:
    row = {"ticker": "NVDA", "transaction_code": code, "amount": amount, "price": "10.5", "formtype": "4"}
    return {**row, "filing_date": "2025-10-20", "is_10b5_1": False, **changes}


def test_insiders_count_in_the_open_market_only_and_both_sums_are_positive() -> None:
    rows = [
        trade("P", 1000),
        trade("S", -400),
        trade("S", -9000, is_10b5_1=True),
        trade("S", -9000, formtype="144"),
        trade("A", 9000),
        trade("P", 9000, filing_date="2025-07-01"),
        trade("S", -9000, price=None),
        trade("S", -9000, is_10b5_1=None),
        trade("S", 9000),
    ]
    assert values("insider", *rows) == {"insider_buys_usd": 10_500.0, "insider_sells_usd": 4_200.0}


def holder(change: float, units: float = 1000, value: float = 200_000, report: str = "2025-06-30") -> Json:
    return {"units_changed": change, "units": units, "value": value, "report_date": report, "filing_date": "2025-08-11"}


def test_institutions_count_in_their_newest_quarter_at_its_price_also_those_who_sold_all() -> None:
    rows = [holder(50), holder(-10), holder(-90, units=0, value=0), holder(7000, report="2025-03-31")]
    expected = {"institutional_bought_usd": 10_000.0, "institutional_sold_usd": 20_000.0}
    assert values("institutional", *rows) == expected
    assert values("institutional", holder(-90, units=0, value=0)) == {}


# ---- slow ones


def test_short_interest_comes_as_one_object_of_its_market_date() -> None:
    row = {"symbol": "NVDA", "market_date": "2025-09-30", "si_float": "0.0176", "days_to_cover": "2.1"}
    found = decode(endpoint("short_interest"), json.dumps({"data": row}).encode(), symbol="NVDA", now=NOW)
    assert [(each.name, each.value) for each in found.readings] == [("short_interest", 0.0176), ("days_to_cover", 2.1)]
    assert {each.at for each in found.readings} == {datetime(2025, 9, 30, 4, tzinfo=UTC)}


def test_failures_to_deliver_are_of_the_newest_date() -> None:
    rows = [{"date": f"2025-09-{day}", "price": "45.5", "quantity": day * 10} for day in (28, 30, 29)]
    assert values("ftds", *rows) == {"ftd_usd": 13_650.0}
    assert values("ftds", {"date": "2025-09-30", "price": 10, "quantity": "1250"}) == {"ftd_usd": 12_500.0}


@pytest.mark.parametrize(
    ("when", "clock"), [("premarket", 13.5), ("postmarket", 20.0), ("unknown", 20.0), (None, 20.0), (7, 20.0)]
)
def test_the_next_report_is_the_nearest_that_is_to_come(when: object, clock: float) -> None:
    days = ["2025-07-20", "2025-10-24", "2026-01-24"]
    found = values("earnings", *({"report_date": day, "report_time": when} for day in days))
    expected = datetime(2025, 10, 24, tzinfo=UTC) + timedelta(hours=clock)
    assert found == {"earnings_at": expected.timestamp()}


def test_a_report_that_is_out_is_not_the_next_and_the_past_alone_is_unknown() -> None:
    assert values("earnings", {"report_date": "2025-10-22", "report_time": "premarket"}) == {}
    assert len(values("earnings", {"report_date": "2025-10-22", "report_time": "postmarket"})) == 1


def test_a_funds_flow_is_of_five_days_that_say_and_null_is_no_zero() -> None:
    days = [("2025-10-22", None), ("2025-10-21", "5"), ("2025-10-20", "4"), ("2025-10-17", -3), ("2025-10-16", "2")]
    rows = [{"date": day, "change_prem": amount} for day, amount in [*days, ("2025-10-15", 1), ("2025-10-14", 99)]]
    assert values("etf_flow", *rows) == values("etf_flow", *reversed(rows)) == {"etf_flow_5d": 9.0}
    assert only_at("etf_flow", *rows) == datetime(2025, 10, 21, 4, tzinfo=UTC)
    assert values("etf_flow", *rows[:5]) == {}


# ---- the table


@pytest.mark.parametrize("key", BY_KEY)
def test_empty_data_gives_no_reading_and_nothing_to_complain_of(key: str) -> None:
    for body in (b'{"data": []}', b'{"data": null}'):
        assert decode(endpoint(key), body, symbol="NVDA", now=NOW) == Decoded([], 0, {}, {})


@pytest.mark.parametrize("key", BY_KEY)
def test_a_reading_carries_the_tables_name_and_age(key: str) -> None:
    assert endpoint(key).max_age_s >= endpoint(key).poll_s
    assert len(endpoint(key).readings) in {1, 2}


def test_a_symbol_with_a_slash_stays_one_part_of_the_path() -> None:
    assert endpoint("dark_pool").address("BRK/B") == "/api/darkpool/BRK%2FB"
    assert endpoint("dark_pool").query("BRK/B", NOW)["newer_than"] == "1761141600000"
    assert endpoint("insider").query("BRK/B", NOW)["ticker_symbol"] == "BRK/B"


# ---- real rows


def real(key: str, file: str, *, symbol: str, now: datetime = NOW) -> dict[str, float]:
    body = (CAPTURES / file).read_bytes()
    about = None if endpoint(key).about == "market" else symbol
    found = decode(endpoint(key), body, symbol=about, now=now)
    assert found.rejects == {}
    return {each.name: each.value for each in found.readings}


@needs_shared
def test_the_recorded_tide_is_read() -> None:
    found = real("market_tide", "market-tide.1.json", symbol="", now=datetime(2025, 10, 22, 13, 46, tzinfo=UTC))
    assert found == {"tide_call_30m": -15_734_922.0, "tide_put_30m": -13_712_074.0}


@needs_shared
def test_the_recorded_open_interest_is_read() -> None:
    found = real("oi_change", "oi-change.1.json", symbol="LAZR")
    assert found == {"oi_opened_bullish": 0.0, "oi_opened_bearish": 55_640.0}


@needs_shared
def test_the_recorded_holders_are_read_at_the_quarters_price() -> None:
    found = real("institutional", "ownership.1.json", symbol="AAPL")
    assert found["institutional_sold_usd"] == 0.0
    assert found["institutional_bought_usd"] == pytest.approx((15_141_995 + 8_636_120) * 205.17, rel=1e-4)


@needs_shared
def test_the_recorded_notice_of_an_insider_is_no_trade() -> None:
    assert real("insider", "transactions.1.json", symbol="UTHR") == {}


def test_of_two_rows_of_one_day_the_rank_that_was_updated_last_counts_wherever_it_stands() -> None:
    early = {"date": "2025-10-21", "iv_rank_1y": "10", "updated_at": "2025-10-21T20:05:00Z"}
    late = {"date": "2025-10-21", "iv_rank_1y": "20", "updated_at": "2025-10-21T21:05:00Z"}
    assert values("iv_rank", early, late) == values("iv_rank", late, early) == {"iv_rank": 20.0}
