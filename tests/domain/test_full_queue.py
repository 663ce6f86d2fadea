"""A full queue: what it drops, and what it must not; and pauses that end."""

from datetime import timedelta

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.settings import Orders, Queue
from tidegate.core.domain.signals.queueing import backoff_s, enqueue
from tidegate.core.domain.state import QueueItem, State
from tidegate.testing import NOW, a_signal, a_state

FULL = Queue(max_items=2)


def queue(*items: tuple[float, bool]) -> State:
    """Items of some scores, each in flight or waiting."""
    state = a_state()
    for number, (score, in_flight) in enumerate(items):
        trace = f"uw_{number:016x}"
        signal = a_signal(trace=trace, score=score)
        state.queue[trace] = QueueItem(signal, NOW, NOW + timedelta(minutes=9), 1, "429", in_flight=in_flight)
    return state


@pytest.mark.parametrize(
    ("items", "dropped"),
    [
        pytest.param(((3.0, False), (5.0, False)), "uw_0000000000000000", id="the lowest score goes"),
        pytest.param(((3.0, True), (3.5, False)), "uw_0000000000000001", id="never one that may be at the venue"),
        pytest.param(((3.0, True), (3.5, True)), "uw_00000000000000ff", id="then the new one"),
        pytest.param(((4.5, False), (5.0, False)), "uw_00000000000000ff", id="nor a better one"),
    ],
)
def test_a_full_queue_drops_the_lowest_score_that_waits(items: tuple[tuple[float, bool], ...], dropped: str) -> None:
    new = a_signal(trace="uw_00000000000000ff", score=4.0)
    follows = enqueue(new, queue(*items), FULL, "429")
    assert [trace for trace, event in follows if isinstance(event, e.QueueDropped)] == [dropped]


@pytest.mark.parametrize(("attempt", "pause_s"), [(1, 1.0), (2, 2.0), (6, 32.0), (7, 60.0), (8, 60.0), (5000, 60.0)])
def test_pauses_double_up_to_the_longest_however_often_it_was_tried(attempt: int, pause_s: float) -> None:
    assert backoff_s(attempt, Orders()) == pause_s
