"""What the broker says: whose account it is, the account, and its book."""

from datetime import datetime
from decimal import Decimal

from tidegate.core.domain.values import PositionSide, Side, Value

STOCK = "us_equity"  # the only class of assets that is traded
HELD = "held"  # an exit that waits for its parent order, and takes no shares yet


class Identity(Value, frozen=True, kw_only=True):
    """Whose account a venue trades. `status` is the venue's word; `paper` says that no real money is in it."""

    account_id: str
    account_number: str
    status: str
    paper: bool


class Account(Value, frozen=True, kw_only=True):
    """The venue's account, in dollars, as of `at`. `last_equity`: at the last close; None when the venue tells none."""

    at: datetime
    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    last_equity: Decimal | None = None


class BrokerPosition(Value, frozen=True, kw_only=True):
    """A position as the broker tells it. `quantity` is positive shares; prices in USD.

    `asset_class` is the broker's word; whatever is no stock (an option, a coin) is shown and never traded.
    """

    symbol: str
    side: PositionSide
    quantity: Decimal
    average_price: Decimal
    price: Decimal | None = None
    asset_class: str = STOCK


class BrokerOrder(Value, frozen=True, kw_only=True):
    """An open order as the broker tells it, with its status in the broker's own word.

    `limit` is USD a share. An order by dollars has a quantity of 0 and says in `notional` what is left to spend.
    """

    client_order_id: str
    venue_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    filled: Decimal
    status: str
    limit: Decimal | None = None
    notional: Decimal | None = None
    asset_class: str = STOCK
