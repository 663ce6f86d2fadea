"""Alpaca's answers as values: only what is used is read, unknown fields and words are let through.

A row that lacks what makes it useful is left out and counted; it never takes its list with it.
"""

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from tidegate import VenueError

R = TypeVar("R", bound="Wire")
FINAL = frozenset({"filled", "canceled", "expired", "rejected", "replaced"})


class BadAnswerError(VenueError):
    """An answer of another shape than asked for."""


class Wire(msgspec.Struct, frozen=True, kw_only=True):
    """One object of an answer. Numbers come as strings or numbers; what is not finite is refused."""

    def __post_init__(self) -> None:
        """Refuse NaN and infinity, which no comparison would stop."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Decimal) and not value.is_finite():
                raise ValueError(f"{name} is not a number")


class OrderRow(Wire, frozen=True, kw_only=True):
    """An order. `status` is an open set: an unknown one is not final."""

    id: str
    client_order_id: str = ""
    symbol: str = ""
    side: str = ""
    asset_class: str = ""
    qty: Decimal | None = None
    notional: Decimal | None = None
    limit_price: Decimal | None = None
    filled_qty: Decimal | None = None
    filled_avg_price: Decimal | None = None
    status: str = ""
    replaced_by: str | None = None
    legs: Any = None  # a list of orders, decoded row by row

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to it."""
        return self.status in FINAL

    @property
    def filled(self) -> Decimal | None:
        """Shares filled, as far as it says: all of them, when it only says that it is filled."""
        return self.qty if self.filled_qty is None and self.status == "filled" else self.filled_qty

    @property
    def rests(self) -> bool:
        """Whether nothing more can happen to it on this day."""
        return self.status == "done_for_day"


class PositionRow(Wire, frozen=True, kw_only=True):
    """A position. A short's `qty` may be negative or not: `side` decides."""

    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    side: str = ""
    current_price: Decimal | None = None
    asset_class: str = ""


class FillRow(Wire, frozen=True, kw_only=True):
    """A FILL activity; `cum_qty` counts the order's shares up to and with this one."""

    id: str
    order_id: str
    qty: Decimal
    price: Decimal
    cum_qty: Decimal | None = None


class AssetRow(Wire, frozen=True, kw_only=True):
    """An asset; a permission that is not told is not given."""

    symbol: str
    status: str = ""
    tradable: bool = False
    shortable: bool = False
    fractionable: bool = False


class AccountRow(Wire, frozen=True, kw_only=True):
    """The account. Money in USD."""

    equity: Decimal
    cash: Decimal
    buying_power: Decimal
    last_equity: Decimal | None = None
    id: str = ""
    account_number: str = ""
    status: str = ""
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    trade_suspended_by_user: bool | None = None
    shorting_enabled: bool | None = None


def one(kind: type[R], answer: object) -> R:
    """The object of an answer.

    Raises:
        BadAnswerError: It is not one.
    """
    try:
        return msgspec.convert(answer, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadAnswerError(f"Alpaca's {kind.__name__.removesuffix('Row').lower()} cannot be read: {error}") from None


def many(kind: type[R], answer: object) -> tuple[list[R], int]:
    """The rows of a list that can be read, and how many cannot.

    Raises:
        BadAnswerError: It is no list.
    """
    if not isinstance(answer, list):
        raise BadAnswerError(f"Alpaca answered with no list of {kind.__name__.removesuffix('Row').lower()}s")
    rows: list[R] = []
    for each in answer:
        try:
            rows.append(msgspec.convert(each, kind, strict=False))
        except msgspec.ValidationError:
            continue
    return rows, len(answer) - len(rows)


def orders(answer: object) -> tuple[list[OrderRow], int]:
    """The orders of a list, each followed by its legs (held ones too), and how many rows cannot be read."""
    parents, bad = many(OrderRow, answer)
    rows: list[OrderRow] = []
    for parent in parents:
        rows.append(parent)
        if isinstance(parent.legs, list):
            legs, worse = orders(parent.legs)
            rows += legs
            bad += worse
    return rows, bad


def last_id(answer: object) -> str:
    """The id of a list's last row that has one, which the next page begins after; "" when none has."""
    rows = answer if isinstance(answer, list) else []
    ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    return ids[-1] if ids else ""
