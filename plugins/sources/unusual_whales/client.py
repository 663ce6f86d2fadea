"""Requests to Unusual Whales: out of one budget, repeated where that helps, every failure in plain words."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from tidegate import (
    LimitedError,
    Priority,
    TransientError,
    VenueError,
    budget_for,
    call_error,
    circuit_for,
    retrying,
)
from tidegate.plugins.sources.unusual_whales.limits import Limits, limits_of, wait_s

if TYPE_CHECKING:
    import httpx

ATTEMPTS, WITHIN_S = 3, 30.0
CLIENT_ID = "100001"  # the service's guide asks for this header
LOOK_S = 5.0  # asking an open circuit costs nothing, and another call may have closed it
FINAL = frozenset({400, 403, 404, 405, 422})
Params = Mapping[str, str | list[str]]


class TokenError(VenueError):
    """401: the token is wrong or has lapsed; nothing can be asked with it."""


class OffError(VenueError):
    """400, 403, 404, 422: the service will not answer this question, today or tomorrow; do not ask it again."""


class Client:
    """GET requests with one token. `limits` is what the service last said of its own counts."""

    def __init__(
        self, client: "httpx.AsyncClient", token: str, *, per_minute: float, now: Callable[[], datetime]
    ) -> None:
        venue = f"unusual whales ({client.base_url.netloc.decode()})"
        self.limits: Limits | None = None
        self.answered_at: datetime | None = None
        self._client, self._circuit, self.now = client, circuit_for(venue), now
        self._budget = budget_for(f"{venue} {sha256(token.encode()).hexdigest()[:8]}", per_minute)

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
        import httpx  # noqa: PLC0415 - only runs with this source pay for it

        await self._turn(priority)
        try:
            answer = await self._client.get(path, params=params)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._down(f"no answer ({type(error).__name__})") from None
        self._learn(answer)
        if answer.status_code != 200:
            raise self._refused(answer)
        if answer.content.lstrip()[:1] not in {b"{", b"["}:
            raise self._down(f"HTTP 200, but {_message(answer)}")
        self._circuit.succeeded()
        self.answered_at = self.now()
        return answer.content

    async def _turn(self, priority: Priority) -> None:
        """Wait for the budget, and ask the circuit; a call that gets no turn must not use up its one trial."""
        if self._circuit.wait_s() == 0.0:
            await self._budget.take(priority, within_s=WITHIN_S)
            if self._circuit.lets():
                return
        raise TransientError(self._circuit.gauge().reason, wait_s=min(LOOK_S, self._circuit.wait_s()))

    def _learn(self, answer: "httpx.Response") -> None:
        """Others may use the same token: believe the service when fewer calls remain than we think."""
        said = limits_of(answer.headers, self.now())
        if said is None:
            return
        self.limits = said
        if said.minute_left is not None:
            self._budget.learn(float(said.minute_left))

    def _refused(self, answer: "httpx.Response") -> VenueError:
        status, said = answer.status_code, f"HTTP {answer.status_code}: {_message(answer)}"
        if status == 429:
            return self._limited(answer, said)
        if status in FINAL and not _is_page(answer):
            self._circuit.succeeded()
            return OffError(f"{said}; your plan may not include it" if status in {403, 422} else said)
        if status == 401:
            self._circuit.failed(said, at_once=True)
            return TokenError(f"{said}; the token is wrong or has lapsed")
        return self._down(said, status=status)

    def _limited(self, answer: "httpx.Response", said: str) -> LimitedError:
        now = self.now()
        asked = wait_s(answer.headers, now)
        limits = limits_of(answer.headers, now)
        if limits is not None and limits.day_spent:
            said = (
                f"{limits.day_used} of {limits.day_limit} calls of the day are used; it begins anew at 20:00 New York"
            )
        error = call_error(said, method="GET", status=429, wait_s=asked)
        assert isinstance(error, LimitedError)
        self._budget.hold(error.wait_s, Priority.RECONCILE)
        self._circuit.succeeded()
        return error

    def _down(self, reason: str, *, status: int | None = None) -> VenueError:
        self._circuit.failed(reason)
        return call_error(reason, method="GET", status=status)


@asynccontextmanager
async def connected(
    url: str, token: str, *, timeout_s: float, per_minute: float, now: Callable[[], datetime]
) -> AsyncIterator[Client]:
    """A client of `url`; the token travels in a header only."""
    import httpx  # noqa: PLC0415 - only runs with this source pay for it

    headers = {"Authorization": f"Bearer {token}", "UW-CLIENT-API-ID": CLIENT_ID, "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s) as client:
        yield Client(client, token, per_minute=per_minute, now=now)


def _is_page(answer: "httpx.Response") -> bool:
    """Whether the answer is some proxy's HTML and not the service's own word."""
    return answer.content.lstrip()[:1] == b"<"


def _message(answer: "httpx.Response") -> str:
    """What the service says, shortened; pages and other texts are named by their type."""
    try:
        body: Any = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"no JSON ({answer.headers.get('content-type', 'no content type')})"
    found = body
    for name in ("error", "message", "msg"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found[:200] if isinstance(found, str) else "no message"
