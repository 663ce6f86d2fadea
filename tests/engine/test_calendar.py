"""The exchange's calendar: the table in the package against rules, against a library, and against a broker's clock."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import TradingSession, boot, clock_disagreement, is_open, session_of, trading_day
from tidegate.core import calendar
from tidegate.core.errors import CalendarError

ROOT = Path(__file__).parents[2]
YEARS, DEPARTURES = calendar.parse(calendar.TABLE.read_text())
DAYS = st.dates(date(YEARS[0], 1, 1), date(YEARS[-1], 12, 31))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def of(day: str) -> TradingSession:
    session = session_of(date.fromisoformat(day))
    assert session is not None
    return session


@pytest.mark.parametrize(
    ("day", "opened", "closed", "half"),
    [
        ("2025-10-15", "13:30", "20:00", False),  # summer time
        ("2025-03-07", "14:30", "21:00", False),  # the last day of winter time
        ("2025-03-10", "13:30", "20:00", False),  # the first of summer time
        ("2025-10-31", "13:30", "20:00", False),
        ("2025-11-03", "14:30", "21:00", False),
        ("2025-11-28", "14:30", "18:00", True),  # the day after Thanksgiving
        ("2025-07-03", "13:30", "17:00", True),
        ("2024-12-24", "14:30", "18:00", True),
        ("2020-03-18", "13:30", "20:00", False),  # halted within the day, which no calendar knows
    ],
)
def test_a_session_has_its_hours_in_utc(day: str, opened: str, closed: str, half: bool) -> None:
    session = of(day)
    assert (session.open, session.close) == (utc(f"{day}T{opened}"), utc(f"{day}T{closed}"))
    assert (session.day, session.half_day) == (date.fromisoformat(day), half)


@pytest.mark.parametrize(
    "day",
    [
        "2025-10-18",  # a Saturday
        "2025-10-19",
        "2025-01-01",
        "2025-01-09",  # a president's funeral
        "2025-04-18",  # Good Friday
        "2025-07-04",
        "2025-11-27",
        "2025-12-25",
        "2026-07-03",  # Independence Day, kept on Friday
        "2022-06-20",  # Juneteenth, kept on Monday
    ],
)
def test_weekends_and_holidays_have_no_session(day: str) -> None:
    assert session_of(date.fromisoformat(day)) is None
    assert not is_open(utc(f"{day}T15:00"))


def test_a_new_year_on_a_saturday_is_not_kept_on_the_friday_before() -> None:
    assert not of("2021-12-31").half_day
    assert of("2021-06-18").day == date(2021, 6, 18), "Juneteenth was no holiday of the exchange before 2022"


def test_the_open_is_inside_and_the_close_is_not() -> None:
    session, moment = of("2025-10-15"), timedelta(microseconds=1)
    assert not is_open(session.open - moment)
    assert is_open(session.open)
    assert is_open(session.close - moment)
    assert not is_open(session.close)


def test_the_trading_day_is_new_yorks() -> None:
    assert trading_day(utc("2025-10-16T03:59:59")) == date(2025, 10, 15)
    assert trading_day(utc("2025-10-16T04:00")) == date(2025, 10, 16)
    assert trading_day(utc("2025-12-16T04:30")) == date(2025, 12, 15)


@given(day=DAYS)
def test_a_session_lies_within_its_new_york_day_and_lasts_three_and_a_half_or_six_and_a_half_hours(day: date) -> None:
    session = session_of(day)
    assert (session is None) == (day.weekday() >= 5 or DEPARTURES.get(day, session) is None)
    if session is not None:
        assert trading_day(session.open) == trading_day(session.close) == day
        assert session.close - session.open == timedelta(hours=3.5 if session.half_day else 6.5)


def test_the_table_says_what_the_library_says() -> None:
    pytest.importorskip("exchange_calendars")
    computed = {day: close for year in YEARS for day, close in calendar.from_library(year).items()}
    assert computed == DEPARTURES


def test_a_year_outside_the_table_is_asked_of_the_library() -> None:
    pytest.importorskip("exchange_calendars")
    assert YEARS[-1] < 2031
    assert session_of(date(2031, 7, 4)) is None
    assert of("2031-11-28").half_day
    assert not of("2031-12-01").half_day


def test_a_year_that_nobody_knows_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(CalendarError, match="1972"):
        session_of(date(1972, 5, 2))


def test_without_the_library_the_error_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['exchange_calendars'] = None\n"
        "from datetime import date; from tidegate import CalendarError, session_of\n"
        "assert session_of(date(2025, 10, 15))\n"
        "try: session_of(date(2031, 1, 2))\n"
        "except CalendarError as error: print(error)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout.strip() == "no exchange calendar for 2031: install tidegate[calendar]"


def test_the_years_of_the_table_need_no_library() -> None:
    code = (
        "import sys; from datetime import date, timedelta; from tidegate import session_of\n"
        "sum(session_of(date(2025, 1, 1) + timedelta(days=n)) is not None for n in range(365))\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"exchange_calendars", "pandas", "numpy"} & set(ran.stdout.split())


# ---- the broker's clock


@pytest.mark.parametrize("at", ["2025-10-15T15:00", "2025-10-15T22:00", "2025-11-27T16:00", "2025-11-28T18:30"])
def test_a_clock_that_agrees_is_not_worth_a_word(at: str) -> None:
    assert clock_disagreement(utc(at), is_open=is_open(utc(at))) is None


@pytest.mark.parametrize(
    ("at", "told", "sentence"),
    [
        (
            "2025-10-15T15:00",
            False,
            "the broker's clock says closed at 2025-10-15 11:00, the calendar says open (09:30 to 16:00 New York)",
        ),
        (
            "2025-11-28T18:30",
            True,
            "the broker's clock says open at 2025-11-28 13:30, the calendar says closed (09:30 to 13:00 New York)",
        ),
        (
            "2025-12-25T15:00",
            True,
            "the broker's clock says open at 2025-12-25 10:00, the calendar says closed (no session)",
        ),
    ],
)
def test_a_clock_that_disagrees_is_told_in_a_sentence(at: str, told: bool, sentence: str) -> None:
    assert clock_disagreement(utc(at), is_open=told) == sentence


@pytest.mark.parametrize("told", [True, False])
def test_within_a_minute_of_the_edges_both_answers_are_right(told: bool) -> None:
    session, minute = of("2025-10-15"), timedelta(minutes=1)
    for edge in (session.open, session.close):
        assert clock_disagreement(edge - minute, is_open=told) is None
        assert clock_disagreement(edge + minute, is_open=told) is None
    assert clock_disagreement(session.open - minute * 2, is_open=True) is not None
    assert clock_disagreement(session.open + minute * 2, is_open=False) is not None


def test_a_year_without_a_calendar_is_told_too() -> None:
    assert "1972" in str(clock_disagreement(utc("1972-05-02T15:00"), is_open=True))


@pytest.mark.parametrize(("wait", "at_night"), [("true", False), ("false", True)])
def test_exits_wait_for_the_open_unless_a_setting_says_otherwise(wait: str, *, at_night: bool, tmp_path: Path) -> None:
    (tmp_path / "none.jsonl").touch()
    ready = boot.configure(state_dir=tmp_path, files=[tmp_path / "none.jsonl"], sets=[f"orders.wait_for_open={wait}"])
    opens = ready.host.timed(ready.host.rules()).is_open
    assert opens(utc("2025-10-15T14:00"))
    assert opens(utc("2025-10-15T03:00")) is at_night
    assert opens(utc("1972-05-02T03:00"))  # a year that no table covers
