"""What the trading paths take in their queries, and in one body."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Listing(msgspec.Struct, frozen=True):
    """The query of GET /v2/orders."""

    status: Literal["open", "closed", "all"] = "open"
    limit: Annotated[int, Meta(ge=1, le=500)] = 50
    after: str | None = None
    until: str | None = None
    direction: Literal["asc", "desc"] = "desc"
    nested: bool = False
    symbols: str | None = None
    side: Literal["buy", "sell"] | None = None
    asset_class: str | None = None
    before_order_id: str | None = None
    after_order_id: str | None = None


class Paging(msgspec.Struct, frozen=True):
    """The query of GET /v2/account/activities/FILL."""

    after: str | None = None
    until: str | None = None
    date: str | None = None
    direction: Literal["asc", "desc"] = "desc"
    page_size: Annotated[int, Meta(ge=1, le=100)] = 100
    page_token: str | None = None
    order_id: str | None = None


class Nested(msgspec.Struct):
    """Whether legs are listed under their parent."""

    nested: bool = False


class Closing(msgspec.Struct):
    """How much of a position: shares or percent."""

    qty: Decimal | None = None
    percentage: Decimal | None = None


class Days(msgspec.Struct):
    """From one date to another."""

    start: dt.date | None = None
    end: dt.date | None = None


class Configuration(msgspec.Struct):
    """PATCH /v2/account/configurations: the flags the sandbox knows."""

    no_shorting: bool | None = None
    suspend_trade: bool | None = None
    fractional_trading: bool | None = None
