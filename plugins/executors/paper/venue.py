"""What the paper venue remembers, when it is out of reach, and the account it keeps."""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from tidegate import Account, Line, Order, State

CENT = Decimal("0.01")
REMEMBERED = 10_000  # client order ids


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of time, `start` included and `end` not, aware times."""

    start: Annotated[datetime, Meta(tz=True)]
    end: Annotated[datetime, Meta(tz=True)]

    def __post_init__(self) -> None:
        """Refuse an end that is not after the start."""
        if self.end <= self.start:
            raise ValueError("end must be after start")


class Venue:
    """What an open paper venue remembers: its line, and when each client order id first arrived."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self.arrived: dict[str, datetime] = {}

    def arrive(self, order: Order, at: datetime) -> datetime:
        """When the venue first saw the id: the same id never trades twice."""
        first = self.arrived.setdefault(order.client_order_id, at)
        if len(self.arrived) > REMEMBERED:
            del self.arrived[next(iter(self.arrived))]
        return first


def inside(windows: tuple[Window, ...], at: datetime) -> Window | None:
    """The window that holds a moment, if any."""
    return next((window for window in windows if window.start <= at < window.end), None)


def account_of(state: State, cash: Decimal, at: datetime) -> Account:
    """The account that the journal's fills leave of `cash`; before any price counted, a position is worth its entry."""
    left = cash + state.cash_flow
    net = gross = Decimal(0)
    for position in state.positions.values():
        price = state.last_price(position.symbol)
        value = position.quantity * (position.average_price if price is None else Decimal(str(price)))
        gross += value
        net += position.side.sign * value
    equity = left + net
    power = max(Decimal(0), 2 * equity - gross)
    return Account(at=at, equity=_cents(equity), cash=_cents(left), buying_power=_cents(power))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_EVEN)
