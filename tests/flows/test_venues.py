"""The recorded session through a real protocol: the same trades as on paper, and equal books when much goes wrong."""

from pathlib import Path

import pytest

from tidegate import boot
from tidegate.core.domain import events as e

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from scripts.rehearsal.rehearse import play
from scripts.rehearsal.stage import Rehearsal

EXACT = ("executors.paper.slippage_bps=0", "executors.paper.partial_pct=0", "exits.time_limit.minutes=1.5")
HURRIED = "[exits.time_limit]\nminutes = 1.5\n"  # six positions open within a minute, and all of them close soon after
Trades = dict[str, tuple[object, ...]]


def trades(events: list[e.Recorded]) -> tuple[Trades, Trades]:
    """Opened and closed positions by trace: what does not depend on a cent of the price."""
    opened: Trades = {}
    closed: Trades = {}
    for record in events:
        match record.event:
            case e.PositionOpened(symbol=symbol, entry=entry):
                opened[record.trace] = (symbol, entry.score, entry.regime_modifier, entry.ignition_status)
            case e.PositionClosed(outcome=outcome):
                closed[record.trace] = (outcome.symbol, outcome.quantity, outcome.reasons)
            case _:
                pass
    return opened, closed


@pytest.mark.long
def test_the_session_makes_the_same_trades_through_http_as_on_paper(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, start=42.0, minutes=6.5, speed=40.0, settings=HURRIED) as show:
        assert show.engine().wait() == 0
        assert show.disagreements() == []
        through_http = trades(show.events())
        show.state_dir = tmp_path / "paper"
        boot.run(boot.configure(state_dir=show.state_dir, files=[show.recording], sets=EXACT), speed=None)
        on_paper = trades(show.events())
    assert through_http == on_paper
    assert len(on_paper[0]) >= 4


@pytest.mark.long
def test_at_the_harshest_venue_both_books_end_equal_and_every_fault_has_an_answer(tmp_path: Path) -> None:
    told = play(tmp_path, minutes=25.0, speed=60.0, seed=7)
    assert told.code == 0, (tmp_path / "engine.log").read_text()[-2000:]
    assert told.disagreements == []
    assert told.unanswered == []
    assert len(told.kinds()) >= 9
    assert told.counts["OrderPlaced"] > 0
