"""Asking the venue: every effect that concerns it, each guarded; the answers come back as facts on the line."""

import asyncio
from collections.abc import Coroutine
from datetime import datetime

from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.plugins.bases import Executor, Line

VENUE = e.Submit | e.Find | e.Cancel | e.AskAccount | e.AskBroker


class VenueCalls:
    """The calls to one executor.

    A simulator answers at once, so that a session stays in order; a real venue is asked
    in tasks, so that it never holds up the loop.
    """

    def __init__(self, executor: Executor, line: Line) -> None:
        self._executor, self._line = executor, line
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: set[type[e.Effect]] = set()  # books that are being asked for: an answer is waited for, once

    async def perform(self, effect: VENUE, at: datetime) -> None:
        """Carry out an effect that was decided at `at`."""
        call = self._order(effect, at) if isinstance(effect, e.Submit | e.Find | e.Cancel) else self._book(effect, at)
        await self._ask(call)

    async def close(self) -> None:
        """Give up what is still being asked."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _ask(self, call: Coroutine[None, None, None]) -> None:
        if self._executor.simulated:
            await call
            return
        task = asyncio.create_task(call)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _order(self, effect: e.Submit | e.Find | e.Cancel, at: datetime) -> None:
        try:
            match effect:
                case e.Submit():
                    await self._executor.submit(effect.order, at)
                case e.Find():
                    await self._executor.find(effect.order)
                case e.Cancel():
                    await self._executor.cancel(effect.order)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the order's fate is unknown; it is asked for again
            unknown = e.OrderUnknown(client_order_id=effect.order.client_order_id, reason=_words(error))
            self._line.publish(self._line.now(), unknown)

    async def _book(self, effect: e.AskAccount | e.AskBroker, at: datetime) -> None:
        if type(effect) in self._asked:
            return
        self._asked.add(type(effect))
        seen: e.AccountSeen | e.BrokerSeen | None
        try:
            seen = await (self._executor.account if isinstance(effect, e.AskAccount) else self._executor.broker)(at)
        except Exception as error:  # noqa: BLE001 - what cannot be read grows old, and gates say so
            self._line.publish(self._line.now(), e.VenueUnavailable(reason=_words(error)))
            return
        finally:
            self._asked.discard(type(effect))
        if isinstance(seen, e.BrokerSeen):
            seen = replace(seen, asked_at=at)
        if seen is not None:
            known_at = seen.account.at if isinstance(seen, e.AccountSeen) else self._line.now()
            self._line.publish(max(at, known_at), seen)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
