"""Numbers that no market has."""

from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest
from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.values import Bar, Quote, Reading
from tidegate.core.plausibility import strange
from tidegate.testing import an_alert

OPEN = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
GOOD = Quote(symbol="SPY", at=OPEN, last=100.0, bid=99.9, ask=100.1)
BAR = Bar(symbol="SPY", start=OPEN, end=OPEN + timedelta(minutes=1), open=1.0, high=2.0, low=0.5, close=1.5)
READING = Reading(name="iv_rank", at=OPEN, value=0.0, max_age_s=60.0)


@pytest.mark.parametrize(
    "fact",
    [
        e.QuoteSeen(source="x", quote=GOOD),
        e.QuoteSeen(source="x", quote=replace(GOOD, bid=None, ask=None)),
        e.BarSeen(source="x", bar=BAR),
        e.ReadingSeen(source="x", reading=READING),
        e.ReadingSeen(source="x", reading=replace(READING, value=-3.0)),
        e.AlertReceived(source="x", alert=an_alert()),
        e.SourceFailed(source="x", reason="no"),
    ],
)
def test_numbers_that_can_be_pass(fact: e.Fact) -> None:
    assert strange(fact) == ""


@pytest.mark.parametrize("number", [nan, inf, -inf])
def test_what_is_no_number_is_told(number: float) -> None:
    facts = (
        e.QuoteSeen(source="x", quote=replace(GOOD, bid=number)),
        e.BarSeen(source="x", bar=replace(BAR, low=number)),
        e.ReadingSeen(source="x", reading=replace(READING, value=number)),
        e.ReadingSeen(source="x", reading=replace(READING, max_age_s=number)),
        e.AlertReceived(source="x", alert=an_alert(premium=number)),
        e.AlertReceived(source="x", alert=an_alert(ask_premium=number)),
        e.AlertReceived(source="x", alert=an_alert(underlying_price=number)),
    )
    assert [fact for fact in facts if not strange(fact)] == []
