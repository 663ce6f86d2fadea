"""Unusual Whales flow alerts: one row of the REST endpoint or of the websocket becomes an `Alert`.

Both spell the same facts differently: REST sends decimals as strings, the websocket sends floats and leaves out type,
strike and expiry, which stand in the option chain anyway.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from re import compile as pattern
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tidegate import Alert
from tidegate.plugins.sources.fields import SKEW, Millis, RowError, Stamp, Text, moment, reason_of

REQUIRED = ("id", "ticker", "option_chain", "total_premium")
CHAIN = pattern(r"^(\w*)(\d{6})([PC])(\d{8})$")

Dollars = Annotated[float, Meta(ge=0, le=1e15)]  # the bounds refuse NaN and infinity too
Whole = Annotated[int, Meta(ge=0)]


class Row(msgspec.Struct, frozen=True):
    """The fields of a flow alert that we read. Times are milliseconds since 1970; REST adds `created_at` as text."""

    id: Text
    ticker: Text
    option_chain: Text
    total_premium: Dollars
    end_time: Millis | None = None
    start_time: Millis | None = None
    executed_at: Millis | None = None
    created_at: Stamp | None = None
    total_ask_side_prem: Dollars | None = None
    total_bid_side_prem: Dollars | None = None
    underlying_price: Dollars | None = None
    price: Dollars | None = None
    total_size: Whole | None = None
    volume: Whole | None = None
    open_interest: Whole | None = None
    has_multileg: bool | None = None
    has_sweep: bool | None = None
    has_floor: bool | None = None
    alert_rule: str | None = None
    rule_name: str | None = None
    sector: str | None = None
    issue_type: str | None = None
    type: Literal["call", "put"] | None = None
    expiry: date | None = None


_decode: Callable[[msgspec.Raw | bytes], Row] = msgspec.json.Decoder(Row, strict=False).decode


def alert_of(row: msgspec.Raw | bytes, now: datetime) -> tuple[datetime, Alert]:
    """The time the row became known (UTC) and its alert. `now` is the real clock's time.

    Raises:
        RowError: a required field is missing or null, a type or a range is wrong, or the row is from the future.
    """
    parsed = _parse(row)
    kind, strike, expiry = chain_of(parsed.option_chain)
    if parsed.type not in (None, kind) or parsed.expiry not in (None, expiry):
        raise RowError(f"type or expiry contradicts the option chain {parsed.option_chain}")
    known, start, end = _times(parsed, now)
    alert = Alert(
        id=parsed.id,
        symbol=parsed.ticker,
        contract=parsed.option_chain,
        option_type=kind,
        strike=strike,
        expiry=expiry,
        start=start,
        at=end,
        premium=parsed.total_premium,
        ask_premium=parsed.total_ask_side_prem,
        bid_premium=parsed.total_bid_side_prem,
        underlying_price=parsed.underlying_price or None,  # the feed writes 0 for a price it does not know
        price=parsed.price,
        size=parsed.total_size,
        volume=parsed.volume,
        open_interest=parsed.open_interest,
        multileg=bool(parsed.has_multileg),
        sweep=bool(parsed.has_sweep),
        floor=bool(parsed.has_floor),
        rule=parsed.alert_rule or parsed.rule_name,
        sector=parsed.sector,
        issue_type=parsed.issue_type,
    )
    return known, alert


@lru_cache(maxsize=4096)
def chain_of(chain: str) -> tuple[Literal["call", "put"], float, date]:
    """Type, strike in dollars and expiry of an OCC option symbol such as QQQ251028C00611000."""
    found = CHAIN.match(chain)
    if found is None:
        raise RowError(f"option_chain: {chain[:40]!r} is no OCC symbol")
    _, day, side, strike = found.groups()
    try:
        expiry = date(2000 + int(day[:2]), int(day[2:4]), int(day[4:]))
    except ValueError as error:
        raise RowError(f"option_chain: {chain!r} has no valid date") from error
    return "call" if side == "C" else "put", int(strike) / 1000.0, expiry


def _times(row: Row, now: datetime) -> tuple[datetime, datetime, datetime]:
    """Known, start, end. Known is `created_at`, else the last trade; what the row leaves out is taken from the rest."""
    millis = row.end_time or row.executed_at
    if millis is None and row.created_at is None:
        raise RowError("end_time: missing, and created_at too")
    traded = row.created_at.astimezone(UTC) if millis is None and row.created_at else moment(millis or 0)
    known = row.created_at.astimezone(UTC) if row.created_at else traded
    start = moment(row.start_time) if row.start_time is not None else traded
    if start > traded:
        raise RowError("start_time: after end_time")
    if traded - known > SKEW or max(known, traded) - now > SKEW:
        raise RowError(f"from the future: last trade {traded:%Y-%m-%d %H:%M:%S} UTC")
    return known, start, traded


def _parse(row: msgspec.Raw | bytes) -> Row:
    try:
        return _decode(row)
    except msgspec.ValidationError:
        return _parse_blanks(row)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RowError(f"broken JSON: {error}") from error


def _parse_blanks(row: msgspec.Raw | bytes) -> Row:
    """Once more, taking "" for null where null may stand: an index has no underlying price."""
    try:
        fields = msgspec.json.decode(row)
        if isinstance(fields, dict):
            fields = {name: value for name, value in fields.items() if value != "" or name in REQUIRED}
        return msgspec.convert(fields, Row, strict=False)
    except msgspec.ValidationError as error:
        raise RowError(reason_of(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RowError(f"broken JSON: {error}") from error
