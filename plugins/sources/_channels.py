"""The channels that only our own sessions have: quotes, bars, readings, and what the operator asked."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from plugins.sources.uw_alerts import Millis, RowError, Text, moment
from tidegate import Bar, BarSeen, Fact, Positive, Quote, QuoteSeen, Reading, ReadingSeen, RequestReceived

Item = tuple[datetime, type[Fact], dict[str, Any]]  # when it became known; the fact's kind and fields


class WireQuote(msgspec.Struct, frozen=True):
    """Channel "quotes"."""

    symbol: Text
    last: Positive
    time: Millis
    bid: Positive | None = None
    ask: Positive | None = None


class WireBar(msgspec.Struct, frozen=True):
    """Channel "bars"."""

    symbol: Text
    start: Millis
    end: Millis
    open: Positive
    high: Positive
    low: Positive
    close: Positive


class WireReading(msgspec.Struct, frozen=True):
    """Channel "readings". An old observation that the recording says later has `known`, when it says it."""

    name: Text
    value: Annotated[float, Meta(ge=-1e15, le=1e15)]
    time: Millis
    max_age_s: Positive
    symbol: str | None = None
    known: Millis | None = None


class WireRequest(msgspec.Struct, frozen=True):
    """Channel "operator": what a person asked during the recording."""

    name: Text
    time: Millis
    args: dict[str, str] = {}


def _quote(row: WireQuote) -> Item:
    at = moment(row.time)
    return at, QuoteSeen, {"quote": Quote(symbol=row.symbol, at=at, last=row.last, bid=row.bid, ask=row.ask)}


def _bar(row: WireBar) -> Item:
    start, end = moment(row.start), moment(row.end)
    if start >= end or not row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high:
        raise RowError("a bar that contradicts itself")
    prices = {"open": row.open, "high": row.high, "low": row.low, "close": row.close}
    return end, BarSeen, {"bar": Bar(symbol=row.symbol, start=start, end=end, **prices)}


def _reading(row: WireReading) -> Item:
    at = moment(row.time)
    known = at if row.known is None else moment(row.known)
    if known < at:
        raise RowError("known: before time")
    reading = Reading(name=row.name, at=at, value=row.value, max_age_s=row.max_age_s, symbol=row.symbol)
    return known, ReadingSeen, {"reading": reading}


def _request(row: WireRequest) -> Item:
    return moment(row.time), RequestReceived, {"id": 0, "who": "session", "name": row.name, "args": row.args}


SHAPES: dict[str, tuple[type[msgspec.Struct], Callable[[Any], Item]]] = {
    "quotes": (WireQuote, _quote),
    "bars": (WireBar, _bar),
    "readings": (WireReading, _reading),
    "operator": (WireRequest, _request),
}
