"""What is asked of Alpaca: each call takes its turn in the key's budget, minds the circuit, and leaves the event loop.

Nothing is repeated here. A bounded pool of threads does the waiting; two of them are kept free for exits.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, urlsplit

from tidegate import (
    PluginError,
    Priority,
    TransientError,
    UnsureError,
    VenueError,
    call_error,
    requests_left,
    turnstile_for,
)
from tidegate.plugins.executors.alpaca.errors import DeniedError, RejectedError
from tidegate.plugins.executors.alpaca.http import Client, Method
from tidegate.plugins.executors.alpaca.wire import (
    AccountRow,
    AssetRow,
    BadAnswerError,
    FillRow,
    OrderRow,
    last_id,
    many,
    one,
    orders,
)

VENUE = "alpaca trading"
PAGE = 500  # orders; the venue's maximum
FILLS_PAGE = 100
PAGES = 20  # a list that goes on for longer repeats itself
URGENT_THREADS = 2  # kept free for exits
THREADS = 4
PATIENCE_S = 1.0  # of a question, when the venue is known to answer nothing before
DEADLINE = 3.0  # times the timeout: a server that drips its answer is given up then


class Calls:
    """One account's calls. Everything raises VenueError and its kinds, whose texts hold no secret."""

    def __init__(
        self, *, base_url: str, keys: tuple[str, str], timeout_s: float, per_minute: float, within_s: float
    ) -> None:
        """`within_s`: an entry whose turn in the budget would come later is answered as rate limited at once."""
        self._timeout_s, self._within_s = timeout_s, within_s
        venue = f"{VENUE} ({urlsplit(base_url).netloc})"
        self.turnstile = turnstile_for(venue, f"{base_url}\x1f{keys[0]}", per_minute)
        self._client = Client(base_url=base_url, keys=keys, timeout_s=timeout_s)
        self._urgent = ThreadPoolExecutor(URGENT_THREADS, "alpaca-exit")
        self._pool = ThreadPoolExecutor(THREADS, "alpaca")
        self.skipped = 0  # rows that could not be read

    async def warm(self) -> None:
        """Import the library on a worker, before the first order needs it.

        Raises:
            PluginError: It is not installed.
        """
        try:
            await asyncio.get_running_loop().run_in_executor(self._urgent, self._client.warm)
        except ImportError as error:
            raise PluginError(f"the Alpaca executor needs {error.name}: pip install 'tidegate[alpaca]'") from None

    def close(self) -> None:
        """Let running requests end by their timeouts; start no other."""
        for pool in (self._urgent, self._pool):
            pool.shutdown(wait=False, cancel_futures=True)

    # ---- what is asked

    async def submit(self, body: Mapping[str, str], priority: Priority) -> OrderRow:
        """POST an order, once. UnsureError when its fate is open, also when the answer cannot be read."""
        answer = await self.call("POST", "/orders", body, priority=priority)
        try:
            return one(OrderRow, answer)
        except BadAnswerError as error:
            raise UnsureError(str(error)) from None

    async def order(self, venue_id: str, priority: Priority = Priority.RECONCILE) -> OrderRow:
        """An order by the venue's id."""
        return one(OrderRow, await self.call("GET", f"/orders/{quote(venue_id, safe='')}", priority=priority))

    async def order_by_name(self, client_order_id: str, priority: Priority) -> OrderRow:
        """An order by our id; AbsentError when there is none."""
        params = {"client_order_id": client_order_id}
        return one(OrderRow, await self.call("GET", "/orders:by_client_order_id", params, priority=priority))

    async def asset(self, symbol: str, priority: Priority) -> AssetRow:
        """What may be done with a symbol; AbsentError when there is no such asset."""
        return one(AssetRow, await self.call("GET", f"/assets/{quote(symbol, safe='')}", priority=priority))

    async def account(self, priority: Priority) -> AccountRow:
        """The account."""
        return one(AccountRow, await self.call("GET", "/account", priority=priority))

    async def cancel(self, venue_id: str, priority: Priority) -> bool:
        """Ask to cancel; False when the venue says that there is nothing to cancel any more."""
        try:
            await self.call("DELETE", f"/orders/{quote(venue_id, safe='')}", priority=priority)
        except DeniedError:
            raise
        except RejectedError:
            return False
        return True

    async def open_orders(self, priority: Priority = Priority.RECONCILE) -> list[OrderRow]:
        """Every open order, with legs, held ones too."""
        found: dict[str, OrderRow] = {}
        params = {"status": "open", "limit": str(PAGE), "nested": "true", "direction": "desc"}
        for _ in range(PAGES):
            answer = await self.call("GET", "/orders", params, priority=priority)
            rows, bad = orders(answer)
            self.skipped += bad
            before = len(found)
            found |= {row.id: row for row in rows}
            if not rows or len(answer) < PAGE or len(found) == before:
                break
            params = {**params, "before_order_id": last_id(answer)}
        return list(found.values())

    async def fills(self, venue_id: str, priority: Priority = Priority.RECONCILE) -> list[FillRow]:
        """The executions of an order, as far as the venue lists them by now."""
        found: dict[str, FillRow] = {}
        params = {"order_id": venue_id, "direction": "asc", "page_size": str(FILLS_PAGE)}
        for _ in range(PAGES):
            answer = await self.call("GET", "/account/activities/FILL", params, priority=priority)
            rows, bad = many(FillRow, answer)
            self.skipped += bad
            before = len(found)
            found |= {row.id: row for row in rows if row.order_id == venue_id}
            if not rows or len(answer) < FILLS_PAGE or len(found) == before:
                break
            params = {**params, "page_token": rows[-1].id}
        return list(found.values())

    async def call(
        self, method: Method, path: str, data: Mapping[str, str] | None = None, *, priority: Priority
    ) -> Any:  # noqa: ANN401 - JSON
        """One request in its turn, and its answer, decoded. An open circuit lets only exits and cancels through."""
        await self._turn(method, priority)
        pool = self._urgent if priority is Priority.EXIT else self._pool
        job = asyncio.get_running_loop().run_in_executor(pool, self._client.request, method, path, data)
        try:
            async with asyncio.timeout(DEADLINE * self._timeout_s):
                reply = await job
        except TimeoutError:
            error = call_error("Alpaca's answer does not end", method=method)
            self.turnstile.failed(error, priority)
            raise error from None
        except DeniedError as error:
            self.turnstile.refused(error)
            raise
        except VenueError as error:
            self.turnstile.failed(error, priority)
            raise
        self.turnstile.answered(requests_left(reply.headers))
        return reply.body

    async def _turn(self, method: Method, priority: Priority) -> None:
        if priority is Priority.EXIT and method != "GET":
            await self.turnstile.insist(priority)
            return
        try:
            await self.turnstile.take(priority, within_s=self._patience_s(priority))
        except TransientError as error:
            raise TransientError(f"Alpaca is left alone for a while: {error}", wait_s=error.wait_s) from None

    def _patience_s(self, priority: Priority) -> float | None:
        """The longest wait for a turn: an entry grows stale, and a question that is held is asked anew later."""
        if priority is Priority.RECONCILE and self.turnstile.budget.held_s(priority) > PATIENCE_S:
            return PATIENCE_S
        return self._within_s if priority is Priority.ENTRY else None
