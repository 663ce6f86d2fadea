"""What the health screen says, as values: feeds, venues, the two books, journal and engine."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec import json
from msgspec.structs import replace

from tests.screens.conftest import MakeDesk
from tests.screens.gauges import health_gauges
from tests.screens.piloted import piloted
from tests.screens.story import bad_day, good_day, plugin_gauge
from tidegate.commands.reconcile import shape_of
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State
from tidegate.core.domain.values import PositionSide, Side
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.core.domain.values.differences import Difference, DifferenceCase
from tidegate.core.journaling.reader import Gauge
from tidegate.tui.viewmodel.health import books, feeds, venues, vitals
from tidegate.tui.viewmodel.table import Row
from tidegate.tui.viewmodel.text import Line, plain
from tidegate.tui.viewmodel.view import View

GOOD, BAD = fold_all(State(), good_day().told), fold_all(State(), bad_day().told)
OPEN = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)  # 11:00 in New York
CLOSED = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)
HOLIDAY = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)


def viewed(state: State, gauges: dict[str, object], *, wall: datetime = OPEN, written: datetime | None = None) -> View:
    told = {key: Gauge(at=written or wall, body=json.decode(json.encode(body))) for key, body in gauges.items()}
    return View(state=state, wall=wall, gauges=told)


def cells(rows: list[Row]) -> dict[str, list[str]]:
    return {row.key: [plain(cell) for cell in row.cells] for row in rows}


def text(lines: list[Line]) -> str:
    return "\n".join(plain(each) for each in lines)


def live(at: datetime | None, **told: object) -> dict[str, object]:
    return {"feeds": {"sources.uw": {"state": "reading", "at": at, "facts": 9, "limit_s": 180.0, **told}}}


# ---- feeds


@pytest.mark.parametrize(
    ("wall", "age_s", "state"),
    [
        (OPEN, 180, "reading"),
        (OPEN, 181, "LATE"),
        (CLOSED, 20_000, "reading"),
        (HOLIDAY, 20_000, "reading"),
        (datetime(2026, 3, 10, 13, 32, tzinfo=UTC), 60_000, "reading"),
        (datetime(2026, 3, 10, 13, 34, tzinfo=UTC), 60_000, "LATE"),
    ],
    ids=["at its limit", "above it", "at night", "on a holiday", "two minutes after the open", "four after it"],
)
def test_a_feed_is_late_when_it_was_silent_for_longer_than_its_limit_while_the_exchange_was_open(
    wall: datetime, age_s: float, state: str
) -> None:
    view = viewed(GOOD, live(wall - timedelta(seconds=age_s)), wall=wall)
    assert cells(feeds.feed_rows(view))["uw"][1] == state
    assert ("uw LATE" in plain(feeds.feeds_title(view, 80))) == (state == "LATE")


def test_a_feed_that_never_said_anything_is_late_too() -> None:
    row = cells(feeds.feed_rows(viewed(GOOD, live(None, facts=0))))["uw"]
    assert row[1:4] == ["LATE", "none", "3m"]


def test_a_failed_feed_says_why_and_when_it_is_tried_again() -> None:
    again = OPEN + timedelta(seconds=12)
    view = viewed(GOOD, live(OPEN, state="failed", failures=3, trouble="HTTP 503", next_try=again))
    assert cells(feeds.feed_rows(view))["uw"][1:] == ["FAILED", "0s", "3m", "9", "3", "12s", "HTTP 503"]
    assert "uw FAILED HTTP 503" in plain(feeds.feeds_title(view, 80))


def test_a_recorded_feed_is_measured_on_the_sessions_clock() -> None:
    assert GOOD.at is not None
    at = GOOD.at - timedelta(seconds=90)
    view = viewed(GOOD, live(at, recorded=True, limit_s=None), wall=OPEN + timedelta(days=300))
    assert cells(feeds.feed_rows(view))["uw"][1:4] == ["reading", "1m", "-"]


def test_without_an_engines_word_the_journals_sources_are_unknown() -> None:
    assert cells(feeds.feed_rows(viewed(GOOD, {})))["recording"][1:3] == ["unknown", "unknown"]
    assert feeds.feed_rows(viewed(State(), {})) == []


def test_a_feed_of_a_stopped_engine_is_stopped_and_never_late() -> None:
    view = viewed(replace(GOOD, running=False), live(OPEN - timedelta(hours=1)))
    assert cells(feeds.feed_rows(view))["uw"][1] == "stopped"


def test_what_the_engine_said_a_while_ago_is_dated() -> None:
    view = viewed(GOOD, live(OPEN), written=OPEN - timedelta(seconds=75))
    assert "as of 1m ago" in plain(feeds.feeds_title(view, 80))


# ---- venues


def test_a_venue_shows_circuit_answer_errors_and_what_is_used_of_its_budget() -> None:
    rows = cells(venues.venue_rows(viewed(GOOD, health_gauges(OPEN, well=True))))
    trading = rows["alpaca trading (paper-api.alpaca.markets)"]
    assert trading[1:8] == ["closed", "2s", "0", "0", "minute", "12/180", "<1s"]


def test_an_open_circuit_says_why_and_when_it_is_tried_again() -> None:
    view = viewed(GOOD, health_gauges(OPEN, well=False))
    rows = cells(venues.venue_rows(view))
    assert rows["alpaca trading (paper-api.alpaca.markets)"][1:8] == [
        *("open", "1m", "19", "14", "minute", "176/180", "48s")
    ]
    assert rows["alpaca data (data.alpaca.markets)"][1:4] == ["half-open", "never", "7"]
    assert "trading open next try 1m: HTTP 503 from the venue" in plain(venues.venues_title(view, 80))


def test_the_quotas_of_a_source_have_a_row_each() -> None:
    rows = cells(venues.venue_rows(viewed(GOOD, health_gauges(OPEN, well=True))))
    assert rows["unusual_whales"][5:8] == ["day", "8,204/15,000", "10h00m"]
    assert rows["unusual_whales 0"][5:8] == ["minute", "41/120", "23s"]


def test_a_paper_venue_has_no_circuit_and_says_so() -> None:
    paper = {"key": "executors.paper", "kind": "executors", "name": "paper", "loaded": True}
    view = viewed(GOOD, {"venue": {}, "venues": [], "plugins": [paper]})
    assert cells(venues.venue_rows(view))["paper"][1:3] == ["none", "-"]


def test_a_rate_limit_of_the_venue_stands_in_the_title() -> None:
    assert "rate limit until 16:58:13" in plain(venues.venues_title(viewed(BAD, {}), 80))


# ---- the two books


def test_the_screen_has_the_differences_that_the_command_has() -> None:
    shape, rows = shape_of(BAD), books.book_rows(viewed(BAD, {}))
    told = [(plain(row.cells[0]), plain(row.cells[1]), plain(row.cells[2])) for row in rows]
    assert told[:2] == [(each.symbol, each.case, str(each.ours)) for each in shape.differences]
    assert [row.id for row in rows[2:]] == [order.venue_order_id for order in shape.foreign_orders]
    assert plain(rows[0].cells[3]) == "20 @ 97.00"
    assert rows[0].id == "tidegate reconcile --adopt AMD"
    assert rows[0].trace == BAD.positions["AMD"].entry.trace


@pytest.mark.parametrize(
    ("changes", "title", "nothing"),
    [
        ({}, "books agree", "Every symbol"),
        (
            {"ignored": {"IWM": Difference(DifferenceCase.MISSING_HERE, Decimal(0), Decimal(3), None)}},
            "books agree, IWM ignored",
            "Every symbol but IWM",
        ),
        ({"reconciled_at": None}, "unknown", "No entry passes"),
        ({"reconciled_at": None, "broker_at": None}, "not compared yet", "No entry passes"),
        ({"reconciles": False}, "RECONCILIATION", "keeps no book"),
        ({"seq": 0, "reconciles": False}, "RECONCILIATION", "No venue yet"),
        (
            {"differences": {"KO": Difference(DifferenceCase.DIFFERS, Decimal(1), Decimal(2), None)}},
            "1 differs, entries wait",
            "",
        ),
    ],
)
def test_the_result_of_the_comparison_is_told_in_words(changes: dict[str, object], title: str, nothing: str) -> None:
    view = viewed(replace(GOOD, **changes), {})
    assert title in plain(books.books_title(view, 80))
    assert nothing in books.no_books(view)


def test_what_is_not_ours_is_listed_and_does_not_make_the_books_differ() -> None:
    order = BrokerOrder(
        client_order_id="x",
        venue_order_id="y",
        symbol="KO",
        side=Side.SELL,
        quantity=Decimal(2),
        filled=Decimal(0),
        status="new",
    )
    coin = BrokerPosition(
        symbol="BTCUSD",
        side=PositionSide.LONG,
        quantity=Decimal("0.50"),
        average_price=Decimal(90_000),
        asset_class="crypto",
    )
    view = viewed(replace(GOOD, foreign={"y": order}, untraded={"BTCUSD": coin}), {})
    rows = cells(books.book_rows(view))
    assert "books agree" in plain(books.books_title(view, 80))
    assert rows["order y"][:4] == ["KO", "foreign order", "-", "sell 2, new"]
    assert rows["untraded BTCUSD"][:4] == ["BTCUSD", "crypto", "-", "long 0.5"]


def test_every_row_has_a_cell_for_every_column() -> None:
    view = viewed(BAD, health_gauges(OPEN, well=False))
    for columns, rows in (
        (feeds.FEEDS, feeds.feed_rows(view)),
        (venues.VENUES, venues.venue_rows(view)),
        (books.BOOKS, books.book_rows(view)),
    ):
        assert {len(row.cells) for row in rows} == {len(columns)}


# ---- journal and engine


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (12_400_000, "12.4 MB"), (999_960, "1000 kB"), (4e13, "40.0 TB")]
)
def test_bytes_are_told_as_people_read_them(count: float, said: str) -> None:
    assert vitals.size(count) == said


def test_a_full_disk_is_said_before_everything_else_of_the_journal() -> None:
    view = replace(viewed(GOOD, health_gauges(OPEN, well=False)), alarm="journal not written: disk is full")
    assert text(vitals.vital_lines(view)).startswith(" JOURNAL   journal not written: disk is full ")


def test_an_engine_that_tells_nothing_of_itself_is_unknown() -> None:
    said = text(vitals.vital_lines(viewed(GOOD, {})))
    assert said.count("unknown") == 6


def test_the_vitals_fit_into_eighty_cells() -> None:
    beat = {"heartbeat": {"started": OPEN - timedelta(hours=30)}}
    view = viewed(BAD, {**health_gauges(OPEN, well=False), **beat})
    lines = vitals.vital_lines(view)
    assert all(len(plain(each)) <= 80 for each in lines)
    assert "up 30:00:00" in plain(lines[1])


@pytest.mark.parametrize("body", [None, 1, "x", [], [1, None], {}, {"a": 1}, {"sources.x": [None]}, [{"circuit": 1}]])
def test_no_gauge_of_another_shape_breaks_the_screen(body: object) -> None:
    gauges = {**plugin_gauge(), **health_gauges(OPEN, well=True)}
    for key in gauges:
        view = viewed(GOOD, {**gauges, key: body})
        assert feeds.feed_rows(view) is not None
        assert venues.venue_rows(view) is not None
        assert len(vitals.vital_lines(view)) == 2
        assert plain(venues.venues_title(view, 80)).startswith(" VENUES")


@piloted
async def test_y_copies_the_command_that_answers_a_difference_and_enter_opens_its_position(make_desk: MakeDesk) -> None:
    app = make_desk("disaster")
    async with app.run_test() as pilot:
        await pilot.press("6", "l", "l", "y")
        assert app.clipboard == "tidegate reconcile --adopt AMD"
        await pilot.press("enter")
        await pilot.pause()
        assert type(app.screen).__name__ == "TraceScreen"
