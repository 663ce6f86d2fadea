"""One order at the venue, and what was told of it."""

from decimal import Decimal

from tidegate import Order, Priority, Purpose
from tidegate.plugins.executors.alpaca.wire import OrderRow


class Watch:
    """One order and what was told of it. `base`: shares filled before it was replaced at the venue.

    `unwanted`: we asked for its end; `rested`: the venue works it no more on this day; `sought`: it could not be read,
    and is looked up by our id until it can; `missing`: the venue did not find what it had accepted, so only its list of
    open orders is believed.
    """

    def __init__(self, order: Order, *, told: Decimal, venue_id: str | None) -> None:
        self.order, self.told, self.venue_id = order, told, venue_id
        self.accepted = False
        self.base = Decimal(0)
        self.behind = 0
        self.unwanted = self.rested = self.sought = self.missing = False
        self.canceled_at: float | None = None

    @property
    def priority(self) -> Priority:
        """Exits and what stands in their way first; a stop that rests can wait."""
        leaving = self.order.purpose is Purpose.EXIT
        return Priority.EXIT if leaving or self.unwanted else Priority.RECONCILE

    @property
    def counted(self) -> Decimal:
        """Shares told of the order as it stands at the venue now."""
        return self.told - self.base

    def follow(self, row: OrderRow) -> None:
        """The venue put another order in its place, which counts its shares from zero."""
        self.base += self.counted if row.filled_qty is None else row.filled_qty
        self.venue_id, self.canceled_at = row.replaced_by, None
