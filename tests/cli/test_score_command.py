"""`tidegate score`: the sum a person can check by hand."""

import json
from pathlib import Path

import pytest

from tests.demo import Demo
from tidegate import cli


@pytest.fixture(scope="module")
def day(demo: Demo) -> Path:
    return demo.folder


def test_the_lines_add_up_to_the_score(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    scores = []
    for symbol in ("SPY", "NVDA", "QQQ", "TSLA", "AAPL"):
        assert cli.run(["score", symbol, "--state-dir", str(day), "--json"]) == 0
        scores += json.loads(capsys.readouterr().out)
    for each in scores:
        known = [part for part in each["components"].values() if part["value"] is not None]
        mean = sum(p["value"] * p["weight"] * p["multiplier"] for p in known) / (sum(p["weight"] for p in known) or 1)
        whole = min(8.0, max(0.0, 8.0 * mean)) * each["freshness"] * each["regime_modifier"]
        assert each["score"] == pytest.approx(whole)
        assert each["components"]["dark_pool"]["value"] is None


def test_a_person_sees_what_is_unknown_in_words(day: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.run(["score", "spy", "--state-dir", str(day)]) == 0
    said = capsys.readouterr().out
    assert "SPY bullish" in said
    assert "SPY bearish" in said
    assert "unknown" in said


def test_a_symbol_nobody_spoke_of_is_the_users_mistake(day: Path) -> None:
    assert cli.run(["score", "NOSUCH", "--state-dir", str(day)]) == 2
