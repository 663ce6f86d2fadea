"""Positions: shares held, what they cost, and how the venue writes them."""

from decimal import Decimal

import msgspec

from tidegate.sandbox.alpaca.venue.assets import Asset
from tidegate.sandbox.alpaca.wire import FINE, dollars, plain
from tidegate.sandbox.answers import Json

ZERO = Decimal(0)


class Position(msgspec.Struct, kw_only=True):
    """Shares held; `quantity` is negative for a short. `cost` is quantity times the average entry price, USD."""

    asset: Asset
    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    def add(self, signed: Decimal, price: Decimal) -> None:
        """Take a fill in: buying is positive. Reducing keeps the average price."""
        if self.quantity * signed >= 0:
            self.quantity, self.cost = self.quantity + signed, self.cost + signed * price
            return
        left = self.quantity + signed
        turned = left * self.quantity < 0
        self.cost = left * price if turned else self.cost * left / self.quantity
        self.quantity = left

    def wire(self, price: Decimal, last_day: Decimal, available: Decimal) -> Json:
        """The position as the venue writes it. Shares not reserved by open orders are `available`."""
        value, profit = self.quantity * price, self.quantity * price - self.cost
        today = self.quantity * (price - last_day)
        return {
            "asset_id": self.asset.id,
            "symbol": self.asset.symbol,
            "exchange": self.asset.exchange,
            "asset_class": self.asset.asset_class,
            "asset_marginable": self.asset.marginable,
            "qty": plain(self.quantity),
            "qty_available": plain(available),
            "avg_entry_price": dollars(self.cost / self.quantity, FINE),
            "side": "long" if self.quantity > 0 else "short",
            "market_value": dollars(value, FINE),
            "cost_basis": dollars(self.cost, FINE),
            "unrealized_pl": dollars(profit, FINE),
            "unrealized_plpc": dollars(_part(profit, abs(self.cost)), FINE),
            "unrealized_intraday_pl": dollars(today, FINE),
            "unrealized_intraday_plpc": dollars(_part(today, abs(self.quantity) * last_day), FINE),
            "current_price": plain(price),
            "lastday_price": plain(last_day),
            "change_today": dollars(_part(price - last_day, last_day), FINE),
        }


def _part(amount: Decimal, whole: Decimal) -> Decimal:
    return amount / whole if whole else ZERO
