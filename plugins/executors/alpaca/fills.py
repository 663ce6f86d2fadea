"""Which executions of an order are news.

An order's shares fill one after the other, so what was told of it is one number: how many. An execution is the stretch
from the shares filled before it to its own cumulative quantity. Whatever lies below the number was told, whichever
list, id or derivation it came from; so nothing counts twice, also after a restart.
"""

from decimal import Decimal

import msgspec

from tidegate.plugins.executors.alpaca.wire import FillRow

PRICE_STEP = Decimal("0.000001")


class Fill(msgspec.Struct, frozen=True):
    """One execution to tell of; price in USD."""

    execution_id: str
    quantity: Decimal
    price: Decimal


def ranked(rows: list[FillRow]) -> list[tuple[Decimal, FillRow]]:
    """The executions of one order with their cumulative quantities, in order; added up where the venue tells none."""
    rows = list({row.id: row for row in rows if row.qty > 0 and row.price > 0}.values())
    if all(row.cum_qty is not None for row in rows):
        return sorted(((row.cum_qty or row.qty, row) for row in rows), key=lambda each: (each[0], each[1].id))
    total, found = Decimal(0), []
    for row in sorted(rows, key=lambda each: each.id):
        total += row.qty
        found.append((total, row))
    return found


def news(rows: list[FillRow], told: Decimal) -> list[Fill]:
    """The executions beyond `told` shares, up to the first gap: what is missing there comes with a later list."""
    fills = []
    for total, row in ranked(rows):
        if total <= told:
            continue
        if total - row.qty > told:
            break
        fills.append(Fill(row.id, total - told, row.price))
        told = total
    return fills


def derived(order_id: str, *, filled: Decimal, average: Decimal, told: Decimal, rows: list[FillRow]) -> Fill:
    """One execution for the shares that the order says are filled and no list tells of.

    Its price makes the average come out right if the executions below `told` are known; it is the average otherwise.
    """
    known = [(total, row) for total, row in ranked(rows) if total <= told]
    cost = sum((row.qty * row.price for _, row in known), Decimal(0))
    whole = sum((row.qty for _, row in known), Decimal(0)) == told
    price = (filled * average - cost) / (filled - told) if whole else average
    price = price.quantize(PRICE_STEP)
    return Fill(f"{order_id}@{filled.normalize():f}", filled - told, price if price > 0 else average)
