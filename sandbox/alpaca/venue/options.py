"""Options of the account: contracts that were put there, their quotes and greeks, and assignment."""

from decimal import Decimal

import msgspec

from tidegate.sandbox.alpaca.wire import FINE, dollars, plain
from tidegate.sandbox.answers import Json
from tidegate.sandbox.times import Instant, rfc3339

MULTIPLIER = 100


class OptionHeld(msgspec.Struct, kw_only=True):
    """Contracts held, negative for a short. Prices are USD a share; without greeks the venue sends none."""

    symbol: str
    quantity: Decimal
    price: Decimal
    bid: Decimal
    ask: Decimal
    at: Instant
    delta: float | None = None
    iv: float | None = None

    @property
    def middle(self) -> Decimal:
        """Between bid and ask, USD a share."""
        return (self.bid + self.ask) / 2

    @property
    def value(self) -> Decimal:
        """What they are worth, USD; a short's is below 0."""
        return self.quantity * self.middle * MULTIPLIER

    def wire(self) -> Json:
        """The row of GET /v2/positions: prices a share, money in dollars, and nothing of what the contract is."""
        cost = self.quantity * self.price * MULTIPLIER
        return {
            "asset_id": self.symbol,
            "symbol": self.symbol,
            "exchange": "",
            "asset_class": "us_option",
            "asset_marginable": True,
            "qty": plain(self.quantity),
            "qty_available": plain(self.quantity),
            "avg_entry_price": dollars(self.price, FINE),
            "side": "long" if self.quantity > 0 else "short",
            "market_value": dollars(self.value, FINE),
            "cost_basis": dollars(cost, FINE),
            "unrealized_pl": dollars(self.value - cost, FINE),
            "current_price": plain(self.middle),
        }

    def snapshot(self) -> Json:
        """The row of GET /v1beta1/options/snapshots."""
        quote = {"t": rfc3339(self.at), "bp": float(self.bid), "ap": float(self.ask), "bs": 10, "as": 10, "c": " "}
        row: Json = {"latestQuote": quote}
        if self.iv is not None:
            row["impliedVolatility"] = self.iv
        if self.delta is not None:
            row["greeks"] = {"delta": self.delta, "gamma": 0.02, "theta": -0.1, "vega": 0.1, "rho": 0.05}
        return row
