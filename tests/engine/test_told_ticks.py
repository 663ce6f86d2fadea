"""Ticks that a recording tells take the place of the inbox's own, for as long as it tells them."""

import asyncio
from datetime import UTC, datetime, timedelta

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Quote
from tidegate.core.inbox import SessionInbox

T0 = datetime(2025, 10, 15, 13, 30, tzinfo=UTC)
TICK_S = 10.0


def at(second: float) -> datetime:
    return T0 + timedelta(seconds=second)


def told(second: float, cursor: int = 1) -> tuple[datetime, e.Fact]:
    return at(second), e.Tick(source="unusual_whales", cursor=cursor)


def quoted(second: float) -> tuple[datetime, e.Fact]:
    return at(second), e.QuoteSeen(source="unusual_whales", cursor=2, quote=Quote(symbol="A", at=at(second), last=1.0))


def taken(*items: tuple[datetime, e.Fact], state: State) -> list[tuple[float, bool]]:
    """Every tick that an inbox gives out for the items of a recording: its second, and whether it was told."""
    inbox = SessionInbox(tick_s=TICK_S, speed=None)
    lane = inbox.lane()
    asyncio.run(lane.put(items))
    lane.close()
    state.at = state.at or items[0][0]
    ticks = []
    while (item := inbox.poll(state)) is not None:
        known, fact = item
        fold(state, e.Recorded(state.seq + 1, max(known, state.now), "", fact))  # type: ignore[arg-type] # a fact is an event
        if isinstance(fact, e.Tick):
            ticks.append(((known - T0).total_seconds(), fact.source != ""))
    return ticks


def test_a_recording_that_tells_ticks_has_no_others() -> None:
    state = State()
    said = (told(0), quoted(1), quoted(9), told(10.25), quoted(19.5), told(20.75), quoted(30.5), told(900), quoted(901))
    assert taken(*said, state=state) == [(0, True), (10.25, True), (20.75, True), (900, True)]


def test_a_recording_that_tells_no_more_of_them_has_our_own_again() -> None:
    ticks = taken(told(0), quoted(29), quoted(45), quoted(52), state=State())
    assert ticks == [(0, True), (35, False), (45, False)]


def test_a_recording_that_begins_to_tell_them_late_had_ours_before() -> None:
    assert taken(quoted(0), quoted(12), told(13), quoted(24), state=State()) == [(0, False), (10, False), (13, True)]


def test_an_engine_that_is_started_again_between_two_told_ticks_adds_none_and_knows_its_place() -> None:
    state = State()
    assert taken(told(0, cursor=41), state=state) == [(0, True)]
    assert state.cursors == {"unusual_whales": 41}
    assert taken(quoted(14), told(15), state=state) == [(15, True)]
