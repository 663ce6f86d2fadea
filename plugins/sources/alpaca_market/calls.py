"""Requests to Alpaca's market data service, and what its answers mean.

Nothing is repeated here: who polls asks again after a pause, and then for what is wanted by then.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tidegate import VenueError, may_pass, present_time, requests_left, secret, wait_asked
from tidegate.plugins.sources.alpaca_market.options.rows import page_of as options_of
from tidegate.plugins.sources.alpaca_market.rows import page_of, symbols_of
from tidegate.plugins.sources.live.service import Service, said

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
MAX_PAGES = 20
SYMBOLS = "/v2/stocks/snapshots"
BARS = "/v2/stocks/bars"
OPTIONS = "/v1beta1/options/snapshots"
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

    def __init__(self, service: Service) -> None:
        self.service = service

    async def snapshots(self, symbols: Iterable[str], feed: str) -> dict[str, msgspec.Raw]:
        """Latest trade and quote of each symbol that the service knows."""
        body = await self._get(SYMBOLS, {"symbols": ",".join(symbols), "feed": feed})
        return self._read(symbols_of, body)

    async def options(self, contracts: Iterable[str], feed: str) -> dict[str, msgspec.Raw]:
        """Latest quote and greeks of each contract that the service knows; at most 100 at once."""
        body = await self._get(OPTIONS, {"symbols": ",".join(contracts), "feed": feed})
        return self._read(options_of, body).snapshots

    async def bars(self, symbols: Iterable[str], **params: str) -> AsyncIterator[tuple[str, msgspec.Raw]]:
        """(symbol, bar) pairs, each symbol's oldest first; follows pages until the last, or one that comes again."""
        query = {"symbols": ",".join(symbols), "limit": "10000", "sort": "asc", **params}
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            page = self._read(page_of, await self._get(BARS, query))
            for symbol, rows in (page.bars or {}).items():
                for row in rows or ():
                    yield symbol, row
            token = page.next_page_token
            if not token or token in seen:
                return
            seen.add(token)
            query["page_token"] = token

    def _read(self, decode: Callable[[bytes], T], body: bytes) -> T:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise self._unreadable(error) from error

    async def _get(self, path: str, params: dict[str, str]) -> bytes:
        answer = await self.service.ask(path, params)
        if answer.status_code != 200:
            raise self._refused(answer)
        self.service.turnstile.answered(requests_left(answer.headers))
        return answer.content

    def _refused(self, answer: "httpx.Response") -> VenueError:
        status, words = answer.status_code, said(answer)
        if may_pass(status):
            return self.service.failed(words, status=status, wait_s=wait_asked(status, answer.headers, present_time()))
        self.service.turnstile.answered()
        if status == 400:
            return BadRequestError(words)
        return VenueError(f"{words}; {ADVICE.get(status, 'see docs/alpaca_market.md')}")

    def _unreadable(self, error: Exception) -> VenueError:
        return self.service.failed(f"the answer is not what the service documents ({type(error).__name__})")


@asynccontextmanager
async def connected(url: str, pair: tuple[str, ...], *, timeout_s: float, per_minute: float) -> AsyncIterator[Calls]:
    """Calls to `url` with a pair of keys, which travel as headers only."""
    import httpx  # noqa: PLC0415 - only runs with this source pay for it

    headers = dict(zip(("APCA-API-KEY-ID", "APCA-API-SECRET-KEY"), pair, strict=True))
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s) as client:
        yield Calls(Service(client, "alpaca data", pair[0], per_minute=per_minute))
