"""What the account's readings make sure of: no single one is believed. US dollars."""

from datetime import datetime
from decimal import Decimal

import msgspec

AGREE_S = 5.0  # two readings so far apart, or farther, confirm each other
NEAR_PCT = 3  # a day's beginning is told alike when it is so near
TOLD_LIMIT = 50
FLOW_SHARE = Decimal("0.001")  # of equity: a smaller movement of cash is a fee or interest, and counts


class Told(msgspec.Struct, frozen=True, array_like=True):
    """One reading. `traded`: what our fills had made of the cash by then; `close`: the broker's last equity."""

    at: datetime
    equity: Decimal
    cash: Decimal
    traded: Decimal
    close: Decimal | None


class Climb(msgspec.Struct, frozen=True, array_like=True):
    """Readings above the peak, one after another: since when, and the lowest of them."""

    since: datetime
    lowest: Decimal


class Equity(msgspec.Struct, omit_defaults=True):
    """The last readings, and what waits to be confirmed.

    `told` has those of the last `AGREE_S` seconds and the one before them, oldest first. `paid` is what was paid in
    (+) and out (-) since the last close.
    """

    told: list[Told] = []
    agreed: Told | None = None  # the last one whose cash is accounted for
    paid: Decimal = Decimal(0)
    regular: bool = False  # the exchange traded at the last one
    climb: Climb | None = None

    @property
    def confirmed(self) -> bool:
        """Whether two readings are far enough apart."""
        return bool(self.told) and (self.told[-1].at - self.told[0].at).total_seconds() >= AGREE_S

    def take(self, reading: Told) -> None:
        """A new reading."""
        self.told.append(reading)
        while len(self.told) > 1 and (reading.at - self.told[1].at).total_seconds() >= AGREE_S:
            del self.told[0]
        if len(self.told) > TOLD_LIMIT:
            del self.told[1]

    def flow(self) -> Decimal:
        """What was paid in (+) or out (-) since the agreed reading, once two readings say so; 0 when nothing was.

        Cash that no fill of ours explains is a payment when equity moved with it. When equity stayed, it is a trade
        that we have not heard of, or not ours.
        """
        if not self.confirmed:
            return Decimal(0)
        last = self.told[-1]
        least = max(Decimal(1), abs(last.equity) * FLOW_SHARE)
        if any(abs(_unexplained(each, last)) > least for each in self.told):
            return Decimal(0)
        agreed = last if self.agreed is None else self.agreed
        paid = _unexplained(agreed, last)
        moved = all(abs(each.equity - agreed.equity - paid) * 2 <= abs(paid) for each in self.told)
        self.agreed = last
        return paid if moved else Decimal(0)


def near(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts are within `NEAR_PCT` percent of the second."""
    return abs(one - other) * 100 <= abs(other) * NEAR_PCT


def _unexplained(before: Told, after: Told) -> Decimal:
    return after.cash - before.cash - (after.traded - before.traded)
