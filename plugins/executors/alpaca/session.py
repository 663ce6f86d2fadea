"""An open Alpaca account: the calls, the watched orders and the stream, and how each answer becomes a fact."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from tidegate import (
    LimitedError,
    Line,
    Order,
    OrderAbsent,
    OrderCanceled,
    OrderRejected,
    OrderUnknown,
    Priority,
    Purpose,
    RateLimited,
    SourceFailed,
    TransientError,
    VenueError,
    VenueUnavailable,
)
from tidegate.plugins.executors.alpaca.account import reading
from tidegate.plugins.executors.alpaca.assets import Assets, sending
from tidegate.plugins.executors.alpaca.book import Book
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.clock import ClockWatch
from tidegate.plugins.executors.alpaca.errors import AbsentError, ArrivedError, DeniedError, RejectedError
from tidegate.plugins.executors.alpaca.orders import body
from tidegate.plugins.executors.alpaca.stream import TradeUpdates
from tidegate.plugins.executors.alpaca.wire import OrderRow

STREAM = "executors.alpaca stream"


class Session:
    """What an open executor holds."""

    def __init__(  # noqa: PLR0913 - everything an open account needs, by keyword
        self,
        calls: Calls,
        line: Line,
        *,
        poll_s: float,
        lookups: int,
        lookup_pause_s: float,
        stream: tuple[str, tuple[str, str]] | None,
    ) -> None:
        """`stream`: its address and the keys; None to do without hints."""
        self.calls, self._line, self._lookups, self._lookup_pause_s = calls, line, lookups, lookup_pause_s
        self.book = Book(calls, line, poll_s=poll_s, mute=self._mute)
        self.stream: TradeUpdates | None = None
        if stream is not None:
            lost = partial(self._failed, STREAM)
            self.stream = TradeUpdates(stream[0], keys=stream[1], moved=self.book.moved, lost=lost)
        self._finding: set[str] = set()
        self._sending: set[str] = set()
        self._assets = Assets(calls)
        self.clock = ClockWatch(calls, partial(self._failed, "executors.alpaca clock"), now=line.now)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to poll and to listen."""
        self.spawn(self.book.run())
        if self.stream is not None:
            self.spawn(self.stream.run())

    async def close(self) -> None:
        """End both."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.calls.close()

    # ---- orders

    async def submit(self, order: Order) -> None:
        """Send an order, once, unless it is plain beforehand that the venue may not take it."""
        name = order.client_order_id
        watch = self.book.watch(order)
        self._sending.add(name)
        try:
            await self._assets.check(order, self._line.now().date())
            row = await self.calls.submit(body(order), sending(order))
        except VenueError as error:
            self._sending.discard(name)
            if watch.venue_id is None:
                self.book.forget(order)
            await self._not_taken(order, error)
            return
        finally:
            self._sending.discard(name)
            self.book.hurry()
        with suppress(VenueError):  # the poller looks again
            await self.book.look(watch, row)

    async def find(self, order: Order) -> None:
        """Tell all that the venue knows of an order; that it knows nothing only after asking a few times.

        An order that is on its way is not asked for: its answer is.
        """
        name = order.client_order_id
        if name in self._finding or name in self._sending:
            return
        self._finding.add(name)
        try:
            row = await self._lookup(order)
            if row is None:
                self._absent(order)
            else:
                await self.book.look(self.book.watch(order), row)
        except VenueError as error:
            self._unsure(order, error)
            self._keep_looking(order)
        finally:
            self._finding.discard(name)
            self.book.hurry()

    def _keep_looking(self, order: Order) -> None:
        """What the venue is known to have is watched, whether it can be read now or not: nobody asks a second time."""
        if self._arrived(order):
            self.book.watch(order).sought = True

    def _arrived(self, order: Order) -> bool:
        working = self._line.state().orders.get(order.client_order_id)
        return working is not None and working.arrived

    async def cancel(self, order: Order) -> None:
        """Want an order gone: it is asked for until the venue confirms the end."""
        watch = self.book.watch(order)
        watch.unwanted = True
        if watch.venue_id is None:
            await self.find(order)
            return
        with suppress(VenueError):  # the poller asks again
            await self.book.cancel(watch)
        self.book.moved(order.client_order_id)

    async def _lookup(self, order: Order) -> OrderRow | None:
        """The venue's row; it may lag behind a POST whose answer was lost, so nothing is believed at once."""
        for number in range(self._lookups):
            if number:
                await asyncio.sleep(self._lookup_pause_s * 2.0 ** (number - 1))
            with suppress(AbsentError):
                return await reading(lambda: self.calls.order_by_name(order.client_order_id, _asking(order)))
        return None

    def _absent(self, order: Order) -> None:
        name = order.client_order_id
        known = self.book.watches.get(name)
        if name in self.book.arrived:
            self.book.say(OrderUnknown(client_order_id=name, reason="Alpaca says the id is taken, but shows no order"))
        elif known is not None and known.unwanted:
            self.book.say(OrderCanceled(client_order_id=name))
        else:
            self.book.say(OrderAbsent(client_order_id=name))
            if self._arrived(order):  # a lookup can lag, and nobody asks again for what the venue lists as open
                self.book.watch(order).missing = True
                return
        self.book.forget(order)

    async def _not_taken(self, order: Order, error: VenueError) -> None:
        """What a submit without an accepted order means."""
        name = order.client_order_id
        match error:
            case LimitedError():
                until = self._line.now() + timedelta(seconds=error.wait_s)
                self.book.say(RateLimited(client_order_id=name, until=until, reason=str(error)))
            case ArrivedError():
                self.book.arrived.add(name)
                await self.find(order)
            case DeniedError() if (
                order.purpose is not Purpose.ENTRY
            ):  # an exit is never given up: it is asked for again, with pauses
                self._unsure(order, error)
            case RejectedError():
                if isinstance(error, DeniedError):
                    self.unavailable(error)
                self.book.say(OrderRejected(client_order_id=name, code=error.code, reason=str(error)))
            case _:
                self._unsure(order, error)

    def _unsure(self, order: Order, error: VenueError) -> None:
        if isinstance(error, TransientError | DeniedError):
            self.unavailable(error)
        self.book.say(OrderUnknown(client_order_id=order.client_order_id, reason=str(error)))

    def now(self) -> datetime:
        """The engine's time."""
        return self._line.now()

    def unavailable(self, error: VenueError) -> None:
        """Tell that the venue could not be asked."""
        self.book.say(VenueUnavailable(reason=str(error)))

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside everything else, until it ends or the session closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _mute(self) -> None:
        if self.stream is not None:
            self.spawn(self.stream.mute())

    def _failed(self, what: str, reason: str) -> None:
        self.book.say(SourceFailed(source=what, reason=reason))


def _asking(order: Order) -> Priority:
    """How urgent it is to know what became of an order."""
    return Priority.EXIT if order.purpose is not Purpose.ENTRY else Priority.RECONCILE
