"""When outside calls are tried again, how requests are shared, and when a venue is left alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st

from tidegate import (
    Budget,
    Circuit,
    LimitedError,
    Priority,
    TransientError,
    UnsureError,
    budget_for,
    call_error,
    circuit_for,
    may_pass,
    pause_s,
    resilience_gauges,
    retrying,
    wait_asked,
)
from tidegate.core.errors import VenueError

NOW = datetime(2026, 10, 8, 15, 0, tzinfo=UTC)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def date(self) -> datetime:
        return NOW + timedelta(seconds=self.at - 1000.0)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.at += seconds
        await asyncio.sleep(0)


# ---- what may be tried again


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 520, None])
def test_overload_and_outages_may_pass(status: int | None) -> None:
    assert may_pass(status)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422])
def test_answers_are_final(status: int) -> None:
    assert not may_pass(status)


@pytest.mark.parametrize("status", [500, 502, 503, 504, None])
def test_a_post_that_may_have_arrived_is_unsure_and_a_question_is_not(status: int | None) -> None:
    assert type(call_error("", method="POST", status=status)) is UnsureError
    assert type(call_error("", method="patch", status=status)) is UnsureError
    assert type(call_error("", method="GET", status=status)) is TransientError
    assert type(call_error("", method="DELETE", status=status)) is TransientError


def test_a_post_that_never_left_and_one_that_met_a_rate_limit_changed_nothing() -> None:
    assert type(call_error("", method="POST", sent=False)) is TransientError
    assert type(call_error("", method="POST", status=429)) is LimitedError


# ---- for how long


def test_retry_after_is_seconds_or_a_date() -> None:
    assert wait_asked(503, {"Retry-After": "7"}, NOW) == 7.0
    later = format_datetime(NOW + timedelta(seconds=40), usegmt=True)
    assert wait_asked(503, {"retry-after": later}, NOW) == 40.0


def test_the_reset_of_a_rate_limit_is_epoch_seconds() -> None:
    headers = {"X-Ratelimit-Reset": str(int(NOW.timestamp()) + 12)}
    assert wait_asked(429, headers, NOW) == 12.0
    assert wait_asked(503, headers, NOW) is None  # it comes with every answer


def test_the_later_of_two_wishes_counts() -> None:
    headers = {"Retry-After": "30", "X-RateLimit-Reset": str(int(NOW.timestamp()) + 12)}
    assert wait_asked(429, headers, NOW) == 30.0


def test_a_wrong_clock_here_does_not_change_the_pause() -> None:
    there = NOW + timedelta(minutes=20)
    headers = {"Date": format_datetime(there, usegmt=True), "X-RateLimit-Reset": str(int(there.timestamp()) + 9)}
    assert wait_asked(429, headers, NOW) == 9.0


@pytest.mark.parametrize("text", ["", "soon", "-5", "99999999", "nan", "inf"])
def test_nonsense_is_no_wish_or_none_at_all(text: str) -> None:
    assert wait_asked(429, {"Retry-After": text, "X-RateLimit-Reset": text}, NOW) in (None, 0.0)


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_pauses_double_up_to_the_cap_and_vary_by_half(attempt: int, chance: float) -> None:
    pause = pause_s(attempt, first_s=1.0, cap_s=60.0, chance=lambda: chance)
    full = min(60.0, 2.0 ** min(attempt - 1, 60))
    assert full / 2 <= pause <= full


# ---- trying again


@pytest.fixture
def at_once() -> Iterator[None]:
    stamina.set_testing(True, attempts=100, cap=True)
    yield
    stamina.set_testing(False)


def failing(*errors: Exception) -> tuple[Callable[[], Awaitable[str]], list[int]]:
    left, calls = list(errors), []

    async def call() -> str:
        calls.append(1)
        if left:
            raise left.pop(0)
        return "answer"

    return call, calls


@pytest.mark.usefixtures("at_once")
def test_what_may_pass_is_tried_again_until_it_does() -> None:
    call, calls = failing(TransientError("503"), LimitedError("429", wait_s=1.0), TransientError("no route"))
    assert asyncio.run(retrying(call, attempts=4)) == "answer"
    assert len(calls) == 4


@pytest.mark.usefixtures("at_once")
def test_the_last_error_comes_through() -> None:
    call, calls = failing(*(TransientError(str(number)) for number in range(9)))
    with pytest.raises(TransientError, match="2"):
        asyncio.run(retrying(call, attempts=3))
    assert len(calls) == 3


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    "error", [UnsureError("lost"), VenueError("refused"), ValueError("bug"), LimitedError("later", wait_s=61.0)]
)
def test_what_must_not_be_repeated_is_not(error: Exception) -> None:
    call, calls = failing(error)
    with pytest.raises(type(error)):
        asyncio.run(retrying(call))
    assert len(calls) == 1


@pytest.mark.usefixtures("at_once")
def test_a_pause_longer_than_the_call_may_take_ends_it() -> None:
    call, calls = failing(LimitedError("later", wait_s=6.0))
    with pytest.raises(LimitedError):
        asyncio.run(retrying(call, within_s=5.0))
    assert len(calls) == 1


# ---- budgets


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    clock = Clock()

    async def scene() -> None:
        budget = Budget(60.0, burst=5.0, clock=clock.now, sleep=clock.sleep)
        for _ in range(5):
            await budget.take(Priority.EXIT)
        assert clock.at == 1000.0
        for _ in range(3):
            await budget.take(Priority.EXIT)
        assert clock.at == pytest.approx(1003.0)

    asyncio.run(scene())


def test_the_most_urgent_is_served_first_and_then_who_came_first() -> None:
    clock, served = Clock(), []

    async def scene() -> None:
        budget = Budget(60.0, burst=1.0, clock=clock.now, sleep=clock.sleep)
        await budget.take(Priority.EXIT)

        async def caller(name: str, priority: Priority) -> None:
            await budget.take(priority)
            served.append(name)

        names = ("quote1", "quote2", "entry1", "exit1", "book1", "entry2", "exit2")
        ranks = {"q": Priority.QUOTE, "e": Priority.ENTRY, "b": Priority.RECONCILE, "x": Priority.EXIT}
        kinds = [ranks["x"] if name.startswith("exit") else ranks[name[0]] for name in names]
        await asyncio.gather(*(caller(name, kind) for name, kind in zip(names, kinds, strict=True)))

    asyncio.run(scene())
    assert served == ["exit1", "exit2", "book1", "entry1", "entry2", "quote1", "quote2"]


def test_quotes_leave_something_for_entries_and_entries_for_exits() -> None:
    clock = Clock()
    budget = Budget(180.0, clock=clock.now, sleep=clock.sleep)

    async def drain(priority: Priority) -> int:
        taken = 0
        while budget.wait_s(priority) == 0.0:
            await budget.take(priority)
            taken += 1
        return taken

    async def scene() -> list[int]:
        return [await drain(each) for each in (Priority.QUOTE, Priority.ENTRY, Priority.RECONCILE, Priority.EXIT)]

    assert asyncio.run(scene()) == [14, 2, 2, 2]


def test_a_rate_limit_holds_entries_and_quotes_and_nobody_else() -> None:
    clock = Clock()

    async def scene() -> None:
        budget = Budget(600.0, clock=clock.now, sleep=clock.sleep)
        budget.hold(20.0)
        await budget.take(Priority.EXIT)
        await budget.take(Priority.RECONCILE)
        assert clock.at == 1000.0
        with pytest.raises(LimitedError) as raised:
            await budget.take(Priority.ENTRY, within_s=1.0)
        assert raised.value.wait_s == 20.0
        await budget.take(Priority.QUOTE)
        assert clock.at == 1020.0

    asyncio.run(scene())


def test_who_was_refused_waits_with_everybody_less_urgent_and_exits_never() -> None:
    clock = Clock()
    budget = Budget(600.0, clock=clock.now, sleep=clock.sleep)
    budget.hold(20.0, Priority.RECONCILE)
    assert [budget.held_s(each) for each in Priority] == [0.0, 20.0, 20.0, 20.0]
    budget.hold(50.0, Priority.QUOTE)
    assert [budget.held_s(each) for each in Priority] == [0.0, 20.0, 20.0, 50.0]
    budget.hold(30.0, Priority.EXIT)
    assert [budget.held_s(each) for each in Priority] == [0.0, 30.0, 30.0, 50.0]


def test_somebody_urgent_does_not_sleep_behind_somebody_who_may_wait() -> None:
    clock = Clock()

    async def scene() -> None:
        budget = Budget(60.0, burst=1.0, clock=clock.now, sleep=clock.sleep)
        await budget.take(Priority.EXIT)
        budget.hold(500.0)
        patient = asyncio.create_task(budget.take(Priority.QUOTE))
        await asyncio.sleep(0)
        await budget.take(Priority.EXIT)
        assert clock.at <= 1001.0
        assert not patient.done()
        patient.cancel()
        await asyncio.gather(patient, return_exceptions=True)

    asyncio.run(scene())


def test_who_gave_up_waiting_takes_no_token() -> None:
    clock = Clock()

    async def scene() -> None:
        budget = Budget(60.0, burst=1.0, clock=clock.now, sleep=clock.sleep)
        await budget.take(Priority.EXIT)
        gone = [asyncio.create_task(budget.take(Priority.ENTRY)) for _ in range(50)]
        await asyncio.sleep(0)
        for each in gone:
            each.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        await budget.take(Priority.ENTRY)
        assert clock.at <= 1002.0
        assert budget.gauge().waiting == 0

    asyncio.run(scene())


def test_the_venue_knows_better_how_much_is_left() -> None:
    clock = Clock()
    budget = Budget(60.0, burst=10.0, clock=clock.now, sleep=clock.sleep)
    budget.learn(3.0)
    assert budget.gauge().tokens == 3.0
    budget.learn(9.0)
    assert budget.gauge().tokens == 3.0


@given(st.lists(st.sampled_from(list(Priority)), max_size=40), st.floats(10, 1000), st.floats(1, 30))
def test_no_minute_holds_more_than_the_rate_and_one_burst(asked: list[Priority], rate: float, burst: float) -> None:
    clock, times = Clock(), []

    async def scene() -> None:
        budget = Budget(rate, burst=burst, clock=clock.now, sleep=clock.sleep)

        async def caller(priority: Priority) -> None:
            await budget.take(priority)
            times.append(clock.at)

        await asyncio.gather(*(caller(each) for each in asked))

    asyncio.run(scene())
    assert len(times) == len(asked)
    for start in times:
        assert sum(start <= at < start + 60.0 for at in times) <= rate + burst + 1


# ---- circuits


def test_three_failures_in_a_row_open_a_circuit_and_one_answer_closes_it() -> None:
    clock = Clock()
    circuit = Circuit("venue", now=clock.date)
    for _ in range(2):
        circuit.failed("503")
        assert circuit.lets()
    circuit.failed("503")
    assert not circuit.lets()
    shown = circuit.gauge()
    assert (shown.state, shown.reason, shown.failures) == ("open", "503", 3)
    assert shown.next_try is not None
    clock.at += circuit.wait_s()
    assert circuit.lets()
    assert circuit.gauge().state == "half-open"
    assert not circuit.lets()  # one call finds out
    circuit.succeeded()
    assert circuit.lets()
    assert circuit.gauge().state == "closed"


def test_an_answer_in_between_starts_the_count_anew() -> None:
    circuit = Circuit("venue")
    for _ in range(9):
        circuit.failed("503")
        circuit.failed("503")
        circuit.succeeded()
    assert circuit.gauge().state == "closed"


def test_each_probe_that_fails_doubles_the_pause_up_to_a_minute() -> None:
    clock = Clock()
    circuit = Circuit("venue", now=clock.date)
    pauses = []
    for _ in range(14):
        circuit.failed("down")
        if not circuit.lets():
            pauses.append(circuit.wait_s())
            clock.at += circuit.wait_s()
            assert circuit.lets()
    assert len(pauses) == 12
    assert all(wait <= 60.0 for wait in pauses)
    assert pauses[-1] >= 30.0 > pauses[0]


@pytest.mark.parametrize("asked", [30.0, 60.0, 300.0])
def test_a_pause_that_the_venue_asks_for_is_obeyed_to_the_second(asked: float) -> None:
    clock = Clock()
    circuit = Circuit("venue", now=clock.date)
    for _ in range(3):
        circuit.failed("503", wait_s=asked)
    assert circuit.wait_s() == asked
    clock.at += asked - 0.001
    assert not circuit.lets()
    clock.at += 0.001
    assert circuit.lets()


def test_refused_keys_open_it_at_once_and_for_a_minute() -> None:
    clock = Clock()
    circuit = Circuit("venue", now=clock.date)
    circuit.failed("401", at_once=True)
    assert not circuit.lets()
    assert circuit.wait_s() == 60.0


def test_a_probe_that_never_comes_back_does_not_close_the_door_for_ever() -> None:
    clock = Clock()
    circuit = Circuit("venue", now=clock.date)
    circuit.failed("401", at_once=True)
    clock.at += 60.0
    assert circuit.lets()
    clock.at += 60.0
    assert circuit.lets()


def test_budgets_and_circuits_are_shared_by_name_and_shown() -> None:
    assert budget_for("shared test", 180) is budget_for("shared test", 200)
    assert budget_for("shared test", 90) is not budget_for("other test", 90)
    assert budget_for("shared test", 200).per_minute == 90
    assert circuit_for("shared test") is circuit_for("shared test")
    budget_for("shared test 1f2e", 120)
    shown = next(each for each in resilience_gauges() if each.circuit.venue == "shared test")
    assert [each.per_minute for each in shown.budgets] == [120]
    assert "1f2e" not in str(shown)
