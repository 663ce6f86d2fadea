"""What Alpaca's market data service sends, decoded row by row: one bad row never costs the others.

Only what is read is named; fields we do not know are left alone, and what is missing stays unknown.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from tidegate import Bar, Quote
from tidegate.plugins.sources.fields import SKEW, RowError, Stamp, reason_of

MINUTE = timedelta(minutes=1)
T = TypeVar("T")

Price = Annotated[float, Meta(gt=0, le=1e9)]
Side = Annotated[float, Meta(ge=0, le=1e9)]  # 0: nobody bids, or asks


class Trade(msgspec.Struct, frozen=True):
    """The latest trade: price in dollars."""

    p: Price
    t: Stamp


class Touch(msgspec.Struct, frozen=True):
    """The standing quote: bid and ask in dollars."""

    t: Stamp
    bp: Side | None = None
    ap: Side | None = None

    @property
    def sides(self) -> tuple[float | None, float | None]:
        """Bid and ask; None when nobody quotes that side. The engine knows what a crossed touch is worth."""
        return self.bp or None, self.ap or None


class Candle(msgspec.Struct, frozen=True):
    """A bar that begins at `t`; prices in dollars."""

    t: Stamp
    o: Price
    h: Price
    l: Price  # noqa: E741 - the service's own name
    c: Price


class Snapshot(msgspec.Struct, frozen=True, rename="camel"):
    """One symbol of GET /v2/stocks/snapshots."""

    latest_trade: msgspec.Raw = msgspec.Raw()
    latest_quote: msgspec.Raw = msgspec.Raw()


class Page(msgspec.Struct, frozen=True):
    """One page of GET /v2/stocks/bars."""

    bars: dict[str, list[msgspec.Raw] | None] | None = None
    next_page_token: str | None = None


class Frame(msgspec.Struct, frozen=True):
    """The outside of a message of the stream: its type, and the symbol of data."""

    T: str = ""
    S: str = ""
    code: int = 0
    msg: str = ""
    trades: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


symbols_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
page_of = msgspec.json.Decoder(Page).decode
rows_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
frame_of = msgspec.json.Decoder(Frame).decode
_snapshot = msgspec.json.Decoder(Snapshot).decode
_decoders: dict[type, msgspec.json.Decoder[Any]] = {
    shape: msgspec.json.Decoder(shape) for shape in (Trade, Touch, Candle)
}


def trade_of(raw: msgspec.Raw, now: datetime) -> Trade:
    """A trade. Raises RowError, as the following do."""
    trade: Trade = _row(Trade, raw, now)
    return trade


def touch_of(raw: msgspec.Raw, now: datetime) -> Touch:
    """A quote's bid and ask."""
    touch: Touch = _row(Touch, raw, now)
    return touch


def candle_of(raw: msgspec.Raw, now: datetime) -> Candle:
    """A bar of any length."""
    row: Candle = _row(Candle, raw, now)
    return row


def bar_of(symbol: str, raw: msgspec.Raw, now: datetime) -> Bar:
    """A 1-minute bar."""
    row = candle_of(raw, now)
    if not row.l <= min(row.o, row.c) <= max(row.o, row.c) <= row.h:
        raise RowError("a bar that contradicts itself")
    start = row.t.astimezone(UTC)
    return Bar(symbol=symbol, start=start, end=start + MINUTE, open=row.o, high=row.h, low=row.l, close=row.c)


def halves(raw: msgspec.Raw, now: datetime) -> Iterator[Trade | Touch | RowError]:
    """A snapshot's trade and touch, each alone or refused; without a trade there is no price and nothing is said."""
    try:
        row = _snapshot(raw)
    except msgspec.DecodeError as error:
        yield RowError(reason_of(error))
        return
    for name, part, read in (("latestTrade", row.latest_trade, trade_of), ("latestQuote", row.latest_quote, touch_of)):
        if bytes(part) in (b"", b"null"):
            continue
        try:
            yield read(part, now)
        except RowError as error:
            yield RowError(f"{name}: {error}")


def quote_of(symbol: str, trade: Trade, touch: Touch | None) -> Quote:
    """What a trade and the standing quote say together.

    `last` is the trade's price, whatever the touch is; the fact is as of the newer of the two.
    """
    bid, ask = touch.sides if touch is not None else (None, None)
    at = trade.t if touch is None else max(trade.t, touch.t)
    return Quote(symbol=symbol, at=at.astimezone(UTC), last=trade.p, bid=bid, ask=ask)


def decoded(decoder: "msgspec.json.Decoder[T]", raw: msgspec.Raw) -> T:
    """What a row says. Raises RowError."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RowError(reason_of(error) if isinstance(error, msgspec.DecodeError) else str(error)) from error


def of_now(at: datetime, now: datetime) -> None:
    """Refuse a time that has not come. Raises RowError."""
    if at - now > SKEW:
        raise RowError(f"from the future: {at:%Y-%m-%d %H:%M:%S} UTC")


def _row(shape: type, raw: msgspec.Raw, now: datetime) -> Any:  # noqa: ANN401 - the shape that was asked for
    row = decoded(_decoders[shape], raw)
    of_now(row.t, now)
    return row
