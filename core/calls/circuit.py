"""Circuits: whether a venue is worth asking now, and how long to leave it alone when it is not."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import random
from typing import Literal

import msgspec

from tidegate.core.clock import present_time

CAP_S = 60.0  # the longest pause of our own choice
TRIPS = 3  # failures in a row that open a circuit


def pause_s(attempt: int, *, first_s: float = 1.0, cap_s: float = CAP_S, chance: Callable[[], float] = random) -> float:
    """Seconds before attempt + 1: doubling from `first_s` up to `cap_s`, of which a random half is left away."""
    return min(cap_s, first_s * 2.0 ** min(attempt - 1, 60)) * (0.5 + 0.5 * chance())


class CircuitGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A circuit to show. `since` is when the state began, `next_try` when an open one lets a call through.

    `failures` counts those in a row, `errors` all since the start; `answered_at` is when the venue last answered.
    """

    venue: str
    state: Literal["closed", "open", "half-open"]
    reason: str = ""
    failures: int = 0
    since: datetime | None = None
    next_try: datetime | None = None
    errors: int = 0
    answered_at: datetime | None = None


class Circuit:
    """Whether a venue is worth asking: closed (yes), open (not now), half-open (one call finds out)."""

    def __init__(self, venue: str, *, now: Callable[[], datetime] = present_time) -> None:
        self._now = now
        self._is = CircuitGauge(venue=venue, state="closed")
        self._opened = self._errors = 0
        self._answered_at: datetime | None = None

    def lets(self) -> bool:
        """Whether a call may go out now. In an open circuit whose time has come, the first caller finds out."""
        if self._is.state == "closed":
            return True
        now = self._now()
        if self._is.next_try is not None and now < self._is.next_try:
            return False
        later = now + timedelta(seconds=CAP_S)  # a probe that never comes back must not close the door for ever
        self._is = msgspec.structs.replace(self._is, state="half-open", next_try=later)
        return True

    def wait_s(self) -> float:
        """Seconds until an open circuit lets a call through."""
        return 0.0 if self._is.next_try is None else max(0.0, (self._is.next_try - self._now()).total_seconds())

    def succeeded(self) -> None:
        """The venue answered."""
        self._opened = 0
        self._answered_at = self._now()
        if self._is.failures or self._is.state != "closed":
            self._is = CircuitGauge(venue=self._is.venue, state="closed", since=self._now())

    def failed(self, reason: str, *, at_once: bool = False, wait_s: float | None = None) -> None:
        """The venue did not answer. `at_once` opens the circuit without waiting for more of it (refused keys)."""
        failures = self._is.failures + 1
        self._errors += 1
        if not at_once and failures < TRIPS and self._is.state == "closed":
            self._is = msgspec.structs.replace(self._is, failures=failures, reason=reason)
            return
        self._opened += 1
        now = self._now()
        pause = max(wait_s or 0.0, CAP_S if at_once else pause_s(self._opened))
        since = self._is.since if self._is.state != "closed" else now
        self._is = CircuitGauge(
            venue=self._is.venue,
            state="open",
            reason=reason,
            failures=failures,
            since=since,
            next_try=now + timedelta(seconds=pause),
        )

    def gauge(self) -> CircuitGauge:
        """What to show."""
        return msgspec.structs.replace(self._is, errors=self._errors, answered_at=self._answered_at)
