"""Resilience: the one place that says what is tried again, when, and when a venue is left alone.

* An outside call that failed raises one of four errors. `TransientError`: it did not work, and may be repeated.
  `LimitedError`: 429, the same after a pause. `UnsureError`: something that changes the venue was sent and its answer
  was lost; it is never repeated, but looked up. Any other VenueError is an answer, and final.
* `call_error` sorts a failure into these: 429, 500, 502, 503, 504 (any 5xx) and network errors may pass, except that a
  POST which may have arrived is unsure.
* `retrying` repeats the first two (stamina: exponential, with jitter, at most `CAP_S` seconds apart). A server's
  Retry-After or X-RateLimit-Reset is obeyed; one that asks for longer than a call may take is not asked again by it.
* `Circuit` (circuit.py) remembers per venue whether asking makes sense at all, `Budget` (budget.py) shares a key's
  requests, and `Turnstile` (turn.py) asks both before a call and tells both what came of it.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from logging import NullHandler, getLogger
from typing import TypeVar

import msgspec

from tidegate.core.calls.budget import Budget, BudgetGauge, LimitedError
from tidegate.core.calls.circuit import CAP_S, Circuit, CircuitGauge, pause_s
from tidegate.core.errors import VenueError

T = TypeVar("T")


class VenueGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A venue to show: its circuit, and the budgets of the keys it is asked with."""

    circuit: CircuitGauge
    budgets: list[BudgetGauge]


QUIET = NullHandler()
SANE_S = 3600.0  # a server that asks for longer has another clock
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "PUT"})


class TransientError(VenueError):
    """A call failed in a way that may pass; nothing was changed. `wait_s`: the pause the server asked for, if any."""

    def __init__(self, reason: str, *, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class UnsureError(VenueError):
    """A request that changes something was sent and its answer was lost: look it up, never repeat it."""


def may_pass(status: int | None) -> bool:
    """Whether an answer with this HTTP status (None: no answer) says nothing final about the request."""
    return status is None or status == 429 or status >= 500


def call_error(
    reason: str, *, method: str, status: int | None = None, wait_s: float | None = None, sent: bool = True
) -> VenueError:
    """The error for a call without a usable answer.

    Args:
        reason: For people; holds no secret.
        method: GET, POST, ...
        status: The HTTP status; None when no answer came.
        wait_s: What `wait_asked` read from the answer.
        sent: False when the request certainly never left (a refused connection).
    """
    if status == 429:
        return LimitedError(reason, wait_s=pause_s(1) if wait_s is None else wait_s)
    if sent and method.upper() not in REPEATABLE:
        return UnsureError(reason)
    return TransientError(reason, wait_s=wait_s)


def wait_asked(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer asks us to wait; None when it does not say.

    Retry-After is seconds or a date; X-RateLimit-Reset is epoch seconds and counts on a 429 only, since it comes with
    every answer. Both are measured from the answer's own Date where it has one, so that a wrong clock does no harm.
    """
    told = {name.lower(): value for name, value in headers.items()}
    there = _date(told.get("date")) or now
    waits: list[float] = []
    if (after := told.get("retry-after")) is not None:
        date = _date(after)
        waits += [_number(after)] if date is None else [(date - there).total_seconds()]
    if status == 429:
        waits.append(_number(told.get("x-ratelimit-reset")) - there.timestamp())
    sane = [wait for wait in waits if -SANE_S <= wait <= SANE_S]
    return max(0.0, *sane) if sane else None


async def retrying(
    call: Callable[[], Awaitable[T]], *, attempts: int = 4, within_s: float = CAP_S, first_s: float = 0.25
) -> T:
    """What `call` returns, tried at most `attempts` times and not again after `within_s` seconds.

    Raises:
        VenueError: The last error, or the first that must not be tried again.
    """
    from stamina import retry_context  # noqa: PLC0415 - only runs that talk to a venue pay for it

    getLogger("stamina").addHandler(QUIET)  # a line for each retry, unless somebody sets up logging to read it

    def again(error: Exception) -> bool | float:
        if not isinstance(error, TransientError | LimitedError):
            return False
        if error.wait_s is None:
            return True
        return error.wait_s if error.wait_s <= min(CAP_S, within_s) else False

    async for attempt in retry_context(
        again, attempts=attempts, timeout=within_s, wait_initial=first_s, wait_max=CAP_S, wait_jitter=first_s
    ):
        with attempt:
            return await call()
    raise AssertionError("stamina ends with a result or an error")


_budgets: dict[str, Budget] = {}
_circuits: dict[str, Circuit] = {}


def budget_for(name: str, per_minute: float) -> Budget:
    """The process's budget of that name; the lowest rate asked for holds.

    The name is the venue's, as its circuit has it, a blank, and a digest of the key.
    """
    known = _budgets.get(name)
    if known is None or per_minute < known.per_minute:
        known = _budgets[name] = Budget(per_minute)
    return known


def circuit_for(venue: str) -> Circuit:
    """The process's circuit of that venue."""
    return _circuits.setdefault(venue, Circuit(venue))


def resilience_gauges() -> list[VenueGauge]:
    """Every venue of this process, to show; nothing of a key."""
    return [
        VenueGauge(
            circuit=circuit.gauge(),
            budgets=[budget.gauge() for name, budget in _budgets.items() if name.startswith(f"{venue} ")],
        )
        for venue, circuit in _circuits.items()
    ]


def _date(text: str | None) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - only failures need it, and it is large

    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _number(text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        return float("nan")
