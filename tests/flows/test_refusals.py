"""Refusals of a venue through the whole engine: told by `tidegate trace`, one request each, and nothing is lost."""

from collections import Counter
from pathlib import Path

import pytest

from tidegate.cli import run
from tidegate.core.domain import events as e

pytest.importorskip("alpaca", reason="the extra [alpaca] is not installed")
from scripts.rehearsal.stage import Rehearsal
from tidegate.sandbox.alpaca import Failure, Plan

WORDS = {
    "insufficient buying power": (403, 40310000),
    "potential wash trade detected. use complex orders": (403, 40310000),
    "trading in this symbol is halted": (422, 42210000),
    "market is closed": (422, 42210000),
}
ONE_EACH = Plan(
    faults=[
        Failure(method="POST", path="/v2/orders", status=status, code=code, message=words, count=1)
        for words, (status, code) in WORDS.items()
    ]
)
HELD = "insufficient qty available for order (requested: 1, available: 0)"
NO_WAY_OUT = Plan(
    faults=[Failure(method="POST", path="/v2/orders", status=403, code=40310000, message=HELD, skip=1)],
)


def posts(show: Rehearsal) -> Counter[str]:
    """Orders that the venue was asked to take, by client order id."""
    requests = show.box.call(lambda box: list(box.requests))
    return Counter(each.client_order_id for each in requests if each.method == "POST" and each.path == "/v2/orders")


def refusals(show: Rehearsal) -> list[tuple[str, e.OrderRejected]]:
    return [(each.trace, each.event) for each in show.events() if isinstance(each.event, e.OrderRejected)]


@pytest.mark.long
def test_each_refusal_costs_one_request_and_stands_in_the_trace_with_code_and_next_action(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Rehearsal(tmp_path, start=43.0, minutes=4.0, speed=40.0) as show:
        show.box.call(lambda box: box.faults.set(ONE_EACH))
        assert show.engine().wait() == 0
        assert show.disagreements() == []
        assert set(posts(show).values()) == {1}
        found = refusals(show)
    assert len(found) >= len(WORDS) - 1  # a late signal may find its price too old on a slow machine
    for trace, refused in found:
        assert run(["trace", trace, "--state-dir", str(show.state_dir)]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert f"rejected {refused.code} {refused.reason}" in told
    heard = [(words, refused.code) for _, refused in found for words in WORDS if f"({words}). Next: " in refused.reason]
    assert len(set(heard)) == len(heard) == len(found)
    assert set(heard) <= {(words, str(code)) for words, (_, code) in WORDS.items()}


@pytest.mark.long
def test_exits_that_are_refused_again_and_again_are_tried_with_growing_pauses(tmp_path: Path) -> None:
    with Rehearsal(tmp_path, minutes=10.0, speed=60.0) as show:
        show.box.call(lambda box: box.faults.set(NO_WAY_OUT))
        assert show.engine().wait() == 0
        assert show.disagreements() == []
        sent = posts(show)
        found = refusals(show)
        position = next(iter(show.state().positions.values()))
    assert set(sent.values()) == {1}
    assert len(sent) == len(found) + 1
    exits = [trace for trace, _ in found if trace == position.entry.trace]
    assert 1 <= len(exits) <= 2 * 10 + 8  # a minute apart in the end, for stops and exits
