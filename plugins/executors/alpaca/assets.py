"""What may be done with a symbol, asked of the venue before an order that needs a permission."""

from datetime import date

from tidegate import Order, Priority, Purpose, Side
from tidegate.plugins.executors.alpaca.account import reading
from tidegate.plugins.executors.alpaca.calls import Calls
from tidegate.plugins.executors.alpaca.errors import AbsentError, RejectedError
from tidegate.plugins.executors.alpaca.orders import refusal
from tidegate.plugins.executors.alpaca.wire import AssetRow

REMEMBERED = 1000


class Assets:
    """The assets of a day, as asked for."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._known: dict[tuple[str, date], AssetRow] = {}

    async def check(self, order: Order, day: date) -> None:
        """Let an order pass: one that neither sells short nor trades parts of shares needs no permission.

        Raises:
            RejectedError: The asset does not allow it.
            VenueError: It could not be asked for; nothing was sent.
        """
        short = order.purpose is Purpose.ENTRY and order.side is Side.SELL
        if not short and order.quantity == order.quantity.to_integral_value():
            return
        if (reason := refusal(order, await self._asset(order, day))) is not None:
            raise RejectedError(reason, code="asset")

    async def _asset(self, order: Order, day: date) -> AssetRow:
        key = (order.symbol, day)
        if key not in self._known:
            try:
                row = await reading(lambda: self._calls.asset(order.symbol, sending(order)))
            except AbsentError:
                reason = f"Alpaca does not trade {order.symbol}. Next: nothing to do."
                raise RejectedError(reason, code="asset") from None
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[key] = row
        return self._known[key]


def sending(order: Order) -> Priority:
    """How urgent an order is."""
    return Priority.EXIT if order.purpose is not Purpose.ENTRY else Priority.ENTRY
