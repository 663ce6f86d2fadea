"""The pure parts of the Alpaca executor: reading, refusals, executions, and orders in the venue's words."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.needs import SHARED, needs_shared
from tests.plugins.executors.alpaca.bench import an_order
from tidegate import LimitedError, Side, TransientError, UnsureError, VenueError
from tidegate.plugins.executors.alpaca.errors import (
    AbsentError,
    ArrivedError,
    DeniedError,
    RejectedError,
    error_of,
    read,
)
from tidegate.plugins.executors.alpaca.fills import derived, news
from tidegate.plugins.executors.alpaca.orders import body, broker_order, broker_position
from tidegate.plugins.executors.alpaca.wire import (
    AccountRow,
    BadAnswerError,
    FillRow,
    OrderRow,
    PositionRow,
    many,
    one,
    orders,
)

NOW = datetime(2026, 10, 8, 15, 10, tzinfo=UTC)
RECORDED = SHARED / "data" / "alpaca"


def error(status: int, said: object = None, method: str = "POST", **headers: str) -> VenueError:
    content = said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
    return error_of(method, read(status, headers, content), NOW)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind", "sentence"),
    [
        (401, None, "unauthorized", DeniedError, "Alpaca refused the keys"),
        (403, 40310000, "insufficient buying power", RejectedError, "The account has too little buying power"),
        (403, 40310000, "insufficient qty available for order (requested: 2)", RejectedError, "The shares are not"),
        (403, 40310000, "potential wash trade detected. use complex orders", RejectedError, "An order on the other"),
        (403, 40310000, 'asset "OCGN" is not fractionable', RejectedError, "This share is traded in whole shares"),
        (403, 40310000, "account is not allowed to short", RejectedError, "The account may not sell short"),
        (403, 40310100, "trade denied due to pattern day trading protection", RejectedError, "Alpaca's day trading"),
        (403, 40310000, "account is restricted to liquidation only", DeniedError, "The account is restricted"),
        (404, 40410000, "order not found for x", AbsentError, "Alpaca knows nothing"),
        (422, 40010001, "client_order_id must be unique", ArrivedError, "The order had already arrived"),
        (422, 40010001, "limit price must be > 0", RejectedError, "Alpaca refused: limit price must be > 0"),
        (422, 42210000, "invalid limit_price 41.085. sub-penny increment", RejectedError, "The price has more"),
        (422, 42210000, "stop price must be less than current price", RejectedError, "The price has already passed"),
        (422, 42210000, "position intent mismatch, inferred: sell_to_open", RejectedError, "The order would turn"),
        (403, 40310000, "trading halt in effect for KO", RejectedError, "Trading in this symbol is halted"),
        (429, 42910000, "rate limit exceeded", LimitedError, "Alpaca answered 429 (rate limit exceeded)"),
        (500, 50010000, "internal server error", UnsureError, "Alpaca answered 500"),
        (503, 50310000, "service unavailable", UnsureError, "Alpaca answered 503"),
        (418, None, "", RejectedError, "Alpaca refused: status 418"),
    ],
)
def test_an_error_means_what_status_code_and_words_say(
    status: int, code: int | None, message: str, kind: type[VenueError], sentence: str
) -> None:
    met = error(status, {"code": code, "message": message} if code else {"message": message})
    assert type(met) is kind
    assert str(met).startswith(sentence)
    if isinstance(met, RejectedError):
        assert ". Next: " in str(met)
        assert met.code == str(code or status)


@pytest.mark.parametrize(
    "content", [b"", b"<html><body>504</body></html>", b"\xff\xfe", b"[]", b"null", b'{"code":"x"}']
)
def test_a_body_that_is_none_is_read_all_the_same(content: bytes) -> None:
    assert type(error(504, content)) is UnsureError
    assert type(error(504, content, method="GET")) is TransientError
    assert type(error(504, content, method="DELETE")) is TransientError
    assert type(error(422, content)) is RejectedError
    assert type(error(401, content)) is DeniedError


def test_a_rate_limit_waits_for_the_reset() -> None:
    reset = str(int(NOW.timestamp()) + 17)
    met = error(429, {"code": 42910000, "message": "rate limit exceeded"}, **{"x-RateLimit-RESET": reset})
    assert isinstance(met, LimitedError)
    assert met.wait_s == 17.0


def test_a_redirect_leaves_a_post_open() -> None:
    assert type(error(302)) is UnsureError
    assert type(error(302, method="GET")) is TransientError


# ---- rows


def test_one_bad_row_costs_one_row() -> None:
    rows, bad = many(
        PositionRow, [_position("KO"), {"symbol": "X"}, None, 7, _position("IBM", qty="NaN"), _position("GE")]
    )
    assert [row.symbol for row in rows] == ["KO", "GE"]
    assert bad == 4


def test_no_list_is_no_empty_list() -> None:
    nothing: tuple[object, ...] = (None, {}, "[]")
    for answer in nothing:
        with pytest.raises(BadAnswerError):
            many(PositionRow, answer)
    with pytest.raises(BadAnswerError):
        one(AccountRow, {"cash": "1"})


def test_numbers_come_as_strings_or_numbers_and_words_are_free() -> None:
    row = one(
        OrderRow, {"id": "1", "qty": 1.1, "filled_qty": "0.3", "status": "unheard_of", "asset_class": "ipo", "x": 1}
    )
    assert (row.qty, row.filled_qty, row.final) == (Decimal("1.1"), Decimal("0.3"), False)


def test_legs_follow_their_parents_at_any_depth_and_bad_ones_are_counted() -> None:
    leg = {"id": "3", "status": "held"}
    rows, bad = orders([{"id": "1", "legs": [{"id": "2", "legs": [leg, {}]}, 5]}, {"id": "4", "legs": "none"}])
    assert [row.id for row in rows] == ["1", "2", "3", "4"]
    assert bad == 2


@pytest.mark.parametrize(
    ("side", "qty", "short"),
    [("long", "5", False), ("short", "-5", True), ("short", "5", True), ("", "-5", True), ("", "5", False)],
)
def test_the_side_of_a_position_is_told_by_its_side(side: str, qty: str, short: bool) -> None:
    held = broker_position(one(PositionRow, _position("KO", side=side, qty=qty)))
    assert (held.side, held.quantity) == ("short" if short else "long", Decimal(5))


def test_an_order_without_side_or_shares_is_no_order_of_ours_to_compare() -> None:
    assert broker_order(OrderRow(id="1", side="", qty=Decimal(1))) is None
    assert broker_order(OrderRow(id="1", side="buy")) is None


def _position(symbol: str, **changes: str) -> dict[str, str]:
    return {"symbol": symbol, "qty": "2", "avg_entry_price": "10", "side": "long", **changes}


# ---- executions


def fill(name: str, qty: str, cum: str | None, price: str = "10") -> FillRow:
    total = None if cum is None else Decimal(cum)
    return FillRow(id=name, order_id="o", qty=Decimal(qty), price=Decimal(price), cum_qty=total)


def test_executions_are_news_in_order_up_to_the_first_gap() -> None:
    rows = [fill("c", "4", "9"), fill("a", "2", "2"), fill("a", "2", "2")]
    assert [(each.execution_id, each.quantity) for each in news(rows, Decimal(0))] == [("a", Decimal(2))]
    rows.append(fill("b", "3", "5"))
    assert [each.execution_id for each in news(rows, Decimal(2))] == ["b", "c"]


def test_what_a_derivation_covered_is_not_news_any_more() -> None:
    rows = [fill("a", "2", "2"), fill("b", "3", "5")]
    assert news(rows, Decimal(5)) == []
    (rest,) = news(rows, Decimal(4))
    assert (rest.execution_id, rest.quantity) == ("b", Decimal(1))


def test_a_derived_execution_makes_the_average_come_out_right() -> None:
    rows = [fill("a", "2", "2", "10")]
    made = derived("o", filled=Decimal(5), average=Decimal("10.6"), told=Decimal(2), rows=rows)
    assert (made.execution_id, made.quantity, made.price) == ("o@5", Decimal(3), Decimal(11))
    alone = derived("o", filled=Decimal(5), average=Decimal("10.6"), told=Decimal(2), rows=[])
    assert alone.price == Decimal("10.6")


@given(
    parts=st.lists(st.decimals("0.000000001", "1000", places=9), min_size=1, max_size=8),
    looks=st.lists(st.tuples(st.randoms(use_true_random=False), st.booleans(), st.booleans()), max_size=8),
    counted=st.booleans(),
)
def test_whatever_lists_show_and_derivations_add_every_share_counts_once(
    parts: list[Decimal], looks: list[tuple[Any, bool, bool]], *, counted: bool
) -> None:
    total, rows = Decimal(0), []
    for number, quantity in enumerate(parts):
        total += quantity
        rows.append(fill(f"{number:03}", str(quantity), str(total) if counted else None))
    told, seen = Decimal(0), []
    for random, cut, derive in [*looks, (None, False, False)]:
        shown = rows[:]
        if random is not None:
            shown = rows[: random.randint(0, len(rows))] if cut or not counted else random.sample(rows, len(rows) // 2)
            random.shuffle(shown)
        found = news(shown, told)
        told += sum((each.quantity for each in found), Decimal(0))
        if derive and told < total:
            found.append(derived("o", filled=total, average=Decimal(10), told=told, rows=shown))
            told = total
        seen += found
    assert told == sum((each.quantity for each in seen), Decimal(0)) == total
    assert all(each.quantity > 0 and each.price > 0 for each in seen)


# ---- our orders in the venue's words


def test_an_entry_is_a_limit_for_the_day() -> None:
    sent = an_order(quantity="3", limit="67.314")
    assert body(sent) == {
        "symbol": "KO",
        "side": "buy",
        "qty": "3",
        "type": "limit",
        "limit_price": "67.31",
        "time_in_force": "day",
        "client_order_id": sent.client_order_id,
        "position_intent": "buy_to_open",
    }


@given(
    price=st.decimals("0.0002", "5000", places=6),
    buys=st.booleans(),
)
def test_a_limit_is_never_worse_than_asked_for_and_in_legal_steps(price: Decimal, *, buys: bool) -> None:
    side = Side.BUY if buys else Side.SELL
    limit = Decimal(body(an_order(side=side, limit=str(price)))["limit_price"])
    assert limit <= price if buys else limit >= price
    assert limit % (Decimal("0.01") if limit >= 1 else Decimal("0.0001")) == 0


def test_a_stop_rests_until_canceled_and_parts_of_shares_for_the_day_only() -> None:
    whole = body(an_order(side=Side.SELL, entry=False, stop=Decimal("63.745")))
    assert (whole["type"], whole["stop_price"], whole["time_in_force"]) == ("stop", "63.74", "gtc")
    assert whole["position_intent"] == "sell_to_close"
    part = body(an_order(side=Side.SELL, entry=False, stop=Decimal("63.75"), quantity="0.1234567891"))
    assert (part["qty"], part["time_in_force"]) == ("0.123456789", "day")
    assert "limit_price" not in part


# ---- what the real venue said


def recorded(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((RECORDED / name).read_bytes())


@needs_shared
@pytest.mark.parametrize("name", ["buy_whole.json", "buy_fractional.json", "resting.json"])
def test_recorded_orders_are_read(name: str) -> None:
    said = recorded(name)
    rows, bad = orders([said["submit"], *said["polls"]])
    assert bad == 0
    assert rows[0].status == "pending_new"
    assert rows[-1].client_order_id.startswith("rec")


@needs_shared
def test_recorded_positions_account_and_fills_are_read() -> None:
    (row,), bad = many(PositionRow, recorded("positions_held.json"))
    assert (row.qty, bad) == (Decimal("0.557436865"), 0)
    assert one(AccountRow, recorded("account_after.json")).equity == Decimal("100005.82")
    fills, bad = many(FillRow, recorded("fill_activities.sample.json"))
    assert [each.cum_qty for each in fills] == [Decimal("0.057436865"), Decimal(1)]
    assert (len(news(fills[1:], Decimal(0))), bad) == (1, 0)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("duplicate_client_order_id.json", ArrivedError),
        ("non_fractionable_sell_fractional.json", RejectedError),
        ("sell_above_held.json", RejectedError),
    ],
)
@needs_shared
def test_recorded_refusals_are_understood(name: str, kind: type[VenueError]) -> None:
    said = recorded(name)["error"]
    met = error(said["status_code"], said["body"].encode())
    assert type(met) is kind
    assert "Alpaca refused" not in str(met)


def test_rows_are_never_written_back() -> None:
    with pytest.raises(AttributeError):
        one(OrderRow, {"id": "1"}).status = "filled"  # type: ignore[misc] # the point
    assert msgspec.structs.fields(OrderRow)
