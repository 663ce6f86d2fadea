"""One row of Unusual Whales becomes one alert, or is refused with a reason."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.plugins.sources.fields import RowError, moment
from tidegate.plugins.sources.unusual_whales.alerts import alert_of, chain_of

NOW = datetime(2025, 10, 15, 20, 0, tzinfo=UTC)
END = 1_760_535_000_250  # 2025-10-15 13:30:00.250 UTC

REST: dict[str, object] = {
    "id": "a1", "ticker": "NVDA", "option_chain": "NVDA251017C00185000", "type": "call", "strike": "185",
    "expiry": "2025-10-17", "total_premium": "612000.5", "total_ask_side_prem": "600000", "total_bid_side_prem": "0",
    "start_time": END - 250, "end_time": END, "created_at": "2025-10-15T13:30:07.102593Z", "underlying_price": "184.31",
    "price": "2.8", "bid": "2.79", "ask": "2.8", "total_size": 514, "volume": 34468, "open_interest": 1061,
    "has_multileg": False, "has_sweep": True, "has_floor": False, "has_singleleg": True, "alert_rule": "RepeatedHits",
    "sector": "Technology", "next_earnings_date": None, "marketcap": "4500000000000",
}  # fmt: skip
SOCKET: dict[str, object] = {
    "id": "b2", "rule_name": "RepeatedHits", "ticker": "JD", "option_chain": "JD251017P00034500",
    "underlying_price": 33.74, "volume": 815, "total_size": 341, "total_premium": 29326.0,
    "total_ask_side_prem": 16598.0, "total_bid_side_prem": 12728.0, "start_time": END - 5, "end_time": END,
    "executed_at": END, "price": 0.86, "has_multileg": False, "open_interest": 920, "bid": "0.84", "trade_ids": ["x"],
}  # fmt: skip


def decoded(row: dict[str, object], **changes: object) -> tuple[datetime, object]:
    return alert_of(json.dumps({**row, **changes}).encode(), NOW)


def refused(row: dict[str, object], **changes: object) -> str:
    with pytest.raises(RowError) as caught:
        decoded(row, **changes)
    return str(caught.value)


def without(row: dict[str, object], *names: str) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in names}


def test_a_rest_row_with_decimal_strings_is_read() -> None:
    known, alert = alert_of(json.dumps(REST).encode(), NOW)
    assert known == datetime(2025, 10, 15, 13, 30, 7, 102593, tzinfo=UTC)
    assert (alert.premium, alert.ask_premium, alert.bid_premium) == (612000.5, 600000.0, 0.0)
    assert (alert.at, alert.start) == (moment(END), moment(END - 250))
    assert (alert.option_type, alert.strike, alert.expiry) == ("call", 185.0, date(2025, 10, 17))
    assert (alert.sweep, alert.floor, alert.multileg, alert.rule) == (True, False, False, "RepeatedHits")


def test_a_socket_row_takes_type_strike_and_expiry_from_the_chain() -> None:
    known, alert = alert_of(json.dumps(SOCKET).encode(), NOW)
    assert known == alert.at == moment(END)
    assert (alert.option_type, alert.strike, alert.expiry) == ("put", 34.5, date(2025, 10, 17))
    assert (alert.rule, alert.symbol, alert.volume) == ("RepeatedHits", "JD", 815)


def test_side_premiums_that_are_null_or_absent_stay_unknown() -> None:
    _, alert = alert_of(json.dumps({**without(REST, "total_bid_side_prem"), "total_ask_side_prem": None}).encode(), NOW)
    assert (alert.ask_premium, alert.bid_premium) == (None, None)


@pytest.mark.parametrize("price", [None, "", "0", 0])
def test_an_index_without_a_price_has_none(price: object) -> None:
    row = {**REST, "ticker": "SPXW", "option_chain": "SPXW251017C06700000", "underlying_price": price}
    _, alert = alert_of(json.dumps(row).encode(), NOW)
    assert (alert.symbol, alert.underlying_price) == ("SPXW", None)


def test_an_unknown_rule_and_unknown_fields_are_kept_and_left_alone() -> None:
    _, alert = alert_of(json.dumps({**REST, "alert_rule": "BrandNewRule", "surprise": [1]}).encode(), NOW)
    assert alert.rule == "BrandNewRule"


@pytest.mark.parametrize("name", ["id", "ticker", "option_chain", "total_premium"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_required_field_that_is_nothing_is_refused_by_name(name: str, value: object) -> None:
    assert name in refused(REST, **{name: value})
    assert name in refused(without(REST, name))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"total_premium": "-1"}, "total_premium"),
        ({"total_premium": "NaN"}, "total_premium"),
        ({"total_premium": "inf"}, "total_premium"),
        ({"total_premium": True}, "total_premium"),
        ({"total_ask_side_prem": -5}, "total_ask_side_prem"),
        ({"volume": 1.5}, "volume"),
        ({"volume": -1}, "volume"),
        ({"end_time": END // 1000}, "end_time"),
        ({"end_time": "soon"}, "end_time"),
        ({"start_time": END + 1}, "start_time"),
        ({"created_at": "2025-10-15T13:30:07"}, "created_at"),
        ({"option_chain": "NVDA"}, "no OCC symbol"),
        ({"option_chain": "NVDA251317C00185000"}, "no valid date"),
        ({"type": "put"}, "contradicts"),
        ({"type": "straddle"}, "type"),
        ({"expiry": "2025-10-24"}, "contradicts"),
        ({"has_multileg": "maybe"}, "has_multileg"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(changes: dict[str, object], reason: str) -> None:
    assert reason in refused(REST, **changes)


def test_text_that_is_no_json_or_no_row_is_refused() -> None:
    for text in (b'{"id": "a"', b"\xff", b"[1]", b"7", b'"x"', b"null"):
        with pytest.raises(RowError):
            alert_of(text, NOW)


def test_a_row_without_end_time_uses_created_at() -> None:
    _, alert = alert_of(json.dumps(without(REST, "end_time", "start_time")).encode(), NOW)
    assert alert.at == alert.start == datetime(2025, 10, 15, 13, 30, 7, 102593, tzinfo=UTC)
    assert "end_time" in refused(without(REST, "end_time", "created_at"))


@pytest.mark.parametrize(
    "stamp",
    ["2025-10-15 13:30:07+00:00", "2025-10-15T09:30:07-04:00", "2025-10-15T13:30:07Z", "2025-10-15T13:30:07.0Z"],
)
def test_every_form_of_created_at_is_the_same_moment_in_utc(stamp: str) -> None:
    known, _ = decoded(REST, created_at=stamp)
    assert known == datetime(2025, 10, 15, 13, 30, 7, tzinfo=UTC)
    assert known.tzinfo is UTC


def test_a_row_from_the_future_is_refused() -> None:
    late = int((NOW + timedelta(seconds=61)).timestamp() * 1000)
    assert "future" in refused(SOCKET, end_time=late, executed_at=late)
    assert "future" in refused(REST, end_time=END + 70_000, start_time=END)
    assert "future" in refused(REST, created_at="2031-01-01T00:00:00Z")


def test_a_minute_of_difference_between_two_clocks_is_no_future() -> None:
    slightly = int((NOW + timedelta(seconds=60)).timestamp() * 1000)
    known, _ = decoded(SOCKET, end_time=slightly, executed_at=slightly)
    assert known == NOW + timedelta(seconds=60)


@given(st.integers(946_684_800_000, 4_102_444_799_999))
def test_milliseconds_are_kept_exactly(millis: int) -> None:
    at = moment(millis)
    assert (at - moment(0)) // timedelta(milliseconds=1) == millis
    assert at.tzinfo is UTC


@given(
    st.text("ABCXYZ", min_size=0, max_size=6), st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 10**8 - 1)
)
def test_an_option_symbol_is_read_back_as_written(root: str, day: date, strike: int) -> None:
    assert chain_of(f"{root}{day:%y%m%d}P{strike:08d}") == ("put", strike / 1000, day)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(sorted(REST)), inner),
        max_leaves=8,
    )
)
def test_whatever_arrives_is_an_alert_or_a_row_error(value: object) -> None:
    with suppress(RowError):
        alert_of(json.dumps({**REST, **value} if isinstance(value, dict) else value).encode(), NOW)
