"""What Alpaca sends becomes quotes, bars and closes; what it does not send stays unknown."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from tidegate import Bar, Direction, FlowItem, Order, Side, State, Symbol, WorkingOrder
from tidegate.plugins.sources.alpaca_market.closes import due, readings
from tidegate.plugins.sources.alpaca_market.latest import CompletedBars, LatestQuotes
from tidegate.plugins.sources.alpaca_market.rows import Candle, Touch, Trade, bar_of, halves, quote_of
from tidegate.plugins.sources.alpaca_market.watchlist import wanted
from tidegate.plugins.sources.fields import RowError
from tidegate.testing import a_position, a_signal

NOW = datetime(2025, 10, 15, 14, 0, 30, tzinfo=UTC)
OPEN = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)


def raw(row: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(row).encode())


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


# ---- quotes


def test_without_a_quote_there_is_no_bid_and_no_ask() -> None:
    quote = quote_of("KO", Trade(p=67.1, t=NOW), None)
    assert (quote.last, quote.bid, quote.ask, quote.at) == (67.1, None, None, NOW)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        (0.0, 67.2, (None, 67.2)),
        (67.0, 0.0, (67.0, None)),
        (None, 67.2, (None, 67.2)),
        (67.3, 67.2, (67.3, 67.2)),
        (67.2, 67.2, (67.2, 67.2)),
    ],
    ids=["nobody bids", "nobody asks", "no field", "crossed", "locked"],
)
def test_a_side_that_nobody_quotes_stays_unknown(
    bid: float | None, ask: float | None, expected: tuple[float | None, float | None]
) -> None:
    quote = quote_of("KO", Trade(p=67.1, t=NOW), Touch(t=ago(1), bp=bid, ap=ask))
    assert (quote.bid, quote.ask) == expected


@pytest.mark.parametrize(
    ("touched", "ask", "at"),
    [(NOW, 67.2, NOW), (NOW, None, NOW), (NOW, 99.0, NOW), (ago(900), 67.2, ago(600))],
    ids=["newer touch", "newer, one side", "newer, wide", "newer trade"],
)
def test_a_quote_has_the_trades_price_and_the_time_of_the_newer_half(
    touched: datetime, ask: float | None, at: datetime
) -> None:
    quote = quote_of("KO", Trade(p=67.1, t=ago(600)), Touch(t=touched, bp=67.0, ap=ask))
    assert (quote.last, quote.at) == (67.1, at)


def test_a_touch_that_was_looked_at_and_stands_is_said_again_as_it_is() -> None:
    book = LatestQuotes()
    book.take("KO", Trade(p=67.1, t=NOW))
    (first,) = book.news()
    assert book.news(["KO", "NONE"]) == [first]
    book.take("KO", Trade(p=67.2, t=NOW + timedelta(seconds=1)))
    assert [quote.last for quote in book.news(["KO"])] == [67.2]


def test_a_quote_that_was_said_or_is_older_is_no_news() -> None:
    book = LatestQuotes()
    book.take("KO", Trade(p=67.1, t=NOW))
    assert [quote.last for quote in book.news()] == [67.1]
    book.take("KO", Trade(p=67.1, t=NOW))
    book.take("KO", Trade(p=66.0, t=ago(1)))
    assert book.news() == []
    book.take("KO", Trade(p=67.2, t=NOW + timedelta(seconds=1)))
    assert [quote.last for quote in book.news()] == [67.2]


def test_a_touch_without_a_trade_has_no_price() -> None:
    book = LatestQuotes()
    book.take("KO", Touch(t=NOW, bp=67.0, ap=67.1))
    assert book.news() == []


def test_a_symbol_that_is_watched_again_is_told_again() -> None:
    book = LatestQuotes()
    book.take("KO", Trade(p=67.1, t=NOW))
    book.news()
    book.keep(["F"])
    book.take("KO", Trade(p=67.1, t=NOW))
    assert [quote.symbol for quote in book.news()] == ["KO"]


# ---- rows


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"latestTrade": {"t": iso(NOW)}}, "latestTrade: object missing required field `p`"),
        ({"latestTrade": {"p": 67.1}}, "latestTrade: object missing required field `t`"),
        ({"latestTrade": {"p": 0, "t": iso(NOW)}}, "latestTrade: p: expected `float` > 0.0"),
        ({"latestTrade": {"p": "67", "t": iso(NOW)}}, "latestTrade: p: expected `float`, got `str`"),
        ({"latestQuote": {"bp": 1.0, "ap": 1.1}}, "latestQuote: object missing required field `t`"),
        ({"latestTrade": {"p": 67.1, "t": iso(ago(-61))}}, "latestTrade: from the future: 2025-10-15 14:01:31 UTC"),
        ([], "expected `object`, got `array`"),
    ],
)
def test_a_snapshot_that_cannot_be_used_says_why(row: object, said: str) -> None:
    assert [str(part) for part in halves(raw(row), NOW)] == [said]


@pytest.mark.parametrize("row", [{}, {"latestTrade": None, "latestQuote": None}, {"newField": 1, "minuteBar": 7}])
def test_a_snapshot_that_says_nothing_says_nothing(row: object) -> None:
    assert list(halves(raw(row), NOW)) == []


def test_a_bad_quote_does_not_cost_the_trade() -> None:
    good, bad = halves(raw({"latestTrade": {"p": 67.1, "t": "2025-10-15T14:00:30.123456400Z"}, "latestQuote": 3}), NOW)
    assert good == Trade(p=67.1, t=NOW + timedelta(microseconds=123456))
    assert isinstance(bad, RowError)


def test_a_bar_that_contradicts_itself_is_refused() -> None:
    row = {"t": iso(OPEN), "o": 10.0, "h": 9.0, "l": 8.0, "c": 9.0}
    with pytest.raises(RowError, match="contradicts itself"):
        bar_of("KO", raw(row), NOW)


def minute(start: datetime) -> Bar:
    return Bar(symbol="KO", start=start, end=start + timedelta(minutes=1), open=1.0, high=1.0, low=1.0, close=1.0)


def test_a_bar_is_said_once_and_only_when_it_has_ended() -> None:
    bars, first = CompletedBars(), OPEN + timedelta(minutes=28)
    sent = [minute(first + timedelta(minutes=number)) for number in (1, 0, 2)]  # the last one runs until 14:01
    assert bars.news(sent, State(), NOW) == [sent[1], sent[0]]
    assert bars.news(sent, State(), NOW) == []
    assert bars.news(sent, State(), NOW + timedelta(seconds=30)) == [sent[2]]


def test_bars_that_the_journal_has_are_not_said_again_after_a_restart() -> None:
    known = minute(OPEN)
    state = State(symbols={"KO": Symbol(bars=[known])})
    after = minute(OPEN + timedelta(minutes=1))
    assert CompletedBars().news([minute(OPEN - timedelta(minutes=1)), known, after], state, NOW) == [after]


# ---- which symbols


def flow(at: datetime, *, counts: bool = True) -> Symbol:
    return Symbol(flow=[FlowItem(at, "t", Direction.BULLISH, 1e5, "", counts)])


def a_working(symbol: str) -> WorkingOrder:
    return WorkingOrder(
        order=Order(
            client_order_id=f"tg-{symbol}-entry1-x",
            trace="x",
            symbol=symbol,
            leg="entry1",
            side=Side.BUY,
            quantity=Decimal(1),
            limit=Decimal(1),
            decision_price=Decimal(1),
            placed_at=NOW,
            expires_at=NOW,
        )
    )


def busy_state() -> State:
    return State(
        positions={"HELD": a_position(symbol="HELD")},
        orders={"a": a_working("WORK"), "b": a_working("HELD")},
        entering={"t": a_signal(symbol="ENTER")},
        symbols={
            "OLD": flow(ago(901)),
            "EDGE": flow(ago(900)),
            "NEW": flow(ago(10)),
            "WEAK": flow(ago(5), counts=False),
            "NONE": Symbol(),
            "HELD": flow(ago(1)),
        },
    )


def names(limit: int) -> tuple[str, ...]:
    return wanted(busy_state(), at=NOW, index="SPY", candidates_s=900.0, limit=limit)


def test_the_most_needed_symbols_come_first_and_each_once() -> None:
    assert names(100) == ("HELD", "WORK", "SPY", "ENTER", "NEW", "EDGE", "WEAK")


def test_the_least_needed_symbols_fall_out_first() -> None:
    assert names(4) == ("HELD", "WORK", "SPY", "ENTER")


# ---- daily closes


@pytest.mark.parametrize(
    ("now", "close"),
    [
        ("2025-10-15T20:19:59Z", "2025-10-14T20:00:00Z"),
        ("2025-10-15T20:20:00Z", "2025-10-15T20:00:00Z"),
        ("2025-10-19T12:00:00Z", "2025-10-17T20:00:00Z"),
        ("2025-11-28T18:20:00Z", "2025-11-28T18:00:00Z"),
        ("2025-11-27T23:00:00Z", "2025-11-26T21:00:00Z"),
    ],
    ids=["not yet", "just now", "sunday", "half day", "holiday"],
)
def test_the_close_that_is_due_is_the_last_completed_session(now: str, close: str) -> None:
    assert due(datetime.fromisoformat(now)) == datetime.fromisoformat(close)


def day(month: int, number: int, close: float) -> Candle:
    return Candle(t=datetime(2025, month, number, 4, tzinfo=UTC), o=1.0, h=1.0, l=1.0, c=close)


def test_closes_come_oldest_first_and_only_of_completed_sessions_after_the_known_one() -> None:
    rows = [day(10, 15, 5.0), day(10, 11, 9.0), day(10, 13, 3.0), day(10, 10, 2.0), day(10, 14, 4.0)]  # 11: a Saturday
    known = datetime(2025, 10, 10, 20, tzinfo=UTC)
    found = readings("SPY", rows, after=known, until=datetime(2025, 10, 14, 20, tzinfo=UTC))
    assert [(each.at.day, each.at.hour, each.value) for each in found] == [(13, 20, 3.0), (14, 20, 4.0)]
    assert {(each.name, each.symbol) for each in found} == {("daily_close", "SPY")}
