"""Requests to Alpaca's market data service: one at a time out of the shared budget, every failure in plain words.

Nothing is repeated here: who polls asks again after a pause, and then for what is wanted by then.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from tidegate import (
    LimitedError,
    Priority,
    TransientError,
    VenueError,
    budget_for,
    call_error,
    circuit_for,
    may_pass,
    present_time,
    secret,
    wait_asked,
)
from tidegate.plugins.sources.alpaca_market.rows import Page, page_of, symbols_of

if TYPE_CHECKING:
    import httpx

MAX_PAGES = 20
LOOK_S = 5.0  # asking an open circuit costs nothing, and another call may have closed it
SYMBOLS = "/v2/stocks/snapshots"
BARS = "/v2/stocks/bars"
ADVICE = {
    401: "check the keys, and that they belong to this service",
    403: "check the keys, and that your plan includes the feed that sources.alpaca_market names",
    404: "check sources.alpaca_market.data_url",
}


class BadRequestError(VenueError):
    """400: the service does not understand what was asked, often because of one symbol."""


def keys(*names: str) -> tuple[str, ...]:
    """The secrets of these names. Raises VenueError, naming what is missing."""
    found = [(name, secret(name) or "") for name in names]
    missing = [name for name, value in found if not value]
    if missing:
        raise VenueError(
            f"{' and '.join(missing)}: not set; put what Alpaca gave you into the environment or the keyring"
        )
    return tuple(value for _, value in found)


class Calls:
    """GET requests, typed."""

    def __init__(self, client: "httpx.AsyncClient", key_id: str, *, per_minute: float) -> None:
        venue = f"alpaca data ({client.base_url.netloc.decode()})"
        self._client, self._circuit = client, circuit_for(venue)
        self._budget = budget_for(f"{venue} {sha256(key_id.encode()).hexdigest()[:8]}", per_minute)

    async def snapshots(self, symbols: Iterable[str], feed: str) -> dict[str, msgspec.Raw]:
        """Latest trade and quote of each symbol that the service knows."""
        body = await self._get(SYMBOLS, {"symbols": ",".join(symbols), "feed": feed})
        try:
            return symbols_of(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    async def bars(self, symbols: Iterable[str], **params: str) -> AsyncIterator[tuple[str, msgspec.Raw]]:
        """(symbol, bar) pairs, each symbol's oldest first; follows pages until the last, or one that comes again."""
        query = {"symbols": ",".join(symbols), "limit": "10000", "sort": "asc", **params}
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self._page(await self._get(BARS, query))
            for symbol, rows in (page.bars or {}).items():
                for row in rows or ():
                    yield symbol, row
            token = page.next_page_token
            if not token or token in seen:
                return
            seen.add(token)
            query["page_token"] = token

    def _page(self, body: bytes) -> Page:
        try:
            return page_of(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    async def _get(self, path: str, params: dict[str, str]) -> bytes:
        import httpx  # noqa: PLC0415 - only runs with this source pay for it

        self._ask_circuit()
        await self._budget.take(Priority.QUOTE)
        try:
            answer = await self._client.get(path, params=params)
        except httpx.HTTPError as error:
            raise self._down(f"no answer ({type(error).__name__})") from error
        if answer.status_code == 200:
            self._circuit.succeeded()
            self._learn(answer)
            return answer.content
        raise self._refused(answer)

    def _learn(self, answer: "httpx.Response") -> None:
        """Others may use the same key: believe the service when fewer requests remain than we think."""
        remaining = answer.headers.get("x-ratelimit-remaining", "")
        if remaining.isdecimal():
            self._budget.learn(float(remaining))

    def _ask_circuit(self) -> None:
        if not self._circuit.lets():
            gauge = self._circuit.gauge()
            wait = (gauge.next_try - present_time()).total_seconds() if gauge.next_try is not None else 0.0
            raise TransientError(gauge.reason, wait_s=max(0.0, min(LOOK_S, wait)))

    def _refused(self, answer: "httpx.Response") -> VenueError:
        status = answer.status_code
        said = f"HTTP {status}: {_message(answer)}"
        if may_pass(status):
            return self._down(said, status=status, wait_s=wait_asked(status, answer.headers, present_time()))
        self._circuit.succeeded()
        if status == 400:
            return BadRequestError(said)
        return VenueError(f"{said}; {ADVICE.get(status, 'see docs/alpaca_market.md')}")

    def _down(self, reason: str, *, status: int | None = None, wait_s: float | None = None) -> VenueError:
        error = call_error(reason, method="GET", status=status, wait_s=wait_s)
        if isinstance(error, LimitedError):
            self._budget.hold(error.wait_s)
            self._circuit.succeeded()
        else:
            self._circuit.failed(reason, wait_s=wait_s)
        return error

    def _unreadable(self, error: Exception) -> VenueError:
        return self._down(f"the answer is not what the service documents ({type(error).__name__})")


@asynccontextmanager
async def connected(url: str, pair: tuple[str, ...], *, timeout_s: float, per_minute: float) -> AsyncIterator[Calls]:
    """Calls to `url` with a pair of keys, which travel as headers only."""
    import httpx  # noqa: PLC0415 - only runs with this source pay for it

    headers = dict(zip(("APCA-API-KEY-ID", "APCA-API-SECRET-KEY"), pair, strict=True))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s) as client:
        yield Calls(client, pair[0], per_minute=per_minute)


def _message(answer: "httpx.Response") -> str:
    """What the service says, shortened; an HTML page of a proxy is not shown."""
    try:
        body = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"no JSON ({answer.headers.get('content-type', 'no content type')})"
    return str(body.get("message", "no message") if isinstance(body, dict) else body)[:200]
