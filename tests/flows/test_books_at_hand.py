"""A broker's list that lacks what is there, and shares that a person buys, while the installed engine runs."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.flows.installed import Installed
from tidegate.core.domain.events import DifferenceFound
from tidegate.core.domain.settings import Orders

pytest.importorskip("aiohttp", reason="the sandbox needs it")
pytest.importorskip("alpaca", reason="the executor needs it")
from tests.flows.at_the_broker import at_the_broker
from tidegate.sandbox.alpaca import Sandbox
from tidegate.sandbox.plan import Text

pytestmark = pytest.mark.slow
QUIET = timedelta(seconds=Orders().settle_s + 0.5)
EMPTY = Text(method="GET", path="/v2/positions", status=200, text="[]", content_type="application/json", count=1)


def empty_once(box: Sandbox) -> None:
    box.faults.add(EMPTY)


def bought_by_hand(box: Sandbox) -> None:
    box.order_entry.give("NVDA", Decimal(50), Decimal(460))


def bought(copy: Installed) -> None:
    """The engine has bought AMD, and long enough ago for a difference to count."""
    copy.tell("AMD")
    copy.until(lambda: "AMD" in copy.state().positions and not copy.state().busy)
    copy.until(lambda: copy.state().now - copy.state().positions["AMD"].updated_at > QUIET)


def test_one_empty_answer_of_the_positions_list_changes_nothing(tmp_path: Path) -> None:
    with at_the_broker(tmp_path, reconcile_s=0.2) as (copy, box):
        bought(copy)
        before = copy.state().positions["AMD"]
        box.call(empty_once)
        copy.until(lambda: copy.events("DifferenceFound"))
        copy.until(lambda: not copy.state().lacking and copy.state().positions)
        after = copy.state().positions["AMD"]
        assert (after.entry, after.quantity, after.opened_at) == (before.entry, before.quantity, before.opened_at)
        assert copy.events("PositionClosed", "OrderCanceled", "BeliefUpdated") == []
    (found,) = copy.events("DifferenceFound")
    assert isinstance(found.event, DifferenceFound)
    assert (found.event.symbol, found.event.theirs) == ("AMD", Decimal(0))


def test_shares_bought_by_hand_are_never_sold_and_stand_beside_ours_in_reconcile(tmp_path: Path) -> None:
    with at_the_broker(tmp_path, reconcile_s=0.2) as (copy, box):
        bought(copy)
        box.call(bought_by_hand)
        copy.until(lambda: "NVDA" in copy.state().ignored)
        assert copy.run("halt", "flatten", "--yes").returncode == 0
        copy.until(lambda: not copy.state().positions)
        assert box.call(lambda venue: venue.book.account.quantity("NVDA")) == 50
        shown = copy.run("reconcile").stdout
    assert "NVDA" in shown
    assert "left alone; --adopt or --flatten ends that" in shown
