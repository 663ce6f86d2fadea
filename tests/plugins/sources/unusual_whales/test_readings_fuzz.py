"""No answer whatsoever stops the source or becomes a number that is none."""

import json
from datetime import UTC, datetime
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.plugins.sources.unusual_whales.readings.endpoint import Decoded, Endpoint, decode
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS

NOW = datetime(2025, 10, 22, 15, 0, tzinfo=UTC)
EACH = st.sampled_from(ENDPOINTS)
ROW_FIELDS = sorted(
    {
        *("timestamp", "date", "net_call_premium", "net_put_premium", "tape_time", "executed_at", "price", "size"),
        *("nbbo_bid", "nbbo_ask", "canceled", "ticker", "sale_cond_codes", "call_gamma", "put_gamma", "iv_rank_1y"),
        *("updated_at", "curr_date", "oi_diff_plain", "option_symbol", "prev_ask_volume", "prev_bid_volume"),
        *("filed_at_date", "txn_type", "filing_date", "transaction_code", "amount", "is_10b5_1", "formtype"),
        *("report_date", "units_changed", "value", "units", "market_date", "si_float", "days_to_cover", "quantity"),
        *("report_time", "change_prem", "underlying_symbol"),
    }
)
DATES = st.dates(datetime(1995, 1, 1).date(), datetime(2105, 1, 1).date())  # noqa: DTZ001 - dates have no zone
NEAR = st.dates(datetime(2025, 10, 1).date(), datetime(2025, 10, 23).date())  # noqa: DTZ001 - dates have no zone
TIMES = st.datetimes(datetime(2025, 10, 22, 13), datetime(2025, 10, 22, 16), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.decimals().map(str),
    (DATES | NEAR).map(str),
    TIMES.map(lambda at: at.isoformat()),
    TIMES.map(lambda at: int(at.timestamp() * 1000)),
    st.sampled_from(["NVDA251128C00150000", "NVDA", "P", "S", "Buy", "Sale", "4", "1" * 30, "9" * 5000, "1e400", ""]),
)
ROWS = st.dictionaries(st.sampled_from(ROW_FIELDS), SCALARS | st.lists(SCALARS, max_size=2))
FULL = st.fixed_dictionaries(dict.fromkeys(ROW_FIELDS, SCALARS))
BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.lists(ROWS | FULL | SCALARS, max_size=8).map(lambda rows: json.dumps({"data": rows}).encode()),
    (ROWS | FULL | SCALARS).map(lambda row: json.dumps({"data": row}).encode()),
)


def sound(endpoint: Endpoint, found: Decoded, symbol: str | None) -> None:
    for each in found.readings:
        assert isfinite(each.value)
        assert each.at <= NOW
        assert each.name in endpoint.readings
        assert (each.symbol, each.max_age_s) == (symbol, endpoint.max_age_s)
    assert len({each.name for each in found.readings}) == len(found.readings)


@given(endpoint=EACH, body=BODIES)
def test_no_body_raises_or_yields_a_value_that_is_not_finite(endpoint: Endpoint, body: bytes) -> None:
    sound(endpoint, decode(endpoint, body, symbol="NVDA", now=NOW), "NVDA")


NUMBERS = st.floats(-1e16, 1e16) | st.floats(-1e16, 1e16).map(str) | st.sampled_from(["0", 0, None, "x"])
NUMERIC = st.fixed_dictionaries(
    dict.fromkeys(ROW_FIELDS, NUMBERS)
    | dict.fromkeys(["timestamp", "tape_time", "executed_at", "updated_at"], TIMES.map(lambda at: at.isoformat()))
    | dict.fromkeys(["date", "curr_date", "filed_at_date", "filing_date", "report_date", "market_date"], NEAR.map(str))
    | {"canceled": st.just(value=False), "sale_cond_codes": st.none(), "ticker": st.just("NVDA")}
    | {
        "underlying_symbol": st.just("NVDA"),
        "option_symbol": st.just("NVDA251128C00150000"),
        "txn_type": st.just("Buy"),
    }
    | {"transaction_code": st.sampled_from(["P", "S"]), "is_10b5_1": st.just(value=False), "formtype": st.just("4")}
    | {"report_time": st.just("premarket")}
)


@given(endpoint=EACH, rows=st.lists(NUMERIC, max_size=40))
def test_nor_do_rows_of_the_right_shape_with_any_number(endpoint: Endpoint, rows: list[dict[str, object]]) -> None:
    found = decode(endpoint, json.dumps({"data": rows}).encode(), symbol=None, now=NOW)
    sound(endpoint, found, None)
    assert found.rows == len(rows)


@given(endpoint=EACH, rows=st.lists(NUMERIC, max_size=12), random=st.randoms())
def test_the_order_of_rows_changes_nothing_but_the_last_digits(
    endpoint: Endpoint, rows: list[dict[str, object]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis gives a random.Random
    one, other = (
        decode(endpoint, json.dumps({"data": each}).encode(), symbol=None, now=NOW) for each in (rows, shuffled)
    )
    assert [(each.name, each.at) for each in one.readings] == [(each.name, each.at) for each in other.readings]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.key)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>502 Bad Gateway</body></html>",
        b"Something went wrong",
        b"[]",
        b'{"data": 3}',
        b'{"data": "[]"}',
        b'{"error": "no"}',
        b'{"data": [1e999]',
        b'{"data": ' + b"[" * 100_000,
        b'{"data": [{"price": 1e999}]}',
        b'{"data": ["\xff"]}',
    ],
    ids=range(11),
)
def test_bodies_that_are_no_answer_are_counted(endpoint: Endpoint, body: bytes) -> None:
    found = decode(endpoint, body, symbol="NVDA", now=NOW)
    assert found.readings == []
    assert sum(found.rejects.values()) == 1
