"""Requests to Unusual Whales: out of one budget, repeated where that helps, every failure in plain words."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from tidegate import Priority, VenueError, retrying
from tidegate.plugins.sources.live.service import Params, Service, message, said
from tidegate.plugins.sources.unusual_whales.limits import Limits, limits_of, wait_s

if TYPE_CHECKING:
    import httpx

ATTEMPTS, WITHIN_S = 3, 30.0
CLIENT_ID = "100001"  # the service's guide asks for this header
FINAL = frozenset({400, 403, 404, 405, 422})


class TokenError(VenueError):
    """401: the token is wrong or has lapsed; nothing can be asked with it."""


class OffError(VenueError):
    """400, 403, 404, 422: the service will not answer this question, today or tomorrow; do not ask it again."""


class Client:
    """GET requests with one token. `limits` is what the service last said of its own counts."""

    def __init__(self, service: Service, *, now: Callable[[], datetime]) -> None:
        self.limits: Limits | None = None
        self.answered_at: datetime | None = None
        self.service, self.now = service, now

    async def get(self, path: str, params: Params | None = None, *, priority: Priority = Priority.QUOTE) -> bytes:
        """The JSON text of an answer, not decoded. The more urgent `priority` is served first.

        Raises:
            TransientError: No usable answer after a few attempts; ask again later.
            LimitedError: A limit, the service's or our own, for `wait_s` seconds more.
            OffError: The service refuses this question for good.
            TokenError: It refuses the token.
        """
        return await retrying(partial(self._once, path, params or {}, priority), attempts=ATTEMPTS, within_s=WITHIN_S)

    async def _once(self, path: str, params: Params, priority: Priority) -> bytes:
        answer = await self.service.ask(path, params, priority=priority, within_s=WITHIN_S)
        self._learn(answer)
        if answer.status_code != 200:
            raise self._refused(answer)
        if answer.content.lstrip()[:1] not in {b"{", b"["}:
            raise self.service.failed(f"HTTP 200, but {message(answer)}")
        self.service.turnstile.answered()
        self.answered_at = self.now()
        return answer.content

    def _learn(self, answer: "httpx.Response") -> None:
        """Others may use the same token: believe the service when fewer calls remain than we think."""
        limits = limits_of(answer.headers, self.now())
        if limits is None:
            return
        self.limits = limits
        if limits.minute_left is not None:
            self.service.turnstile.budget.learn(float(limits.minute_left))

    def _refused(self, answer: "httpx.Response") -> VenueError:
        status, words = answer.status_code, said(answer)
        if status == 429:
            return self._limited(answer, words)
        if status in FINAL and not _is_page(answer):
            self.service.turnstile.answered()
            return OffError(f"{words}; your plan may not include it" if status in {403, 422} else words)
        if status == 401:
            self.service.turnstile.refused(VenueError(words))
            return TokenError(f"{words}; the token is wrong or has lapsed")
        return self.service.failed(words, status=status)

    def _limited(self, answer: "httpx.Response", words: str) -> VenueError:
        now = self.now()
        limits = limits_of(answer.headers, now)
        if limits is not None and limits.day_spent:
            used = f"{limits.day_used} of {limits.day_limit} calls of the day are used"
            words = f"{used}; it begins anew at 20:00 New York"
        return self.service.failed(words, status=429, wait_s=wait_s(answer.headers, now))


@asynccontextmanager
async def connected(
    url: str, token: str, *, timeout_s: float, per_minute: float, now: Callable[[], datetime]
) -> AsyncIterator[Client]:
    """A client of `url`; the token travels in a header only."""
    import httpx  # noqa: PLC0415 - only runs with this source pay for it

    headers = {"Authorization": f"Bearer {token}", "UW-CLIENT-API-ID": CLIENT_ID, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s) as client:
        yield Client(Service(client, "unusual whales", token, per_minute=per_minute), now=now)


def _is_page(answer: "httpx.Response") -> bool:
    """Whether the answer is some proxy's HTML and not the service's own word."""
    return answer.content.lstrip()[:1] == b"<"
