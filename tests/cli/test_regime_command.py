"""`tidegate regime --history`: a century's panics are found, calm years have none, and bad files are told of."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from tests.demo import Demo
from tests.needs import SHARED, needs_shared
from tidegate import cli
from tidegate.closes import read_closes
from tidegate.core.domain.regimes.history import RegimeDay, history, years
from tidegate.core.domain.settings import RegimeRules
from tidegate.core.domain.values import Regime
from tidegate.core.errors import InputError

ROOT = Path(__file__).parents[2]
SLICE = ROOT / "tests" / "data" / "prices" / "sp500_2008.csv"
WHOLE = SHARED / "data" / "prices" / "sp500_index.csv.gz"


def days_of(file: Path) -> list[RegimeDay]:
    return list(history(read_closes(file).days, RegimeRules()))


def panics(days: list[RegimeDay], month: str) -> int:
    return sum(day.regime is Regime.PANIC for day in days if day.date.isoformat().startswith(month))


def test_october_and_november_2008_are_panic() -> None:
    days = days_of(SLICE)
    assert panics(days, "2008-10") == sum(day.date.month == 10 for day in days)
    assert panics(days, "2008-11") == sum(day.date.month == 11 for day in days)
    assert panics(days, "2008-08") == 0


@needs_shared
def test_33_years_have_their_panics_where_history_has_them_and_fewer_than_12_changes_a_year() -> None:
    days = days_of(WHOLE)
    for month in ("2008-10", "2008-11", "2011-08", "2020-03"):
        assert panics(days, month) >= 15, month
    assert [panics(days, calm) for calm in ("1995", "2017", "2021")] == [0, 0, 0]
    found = years(days)
    assert sum(year.changes for year in found.values()) / len(found) < 12


@needs_shared
def test_the_documented_table_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["regime", "--history", str(WHOLE)]) == 0
    page = (ROOT / "docs" / "regimes.md").read_text()
    for line in capsys.readouterr().out.splitlines()[1:-1]:
        assert "| " + " | ".join(line.split()) + " |" in page


def test_the_json_has_days_with_inputs_and_years(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["regime", "--history", str(SLICE), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    last = told["days"][-1]
    assert last["date"] == "2008-12-31"
    assert set(last) == {"date", "regime", "confidence", "inputs"}
    assert sum(told["years"]["2008"]["days"].values()) == len(told["days"])
    assert told["days"][0]["regime"] == "UNKNOWN"
    assert told["days"][0]["inputs"] == {}


def test_what_comes_later_never_changes_an_earlier_day() -> None:
    closes = read_closes(SLICE).days
    half = list(history(closes[:70], RegimeRules()))
    assert half == list(history(closes, RegimeRules()))[:70]


def test_gzip_american_dates_and_days_without_a_value_are_read(tmp_path: Path) -> None:
    file = tmp_path / "vix.csv.gz"
    file.write_bytes(gzip.compress(b"Date,vix\n1/3/2014,13.76\n1/20/2014,.\n1/21/2014,12.87\n"))
    closes = read_closes(file)
    assert closes.days == [(date(2014, 1, 3), 13.76), (date(2014, 1, 21), 12.87)]
    assert closes.skipped == 1


def test_all_bad_rows_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "closes.csv"
    file.write_text("date,open,close\n2020-01-02,1,100\n2020-01-02,1,101\nsoon,1,5\n2020-01-06,1,-4\n2020-01-07\n")
    with pytest.raises(InputError) as raised:
        read_closes(file)
    said = str(raised.value)
    assert [f"line {number}:" in said for number in (2, 3, 4, 5, 6)] == [False, True, True, True, True]


@pytest.mark.parametrize("content", [b"", b"a,b,c\n1,2,3\n", b"\xff\xfe\x00", b"\x1f\x8bbroken"])
def test_a_file_that_is_no_history_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "closes.csv"
    file.write_bytes(content)
    assert cli.run(["regime", "--history", str(file)]) == 2


def test_the_regime_now_is_read_from_the_journal(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["regime", "--state-dir", str(demo.folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["regime"] in set(Regime)
    assert told["closes"] > 20
