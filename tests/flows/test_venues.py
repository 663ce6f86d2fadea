"""The recorded session through a real protocol: the same trades as on paper, and equal books when much goes wrong."""

from pathlib import Path

import pytest

from core.domain import events as e
from tidegate import boot

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from rehearsal import Rehearsal

from tidegate.sandbox.alpaca import (
    Drop,
    Duplicate,
    Failure,
    Missing,
    Plan,
    RateLimit,
    RemoveFields,
    Reorder,
    SetField,
    Slow,
    Text,
)

EXACT = ("executors.paper.slippage_bps=0", "executors.paper.partial_pct=0")
HARSH = Plan(
    faults=[
        RateLimit(method="POST", path="/v2/orders", chance=0.15, reset_s=0.5),
        RateLimit(method="GET", path="/v2/*", chance=0.05, reset_s=0.3),
        Failure(path="/v2/*", chance=0.05),
        Failure(method="POST", path="/v2/orders", status=500, chance=0.05, late=True),
        Text(path="/v2/*", chance=0.03),
        Text(method="POST", path="/v2/orders", chance=0.05, late=True),
        Slow(method="GET", path="/v2/*", chance=0.05, seconds=0.2),
        Drop(method="POST", path="/v2/orders", chance=0.05),
        Drop(method="POST", path="/v2/orders", chance=0.08, late=True),
        Drop(method="DELETE", path="/v2/orders/*", chance=0.1, late=True),
        SetField(method="GET", path="/v2/orders*", field="order_class", value="quantum", chance=0.1),
        RemoveFields(method="GET", path="/v2/account", fields=["multiplier", "sma"], chance=0.3),
        Duplicate(chance=0.2),
        Reorder(chance=0.2),
        Missing(chance=0.2),
    ]
)

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


@pytest.mark.slow
def test_the_session_makes_the_same_trades_through_http_as_on_paper(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, minutes=16.0, speed=40.0) as show:
        assert show.engine().wait() == 0
        assert show.disagreements() == []
        through_http = trades(show.events())
        show.state_dir = tmp_path / "paper"
        boot.run(boot.configure(state_dir=show.state_dir, files=[show.recording], sets=EXACT), speed=None)
        on_paper = trades(show.events())
    assert through_http == on_paper
    assert len(on_paper[0]) >= 4


@pytest.mark.slow
def test_at_a_venue_where_much_goes_wrong_both_books_end_equal_to_the_cent_and_the_share(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, minutes=25.0, speed=60.0) as show:
        show.box.call(lambda box: box.faults.set(HARSH))
        child = show.engine()
        assert child.wait() == 0, (tmp_path / "engine.log").read_text()[-2000:]
        injected = show.box.call(lambda box: {fault.kind for fault in box.faults.log})
        assert show.disagreements() == []
    assert len(injected) >= 5
