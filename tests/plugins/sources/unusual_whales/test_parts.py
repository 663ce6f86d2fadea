"""The parts of the Unusual Whales source that need no server: pages, limits, filters, kinds of complaints."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs import SHARED, needs_shared
from tests.plugins.sources.unusual_whales.server import NOW, ago, row
from tidegate import TransientError
from tidegate.plugins.sources.unusual_whales.alert_poller import PATH
from tidegate.plugins.sources.unusual_whales.alerts import alert_of
from tidegate.plugins.sources.unusual_whales.filter import Filter
from tidegate.plugins.sources.unusual_whales.limits import limits_of, next_reset, wait_s
from tidegate.plugins.sources.unusual_whales.pages import Pages
from tidegate.plugins.sources.unusual_whales.rows import Row, answer_of, payload_of, row_of, rows_of
from tidegate.plugins.sources.unusual_whales.tally import KINDS_LIMIT, OTHER, Tally

RECORDED = SHARED / "data" / "uw"


# ---- pages


@given(
    ends=st.lists(st.integers(0, 3_000_000), max_size=900),
    late=st.lists(st.integers(0, 900_000), min_size=900, max_size=900),
    cut=st.integers(60, 200),
    by_end=st.booleans(),
)
def test_whatever_the_service_sorts_by_every_row_is_seen(
    ends: list[int], late: list[int], cut: int, *, by_end: bool
) -> None:
    times = [
        (ago(3600) + timedelta(milliseconds=end), timedelta(milliseconds=after))
        for end, after in zip(ends, late, strict=False)
    ]
    rows = [Row(str(n), end + after, end, msgspec.Raw()) for n, (end, after) in enumerate(times)]
    kept = {id(each): each.end if by_end else each.listed for each in rows}
    pages, seen = Pages(since=ago(7200), due=ago(7200), to_known=False), dict[str, Row]()
    while not pages.done:
        bound = pages.older_than or NOW + timedelta(days=1)
        listed = [each for each in rows if (at := kept[id(each)]) is not None and at < bound]
        page = sorted(listed, key=lambda each: kept[id(each)] or NOW, reverse=True)[:cut]
        news = {each.key: each for each in page if each.key not in seen}
        seen |= news
        pages.turn(page, news=len(news), unknown=len(news))
    assert pages.complaint == ""
    assert len(seen) == len(rows)


# ---- limits


def test_headers_that_say_nothing_or_nonsense_are_no_limits() -> None:
    assert limits_of({}, NOW) is None
    assert limits_of({"x-uw-daily-req-count": "many", "x-uw-token-req-limit": "-1"}, NOW) is None


def test_a_day_without_a_limit_is_never_spent() -> None:
    limits = limits_of({"x-uw-daily-req-count": "90000", "x-uw-token-req-limit": "0"}, NOW)
    assert limits is not None
    assert not limits.day_spent
    assert limits.quotas(NOW) == []


def test_limits_are_shown_as_quotas_and_the_days_use_is_none_after_its_reset() -> None:
    headers = {
        "x-uw-daily-req-count": "14000",
        "x-uw-token-req-limit": "15000",
        "x-uw-minute-req-counter": "3",
        "x-uw-req-per-minute-remaining": "117",
        "x-uw-req-per-minute-reset": "4096",
    }
    limits = limits_of(headers, NOW)
    assert limits is not None
    day, minute = limits.quotas(NOW)
    assert (day.used, day.limit, day.resets_at) == (14000, 15000, datetime(2025, 10, 16, tzinfo=UTC))
    assert (minute.used, minute.limit, minute.resets_at) == (3, 120, NOW + timedelta(milliseconds=4096))
    day, minute = limits.quotas(NOW + timedelta(hours=11))
    assert (day.used, minute.used) == (0, 0)


@pytest.mark.parametrize(
    ("now", "reset"),
    [
        (datetime(2025, 10, 15, 23, 59, tzinfo=UTC), datetime(2025, 10, 16, 0, 0, tzinfo=UTC)),
        (datetime(2025, 10, 16, 0, 0, tzinfo=UTC), datetime(2025, 10, 17, 0, 0, tzinfo=UTC)),
        (datetime(2025, 11, 2, 0, 30, tzinfo=UTC), datetime(2025, 11, 3, 1, 0, tzinfo=UTC)),  # the clocks go back
        (datetime(2026, 3, 8, 1, 30, tzinfo=UTC), datetime(2026, 3, 9, 0, 0, tzinfo=UTC)),  # and forward
    ],
)
def test_the_day_of_the_service_ends_at_eight_in_the_evening_in_new_york(now: datetime, reset: datetime) -> None:
    assert next_reset(now) == reset


def test_the_minutes_wait_is_what_the_service_says_within_reason() -> None:
    assert wait_s({"x-uw-req-per-minute-reset": "44469"}, NOW) == pytest.approx(44.469)
    assert wait_s({"x-uw-req-per-minute-reset": "0"}, NOW) == 0.1
    assert wait_s({"x-uw-req-per-minute-reset": "999999999"}, NOW) == 120.0
    assert wait_s({"retry-after": "7"}, NOW) == 7.0
    assert wait_s({}, NOW) is None


# ---- rows and frames


@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_no_body_and_no_frame_breaks_the_decoders(body: bytes) -> None:
    with suppress(TransientError):
        rows_of(body)
    with suppress(ValueError):
        payload_of(body)
    answer_of(body)


Json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(value=Json, name=st.sampled_from(["id", "created_at", "end_time", "executed_at", "status"]))
def test_no_value_in_the_place_of_another_breaks_the_outside_of_a_row(value: object, name: str) -> None:
    raw = msgspec.Raw(json.dumps({**row("a"), name: value}).encode())
    read = row_of(raw)
    assert read.key
    answer_of(json.dumps(["flow-alerts", {**row("a"), name: value}]))


def test_an_ack_is_told_from_data_and_from_other_channels() -> None:
    assert answer_of('["flow-alerts",{"response":{},"status":"ok"}]') == "ok"
    assert answer_of('["flow-alerts",{"response":"no","status":"error"}]') == "error: no"
    assert answer_of('["gex:SPY",{"response":{},"status":"ok"}]') is None
    assert answer_of('["flow-alerts",{"id":"x","status":"ok"}]') is None


# ---- filters


def test_a_filter_of_nothing_asks_for_nothing() -> None:
    assert Filter().params() == {}


def test_a_symbol_that_is_both_wanted_and_not_is_not() -> None:
    assert Filter(only=("A", "B"), without=("B",)).params() == {"ticker_symbol": "A"}


def test_a_list_too_long_for_an_address_is_left_to_our_own_look() -> None:
    names = tuple(f"S{number}" for number in range(300))
    assert Filter(only=names).params() == {}
    _, alert = alert_of(json.dumps(row("a")).encode(), NOW)
    assert not Filter(only=names).takes(alert)


@needs_shared
def test_every_parameter_that_is_asked_for_is_one_of_the_services_document() -> None:
    document = json.loads((SHARED / "contracts" / "openapi" / "uw-openapi-used-paths.json").read_text())
    known = {each["name"] for each in document["paths"][PATH]["get"]["parameters"]}
    asked = Filter(only=("A",), min_premium=1.0, max_days=7).params().keys() | {"limit", "newer_than", "older_than"}
    assert len(asked) == 6
    assert asked <= known


# ---- counts


def test_kinds_of_complaints_are_counted_up_to_a_bound() -> None:
    tally = Tally()
    for number in range(3 * KINDS_LIMIT):
        tally.rejected(f"field{number}: wrong", b"x" * 5000)
    assert len(tally.rejects) == KINDS_LIMIT + 1
    assert tally.rejects[OTHER] == 2 * KINDS_LIMIT
    assert max(map(len, tally.samples.values())) <= 200


# ---- recordings


@needs_shared
def test_recorded_rows_and_frames_are_read() -> None:
    body = (RECORDED / "doc-captures-2025-10-22" / "flow-alerts.1.json").read_bytes()
    (one,) = rows_of(body)
    assert (one.end, one.listed) == (
        datetime(2025, 10, 22, 20, 13, 52, 828000, tzinfo=UTC),
        datetime(2025, 10, 22, 20, 27, 1, 354429, tzinfo=UTC),
    )
    lines = (RECORDED / "uw-ws-flowalerts-2025-05-16.jsonl").read_text().splitlines()
    frames = [json.dumps(json.loads(line)["msg"]) for line in lines]
    assert [answer_of(frame) for frame in frames] == ["ok"] + [None] * 17
    assert all(row_of(payload_of(frame)[1]).end is not None for frame in frames[1:])
