"""How an order's rows become facts: its fills, each once and whole, and then its end."""

from collections.abc import Callable
from decimal import Decimal

from tidegate import Fact, OrderCanceled, OrderExpired, OrderFilled, OrderRejected, VenueError
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.fills import Fill, derived, news, ranked
from tidegate.plugins.executors.alpaca.watch import Watch
from tidegate.plugins.executors.alpaca.wire import FillRow, OrderRow

PATIENCE = 5  # looks at an order whose fills are not listed yet, before they are derived from the order itself
ENDS: dict[str, type[OrderCanceled | OrderExpired]] = {"canceled": OrderCanceled, "expired": OrderExpired}
REJECTED = "Alpaca took the order and then rejected it. Next: see the order at Alpaca for its reason."


class Teller:
    """Tells of watched orders through `say`."""

    def __init__(self, calls: Calls, say: Callable[[Fact], None]) -> None:
        self._calls, self._say = calls, say

    async def fills(self, watch: Watch, row: OrderRow) -> bool:
        """Tell executions that are news; whether everything that the row says is filled was told."""
        if row.filled is not None and row.filled <= watch.counted:
            watch.behind = 0
            return True
        try:
            rows = await self._calls.fills(row.id, watch.priority)
        except VenueError:
            if row.filled is None:
                return False  # nothing says how many there are, so nothing may end here
            rows = []  # without the list, the order's own numbers will do in the end
        if watch.venue_id != row.id:
            return False  # replaced meanwhile: what is counted now are its successor's shares
        listed = max((total for total, _ in ranked(rows)), default=watch.counted)
        filled = listed if row.filled is None else row.filled
        for fill in news(rows, watch.counted):  # read only now: another look may have told them meanwhile
            self._tell(watch, fill)
        return self._caught_up(watch, row, filled, rows)

    def end(self, watch: Watch, row: OrderRow, *, overdue: bool) -> None:
        """Tell the end that a final row says. A cancel that only the clock asked for is an expiry."""
        name = watch.order.client_order_id
        if row.status == "rejected":
            self._say(OrderRejected(client_order_id=name, code="rejected", reason=REJECTED))
        elif (end := OrderExpired if row.rests else ENDS.get(row.status)) is not None:
            ran_out = end is OrderCanceled and overdue and not watch.unwanted
            self._say((OrderExpired if ran_out else end)(client_order_id=name))
        elif watch.told < watch.order.quantity:  # filled, for fewer shares than ours: somebody changed it there
            self._say(OrderCanceled(client_order_id=name))

    def _caught_up(self, watch: Watch, row: OrderRow, filled: Decimal, rows: list[FillRow]) -> bool:
        """Whether all of `filled` was told; after some patience, by an execution of our own."""
        if filled <= watch.counted:
            watch.behind = 0
            return True
        watch.behind += 1
        average = row.filled_avg_price
        if watch.behind <= PATIENCE or average is None or average <= 0:
            return False
        self._tell(watch, derived(row.id, filled=filled, average=average, told=watch.counted, rows=rows))
        return True

    def _tell(self, watch: Watch, fill: Fill) -> None:
        """A fill, for no more than our order's shares: what somebody added there is for the books to compare."""
        left = watch.order.quantity - watch.told
        watch.told += fill.quantity
        if left <= 0:
            return
        name, shares = watch.order.client_order_id, min(fill.quantity, left)
        self._say(OrderFilled(client_order_id=name, execution_id=fill.execution_id, quantity=shares, price=fill.price))
