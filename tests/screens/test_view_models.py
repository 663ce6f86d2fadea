"""What screens say, as tables: no terminal, no Textual."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.screens.story import START, bad_day, good_day
from tidegate.core.domain.folding.fold import fold_all
from tidegate.core.domain.state import State
from tidegate.core.domain.values.differences import Difference, DifferenceCase
from tidegate.core.domain.views import Book, dashboard, heat, trace_view
from tidegate.core.journaling.reader import Gauge
from tidegate.tui.crash import redact
from tidegate.tui.viewmodel import numbers, traces
from tidegate.tui.viewmodel.desk import tables as desk
from tidegate.tui.viewmodel.desk.gauge import gauge_lines
from tidegate.tui.viewmodel.desk.heat import heat_lines, shade
from tidegate.tui.viewmodel.header import engine, status_lines, tiny_line
from tidegate.tui.viewmodel.hours import hours
from tidegate.tui.viewmodel.table import Column, places
from tidegate.tui.viewmodel.text import Piece, clean, crop, fit, length, line, plain, spread
from tidegate.tui.viewmodel.view import View

MISSING = Difference(DifferenceCase.MISSING_HERE, Decimal(0), Decimal(3), Decimal("210.5"))
GOOD, BAD = fold_all(State(), good_day().told), fold_all(State(), bad_day().told)


def viewed(state: State, *, beat_age_s: float | None = 0.5, behind: int = 0, problem: str = "") -> View:
    wall = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
    beat = {} if beat_age_s is None else {"heartbeat": Gauge(at=wall - timedelta(seconds=beat_age_s), body={})}
    return View(state=state, wall=wall, gauges=beat, behind=behind, problem=problem)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (7500, "2h05m"), (200_000, "2d"), (-3, "0s")],
)
def test_an_age_takes_at_most_five_cells(seconds: float, said: str) -> None:
    assert numbers.age(seconds) == said
    assert len(said) <= 5


@pytest.mark.parametrize(
    ("value", "said", "tone"),
    [(6.72, "▲ +6.72", "good"), (-1.62, "▼ -1.62", "bad"), (0.001, "= +0.00", "dim"), (None, "unknown", "warn")],
)
def test_gains_are_told_by_arrow_sign_and_tone(value: float | None, said: str, tone: str) -> None:
    assert numbers.signed(value) == Piece(said, tone)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.004, "+0.004"), (59.999, "+59.999"), (2481, "+0:41:21"), (-82, "-0:01:22")]
)
def test_delays_are_exact_at_first_and_round_later(seconds: float, said: str) -> None:
    assert numbers.delay(seconds) == said


@pytest.mark.parametrize(
    ("age_s", "word"),
    [
        (0.2, "engine <1s"),
        (2.4, "engine 2s"),
        (5.0, "ENGINE SILENT 5s"),
        (90, "ENGINE SILENT 1:30"),
        (None, "engine silent"),
    ],
)
def test_the_engine_is_told_by_its_heartbeat(age_s: float | None, word: str) -> None:
    assert engine(viewed(GOOD, beat_age_s=age_s)).text == word


@pytest.mark.parametrize(
    ("reason", "word"), [("session complete", "session ended"), ("asked by kim", "engine stopped")]
)
def test_an_end_is_told_in_words(reason: str, word: str) -> None:
    state = fold_all(State(), good_day().told)
    state.running, state.stop_reason = False, reason
    assert engine(viewed(state)).text == word


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 10, 13, 29, tzinfo=UTC), "before the open"),
        (datetime(2026, 3, 10, 13, 30, tzinfo=UTC), "open, closes in 6:30:00"),
        (datetime(2026, 3, 10, 19, 54, 43, tzinfo=UTC), "open, closes in 5:17"),
        (datetime(2026, 3, 10, 20, 0, tzinfo=UTC), "after the close"),
        (datetime(2026, 3, 14, 15, 0, tzinfo=UTC), "weekend"),
        (datetime(2026, 1, 12, 14, 29, tzinfo=UTC), "before the open"),
        (datetime(2026, 11, 26, 15, 0, tzinfo=UTC), "holiday"),
        (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), "open, closes in 1:00:00"),
        (datetime(2026, 11, 27, 18, 0, tzinfo=UTC), "after the close"),
        (datetime(2010, 3, 10, 15, 0, tzinfo=UTC), "hours unknown"),
    ],
)
def test_hours_are_the_exchanges_own_in_summer_and_winter_and_on_holidays_and_half_days(
    at: datetime, said: str
) -> None:
    assert hours(at) == said


@pytest.mark.parametrize("width", [60, 80, 100, 120, 200])
@pytest.mark.parametrize("state", [State(), GOOD, BAD])
def test_mode_regime_engine_halt_and_lockdown_are_always_there(state: State, width: int) -> None:
    lines = status_lines(viewed(state, beat_age_s=90, behind=12_000), width)
    text = " ".join(plain(each) for each in lines)
    assert all(length(each) == width for each in lines)
    halt = "halt none" if state.halt is None else "HALT reduce"
    for word in ((state.mode or "no session").upper(), halt, "lockdown off"):
        assert word in text
    assert ("PANIC" if state is BAD else "MIXED" if state is GOOD else "regime unknown") in text
    assert ("not started" if state.seq == 0 else "SILENT") in text


def test_live_says_real_money() -> None:
    assert "REAL MONEY" in plain(status_lines(viewed(BAD), 80)[0])


def test_a_tiny_terminal_gets_pnl_delta_and_state() -> None:
    said = plain(tiny_line(viewed(GOOD), 60))
    assert said.startswith("▲ +")
    assert "delta 70.2%" in said
    assert "engine" in said
    assert "HALT reduce" in plain(tiny_line(viewed(BAD), 60))


# ---- the gauge


def book(net: float | None, held: float, working: float) -> Book:
    return Book(equity=Decimal(10_000), account_age_s=3, net_pct=net, held=held, working=working)


def test_the_bar_keeps_held_working_and_the_limit_apart() -> None:
    bar, money = gauge_lines(book(62.4, 5412, 828), 70.0, 80)
    tones = [piece.tone for piece in bar if piece.tone in {"held", "working", "room", "limit"}]
    assert tones == ["held", "working", "room", "limit", "room"]
    assert "headroom 760 USD" in plain(money)


def test_exactly_at_the_limit_is_not_over_it() -> None:
    assert "OVER" not in plain(gauge_lines(book(70.0, 7000, 0), 70.0, 80)[0])
    assert "OVER 70.1" in plain(gauge_lines(book(70.1, 7010, 0), 70.0, 80)[0])


@pytest.mark.parametrize("net", [-40.0, 0.0, 250.0])
def test_the_bar_stays_within_its_width(net: float) -> None:
    assert [length(each) for each in gauge_lines(book(net, net * 100, 0), 70.0, 80)] == [80, 80]


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        (Book(equity=None, account_age_s=None, net_pct=None, held=0, working=0), "no account seen yet"),
        (Book(equity=Decimal(0), account_age_s=1, net_pct=None, held=0, working=0), "equity is not above zero"),
        (Book(equity=Decimal(9), account_age_s=95, net_pct=None, held=0, working=0), "account is 1m old"),
        (
            Book(equity=Decimal(9), account_age_s=5, net_pct=None, held=None, working=None, why="KO has no price"),
            "KO has no price",
        ),
    ],
)
def test_an_unknown_delta_says_why(changes: Book, because: str) -> None:
    bar, money = gauge_lines(changes, 70.0, 80)
    assert "unknown" in plain(bar)
    assert because in plain(money)


# ---- tables


def test_a_position_shows_its_numbers_in_its_columns() -> None:
    told = [[plain(cell).strip() for cell in row.cells] for row in desk.position_rows(dashboard(GOOD))]
    rows = {cells[0]: cells for cells in told}
    assert rows["NVDA"][1:6] == ["long", "14", "131.20", "132.88", "▲   +23.52"]
    assert rows["XOM"][1] == "short"
    assert rows["XOM"][5].startswith("▲")
    assert rows["AMD"][9] == "unknown"
    assert rows["AMD"][10] == "stop   -2.7%"


def test_the_queue_is_best_first_and_the_tape_newest_first() -> None:
    board = dashboard(BAD)
    scores = [row.score for row in board.queue]
    assert scores == sorted(scores, reverse=True)
    times = [row.at for row in board.tape]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [("", 12), ("msft", 2), ("MSFT blocked", 1), ("bullish open", 6), ("uw_zz", 0), ("concentration", 1)],
)
def test_every_word_of_the_filter_must_match(text: str, symbols: int) -> None:
    assert len(traces.trace_rows(GOOD.ledger, text)) == symbols


def test_columns_that_do_not_fit_leave_by_rank() -> None:
    columns = (Column("A", 10), Column("B", 10, rank=1), Column("C", 10, rank=2), Column("D", 10, flex=True))
    assert [place.column for place in places(columns, 60)] == [0, 1, 2, 3]
    assert [place.column for place in places(columns, 40)] == [0, 1, 3]
    assert [place.column for place in places(columns, 30)] == [0, 3]
    assert sum(place.width for place in places(columns, 60)) + 3 + 2 == 60


def test_the_whole_way_of_a_trade_is_a_timeline() -> None:
    told = good_day().told
    closed = next(row for row in GOOD.ledger if row.status == "closed")
    view = trace_view(closed.trace, [each for each in told if each.trace == closed.trace])
    assert view is not None
    words = [step.word for step in view.steps]
    entry = ["alert", "scored", "judged", "placed", "accepted", "filled", "opened"]
    assert words == [*entry, "exit", "placed", "filled", "closed", "belief"]
    assert (view.status, view.pnl) == ("closed", Decimal("12.40"))
    rows = traces.timeline_rows(view)
    placed = next(row for row in rows if plain(row.cells[2]) == "placed")
    assert placed.id == f"tg-MSFT-entry1-{closed.trace}"


def test_the_heat_map_adds_up_to_net_delta() -> None:
    shares = heat(GOOD)
    net = dashboard(GOOD).book.net_pct
    for cells in (shares.symbols, shares.sectors):
        assert sum(cell.pct or 0 for cell in cells) == pytest.approx(net)
        assert sum(cell.share for cell in cells) == pytest.approx(1)
    assert shade(next(cell for cell in shares.symbols if cell.name == "XOM")).startswith("short")
    assert all(length(each) <= 80 for each in heat_lines(shares, 80))


def test_an_empty_book_says_so() -> None:
    assert "Nothing is held" in plain(heat_lines(heat(State()), 80)[1])


# ---- text


def test_control_characters_never_reach_the_terminal() -> None:
    assert clean("a\x1b[31mb\nc") == "a·[31mb·c"


@given(st.text(max_size=40), st.text(max_size=10), st.integers(0, 60))
def test_a_fitted_line_has_exactly_its_width(first: str, second: str, width: int) -> None:
    pieces = line(first, Piece(second, "good"))
    assert length(fit(pieces, width)) == width
    assert length(crop(pieces, width)) <= width
    assert length(spread(pieces, line("right"), width)) == width


@pytest.mark.parametrize(
    "secret",
    ["API_SECRET_KEY=abc123def", "Authorization: Bearer abc123def", '{"token": "abc123def"}', "?key=abc123def"],
)
def test_secrets_are_struck_from_the_crash_log(secret: str) -> None:
    assert "abc123def" not in redact(f"GET {secret} failed")


def test_the_story_begins_before_the_session_time_it_shows() -> None:
    assert viewed(GOOD).session_now == GOOD.at
    assert GOOD.at is not None
    assert GOOD.at > START


# ---- the broker


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reconciled_at": None}, "books not compared yet"),
        ({"reconciles": True, "differences": {"IWM": MISSING}}, "books differ: IWM"),
        ({"reconciles": False, "differences": {}}, ""),
    ],
)
@pytest.mark.parametrize("width", [80, 120])
def test_books_that_keep_entries_waiting_are_told_at_every_width(
    changes: dict[str, object], words: str, width: int
) -> None:
    said = plain(status_lines(viewed(replace(GOOD, **changes)), width)[1])
    assert words in said
    assert ("books" in said) == bool(words)


REFUSED = "Alpaca refused the keys (unauthorized. Try others). Next: check the key variables; paper keys are for paper."


@pytest.mark.parametrize(
    ("differences", "words"), [({}, "Alpaca refused the keys"), ({"IWM": MISSING}, "books differ: IWM")]
)
@pytest.mark.parametrize("width", [80, 120, 240])
def test_a_venue_that_refuses_the_keys_is_told_before_books_that_were_not_compared(
    differences: dict[str, object], words: str, width: int
) -> None:
    state = replace(GOOD, reconciled_at=None, differences=differences)
    state.venue = replace(state.venue, unavailable=REFUSED)
    said = plain(status_lines(viewed(state), width)[1])
    assert words in said
    assert "not compared" not in said
    assert (REFUSED in said) == (width == 240 and not differences)


def test_an_open_circuit_is_told_in_place_of_a_venue_that_is_well() -> None:
    view = viewed(GOOD)
    open_circuit = {**view.gauges, "venue": Gauge(at=view.wall, body={"circuit": {"state": "open"}})}
    assert "venue circuit open" in plain(status_lines(replace(view, gauges=open_circuit), 120)[1])
