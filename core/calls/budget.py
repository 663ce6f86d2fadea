"""Budgets: a token bucket per key, shared by all plugins of the process, that serves the most urgent caller first.

A venue counts requests per key, not per plugin. A budget refills evenly and lets a short burst through; what is left
near the bottom is kept for the urgent: quotes stop first, then entries, then reconciliation. Exits take the last token.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

import msgspec

from tidegate.core.clock import elapsed
from tidegate.core.errors import VenueError

if TYPE_CHECKING:
    import asyncio

BURST_SHARE = 1.0 / 9.0  # of a minute's requests: with a minute's refill still below 200 when 180 are allowed
SHORTEST_S = 0.001  # a shorter sleep may not move the clock at all
MINUTE_S = 60.0
RESERVE_SHARE = 0.1  # of the burst, kept at each step of urgency


class Priority(IntEnum):
    """Who is served first."""

    EXIT = 0
    RECONCILE = 1
    ENTRY = 2
    QUOTE = 3


class LimitedError(VenueError):
    """A rate limit, the venue's or our own: nothing was done; it may be tried again in `wait_s` seconds."""

    def __init__(self, reason: str, *, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class BudgetGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A budget to show: tokens left, callers waiting, and the seconds until a venue's rate limit ends (0: none).

    `used` counts our requests of the last minute, `limits` the 429s since the start; `full_s` is the seconds until the
    bucket is full again.
    """

    tokens: float
    burst: float
    per_minute: float
    waiting: int
    held_s: float
    used: int
    limits: int
    full_s: float


class QuotaGauge(msgspec.Struct, frozen=True, kw_only=True):
    """A venue's own count to show, one row each ("day", "minute"); `resets_at` is when it begins anew.

    Sources and executors publish a list of these as `quotas` among their gauges.
    """

    name: str
    used: float
    limit: float
    resets_at: datetime | None = None


class Budget:
    """A token bucket. One token is one request. For one event loop at a time; not for threads."""

    def __init__(
        self,
        per_minute: float,
        *,
        burst: float | None = None,
        clock: Callable[[], float] = elapsed,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        """Take the requests a minute, those at once (a ninth of a minute's unless given), and where time comes from."""
        self.per_minute = per_minute
        self._burst = max(1.0, per_minute * BURST_SHARE if burst is None else burst)
        self._reserve = min(self._burst * RESERVE_SHARE, (self._burst - 1.0) / Priority.QUOTE)
        self._clock, self._sleep = clock, sleep
        self._tokens, self._filled_at = self._burst, clock()
        self._held_until = dict.fromkeys(Priority, clock())
        self._served: deque[float] = deque()
        self._limits = 0
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._order = count()
        self._pump: asyncio.Task[None] | None = None

    async def take(self, priority: Priority, *, within_s: float | None = None) -> None:
        """Wait for a turn: the most urgent first, then first come, first served.

        Raises:
            LimitedError: The turn would come later than `within_s` seconds from now; no token was taken.
        """
        import asyncio  # noqa: PLC0415 - the command line passes the front door, and has no event loop

        wait_s = self.wait_s(priority)
        if within_s is not None and wait_s > within_s:
            reason = "the venue asked us to wait" if self.held_s(priority) else "our own request budget is spent"
            raise LimitedError(reason, wait_s=wait_s)
        turn = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (priority, next(self._order), turn))
        self._serve()
        if not turn.done():
            if self._pump is not None:
                self._pump.cancel()  # it may be asleep for somebody less urgent
            self._pump = asyncio.create_task(self._keep_serving(self._sleep or asyncio.sleep))
        await turn

    def wait_s(self, priority: Priority) -> float:
        """Seconds until a caller who comes now would be served, if nobody more urgent comes."""
        ahead = sum(each <= priority and not turn.done() for each, _, turn in self._waiting)
        return self._due_s(priority, ahead)

    def hold(self, seconds: float, priority: Priority = Priority.ENTRY) -> None:
        """Serve nobody as urgent as this, or less, for so long: the venue answered him 429. Exits are never held."""
        until = self._clock() + seconds
        for each in Priority:
            if each >= max(priority, Priority.RECONCILE):
                self._held_until[each] = max(self._held_until[each], until)
        self._limits += 1

    def held_s(self, priority: Priority) -> float:
        """Seconds for which nobody of this urgency is served, whatever is in the bucket; 0 usually."""
        return max(0.0, self._held_until[priority] - self._clock())

    def learn(self, remaining: float) -> None:
        """Believe the venue when it says that fewer requests remain; others may use the same key."""
        self._refill()
        self._tokens = min(self._tokens, remaining)

    def gauge(self) -> BudgetGauge:
        """What to show."""
        self._refill()
        self._forget()
        return BudgetGauge(
            tokens=round(self._tokens, 1),
            burst=self._burst,
            per_minute=self.per_minute,
            waiting=sum(not turn.done() for _, _, turn in self._waiting),
            held_s=round(self.held_s(Priority.QUOTE), 1),
            used=len(self._served),
            limits=self._limits,
            full_s=round((self._burst - self._tokens) * MINUTE_S / self.per_minute, 1),
        )

    def _forget(self) -> None:
        while self._served and self._served[0] <= self._clock() - MINUTE_S:
            self._served.popleft()

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self.per_minute / MINUTE_S)
        self._filled_at = now

    def _due_s(self, priority: Priority, ahead: int = 0) -> float:
        self._refill()
        missing = 1.0 + priority * self._reserve + ahead - self._tokens
        return max(self.held_s(priority), missing * MINUTE_S / self.per_minute)

    def _serve(self) -> None:
        while self._waiting and (self._waiting[0][2].done() or self._due_s(self._waiting[0][0]) <= 0.0):
            _, _, turn = heappop(self._waiting)
            if not turn.done():
                self._tokens -= 1.0
                self._served.append(self._clock())
                self._forget()
                turn.set_result(None)

    async def _keep_serving(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        while self._waiting:
            await sleep(max(SHORTEST_S, self._due_s(self._waiting[0][0])))
            self._serve()
