"""One order at the venue, and what was told of it."""

from decimal import Decimal

from tidegate import Order, Priority


class Watch:
    """One order and what was told of it. `base`: shares filled before it was replaced at the venue."""

    def __init__(self, order: Order, *, told: Decimal, venue_id: str | None) -> None:
        self.order, self.told, self.venue_id = order, told, venue_id
        self.accepted = False
        self.base = Decimal(0)
        self.behind = 0
        self.unwanted = False
        self.canceled_at: float | None = None

    @property
    def priority(self) -> Priority:
        """Exits and what stands in their way first; a stop that rests can wait."""
        leaving = self.order.entry is None and self.order.stop is None
        return Priority.EXIT if leaving or self.unwanted else Priority.RECONCILE
