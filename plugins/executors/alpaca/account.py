"""The account and the whole book, each read at one moment or not at all."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from tidegate import Account, BrokerSeen, Priority, VenueError, retrying
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.orders import broker_order, broker_position
from tidegate.plugins.executors.alpaca.wire import AccountRow, BadAnswerError, PositionRow, many

T = TypeVar("T")
FLAGS = ("account_blocked", "trading_blocked", "trade_suspended_by_user")


async def reading(call: Callable[[], Awaitable[T]]) -> T:
    """A question that changes nothing, asked up to three times within five seconds."""
    return await retrying(call, attempts=3, within_s=5.0)


async def account(calls: Calls, at: datetime) -> Account:
    """The account as of `at`, in USD.

    Raises:
        VenueError: It cannot be read, or may not trade; the text says why.
    """
    row = await reading(lambda: calls.account(Priority.RECONCILE))
    if (reason := _blocked(row)) is not None:
        raise VenueError(reason)
    return Account(at=at, equity=row.equity, cash=row.cash, buying_power=row.buying_power, last_equity=row.last_equity)


async def book(calls: Calls) -> BrokerSeen:
    """Positions and open orders.

    Raises:
        VenueError: They cannot be read. One position that cannot makes the whole book unknown: left out, it would
            count as closed.
    """
    orders, answer = await asyncio.gather(
        reading(calls.open_orders),
        reading(lambda: calls.call("GET", "/positions", priority=Priority.RECONCILE)),
    )
    rows, bad = many(PositionRow, answer)
    if bad:
        raise BadAnswerError(f"{bad} of Alpaca's positions cannot be read")
    read = [broker_order(row) for row in orders if not row.final]  # a parent that is done comes along with its legs
    calls.skipped += read.count(None)
    return BrokerSeen(
        positions=tuple(broker_position(row) for row in rows if row.qty),
        orders=tuple(each for each in read if each is not None),
    )


def _blocked(row: AccountRow) -> str | None:
    """Why the account may not trade; None when it may, as far as is told."""
    found = [name for name in FLAGS if getattr(row, name)]
    if row.status not in ("", "ACTIVE"):
        found.append(f"status {row.status}")
    return f"The account may not trade ({', '.join(found)}). Next: ask Alpaca, on its dashboard." if found else None
