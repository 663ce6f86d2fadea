"""The orders that the venue works for us: each is polled until it is final and all its fills are told.

Polling is the proof. A hint of the stream, a submit or a cancel makes the next look come at once; without them the
pauses grow to `poll_s`. What is told of an order is told in this order: accepted, fills, end.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from tidegate import (
    Fact,
    Line,
    Order,
    OrderAccepted,
    Priority,
    Purpose,
    VenueError,
    VenueUnavailable,
    elapsed,
)
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.errors import AbsentError, RejectedError
from tidegate.plugins.executors.alpaca.facts import Teller
from tidegate.plugins.executors.alpaca.watch import Watch
from tidegate.plugins.executors.alpaca.wire import BadAnswerError, OrderRow

QUICK_S = 0.2
LONGEST_S = 60.0  # a venue that asks for more is asked again then
HINTED = 3  # hinted orders are asked for one by one, more of them with the list of all
CANCEL_AGAIN_S = 5.0
MUTE_S = 10.0  # a stream that did not tell of a move within so long is mute


class Book:
    """Watches orders. `mute` is told when the venue moved orders that its stream did not tell of."""

    def __init__(self, calls: Calls, line: Line, *, poll_s: float, mute: Callable[[], None]) -> None:
        self._calls, self._line, self._poll_s, self._mute = calls, line, poll_s, mute
        self._teller = Teller(calls, self.say)
        self.watches: dict[str, Watch] = {}
        self.arrived: set[str] = set()  # ids that the venue called taken, and has not shown
        self._hints: set[str] = set()
        self._woken = asyncio.Event()
        self._pause_s, self._due_at, self._listed_at = poll_s, 0.0, 0.0
        self._heard: dict[str, float] = {}
        self._unheard: dict[str, float] = {}

    # ---- what others say

    def watch(self, order: Order) -> Watch:
        """The watch of an order; a new one knows what the engine knows."""
        name = order.client_order_id
        if name not in self.watches:
            state = self._line.state()
            working = state.orders.get(name) or state.done.get(name)
            told, venue_id = (working.filled, working.venue_order_id) if working else (Decimal(0), None)
            self.watches[name] = Watch(order, told=told, venue_id=venue_id)
        return self.watches[name]

    def forget(self, order: Order) -> None:
        """An order that the venue does not have."""
        self.watches.pop(order.client_order_id, None)

    def moved(self, name: str) -> None:
        """A hint: look at this order now; "" at all."""
        self._heard[name] = elapsed()
        self._unheard.pop(name, None)
        if not name:
            self._hints |= self.watches.keys()
        elif name in self.watches:
            self._hints.add(name)
        self.hurry()

    def hurry(self) -> None:
        """Look soon, and again soon after."""
        self._pause_s = min(QUICK_S, self._poll_s)
        self._due_at = min(self._due_at, elapsed() + self._pause_s)
        self._woken.set()

    # ---- polling

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self._wait()
            self._pause_s = min(self._poll_s, self._pause_s * 2.0)
            try:
                await self._round()
            except VenueError as error:  # the account, asked at each tick, says what is wrong with the venue
                wait_s = getattr(error, "wait_s", None) or 0.0
                self._pause_s = max(self._poll_s, min(LONGEST_S, wait_s))
            except Exception as error:  # noqa: BLE001 - one order that cannot be understood must not end the watch
                self.say(VenueUnavailable(reason=f"watching orders failed: {type(error).__name__}"))
                self._pause_s = self._poll_s
            self._due_at = elapsed() + self._pause_s

    async def _wait(self) -> None:
        """Until a look is due, or hinted at."""
        while not self._hints or not self.watches:
            left_s = self._due_at - elapsed() if self.watches else None
            if left_s is not None and left_s <= 0.0:
                return
            self._woken.clear()
            with suppress(TimeoutError):  # wait_for would lose a cancel that comes with the wake-up (Python 3.11)
                async with asyncio.timeout(left_s):
                    await self._woken.wait()

    async def _round(self) -> None:
        hints, self._hints = self._hints, set()
        watched = [watch for watch in self.watches.values() if watch.venue_id is not None or watch.sought]
        hinted = [watch for watch in watched if watch.order.client_order_id in hints]
        rows: dict[str, OrderRow] = {}
        if not 0 < len(hinted) <= HINTED or elapsed() - self._listed_at > self._poll_s:
            self._listed_at, hinted = elapsed(), watched
            self._notice_silence()
            if watched:
                priority = min(watch.priority for watch in watched)
                rows = {row.id: row for row in await self._calls.open_orders(priority)}
        failures = [await self._failure(watch, rows.get(watch.venue_id or "")) for watch in hinted]
        for failure in failures:
            if failure is not None:
                raise failure

    async def _failure(self, watch: Watch, row: OrderRow | None) -> VenueError | None:
        """Look at one order, asking for its row if need be; what went wrong must not keep others from being seen."""
        if watch.missing and row is None:
            return None  # asked for by its id only when the books are compared, because it may be gone for good
        try:
            await self.look(watch, row or await self._row(watch))
        except (AbsentError, BadAnswerError):
            return None  # cannot be read, or found just now: looked at again later
        except VenueError as error:
            return error
        return None

    async def _row(self, watch: Watch) -> OrderRow:
        if watch.venue_id is not None:
            return await self._calls.order(watch.venue_id, watch.priority)
        return await self._calls.order_by_name(watch.order.client_order_id, watch.priority)

    async def look(self, watch: Watch, row: OrderRow) -> None:
        """Tell what an order's row says that is news, and cancel what is unwanted or overdue.

        A row of an order that was replaced is no news once its successor is watched.
        """
        if watch.venue_id not in (None, row.id):
            return
        watch.venue_id, watch.sought, watch.missing = row.id, False, False
        self.arrived.discard(watch.order.client_order_id)
        if not watch.accepted and row.status != "rejected":
            watch.accepted = True
            self.say(OrderAccepted(client_order_id=watch.order.client_order_id, venue_order_id=row.id))
        told = watch.told
        whole = await self._teller.fills(watch, row)
        if watch.told > told:
            self._note_move(watch.order.client_order_id)
        if row.status == "replaced" and row.replaced_by is not None:
            if whole and watch.venue_id == row.id:  # two looks may come to this at the same time
                watch.follow(row)
                self.hurry()
        elif row.final and whole:
            self._end(watch, row)
        elif not row.final and self._to_cancel(watch, row):
            over = not await self.cancel(watch) and watch.rested and row.rests
            if over and whole:
                self._end(watch, row)
        if watch.behind == 1:
            self.hurry()

    def _end(self, watch: Watch, row: OrderRow) -> None:
        self._teller.end(watch, row, overdue=self._overdue(watch.order) or watch.rested)
        self.watches.pop(watch.order.client_order_id, None)
        self._heard.pop(watch.order.client_order_id, None)

    def _note_move(self, name: str) -> None:
        """The venue moved an order: did its stream say so?"""
        now = elapsed()
        if now - max(self._heard.get(name, 0.0), self._heard.get("", 0.0)) > MUTE_S:
            self._unheard.setdefault(name, now)

    # ---- canceling

    def _overdue(self, order: Order) -> bool:
        return order.purpose is not Purpose.STOP and self._line.now() >= order.expires_at

    def _to_cancel(self, watch: Watch, row: OrderRow) -> bool:
        watch.rested |= (
            row.rests and watch.order.purpose is not Purpose.STOP
        )  # tomorrow is another attempt; a stop waits for it
        wanted = watch.unwanted or watch.rested or self._overdue(watch.order)
        return wanted and (watch.canceled_at is None or elapsed() - watch.canceled_at > CANCEL_AGAIN_S)

    async def cancel(self, watch: Watch) -> bool:
        """Ask the venue to cancel; its confirmation is what the next looks are for. False: nothing to cancel."""
        taken = True
        with suppress(AbsentError, RejectedError):  # the next look says what became of it
            taken = await self._calls.cancel(watch.venue_id or "", Priority.EXIT)
        watch.canceled_at = elapsed()
        self.hurry()
        return taken

    def _notice_silence(self) -> None:
        now = elapsed()
        if any(now - since > MUTE_S for since in self._unheard.values()):
            self._unheard.clear()
            self._mute()

    def say(self, fact: Fact) -> None:
        """Publish a fact as of the engine's time."""
        with suppress(ValueError):  # a session that has not begun has no time, and nothing to be told
            self._line.publish(self._line.now(), fact)
