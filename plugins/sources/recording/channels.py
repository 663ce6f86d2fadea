"""The channels that only our own recordings have: prices, readings, ticks, repeats, and what the operator asked."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tidegate import (
    AlertRepeated,
    Bar,
    BarSeen,
    Fact,
    Positive,
    Quote,
    QuoteSeen,
    Reading,
    ReadingSeen,
    RequestReceived,
    Tick,
)
from tidegate.plugins.sources.fields import FIRST_YEAR, LAST_YEAR, Millis, RowError, Stamp, Text, moment

Item = tuple[datetime, type[Fact], dict[str, Any]]  # when it became known; the fact's kind and fields
Time = Millis | Stamp  # milliseconds since 1970; as text with a zone where milliseconds are too coarse


class WireQuote(msgspec.Struct, frozen=True):
    """Channel "quotes"."""

    symbol: Text
    last: Positive
    time: Time
    bid: Positive | None = None
    ask: Positive | None = None


class WireBar(msgspec.Struct, frozen=True):
    """Channel "bars"."""

    symbol: Text
    start: Time
    end: Time
    open: Positive
    high: Positive
    low: Positive
    close: Positive


class WireReading(msgspec.Struct, frozen=True):
    """Channel "readings". An old observation that the recording says later has `known`, when it says it."""

    name: Text
    value: Annotated[float, Meta(ge=-1e15, le=1e15)]
    time: Time
    max_age_s: Positive
    symbol: str | None = None
    known: Time | None = None


class WireRequest(msgspec.Struct, frozen=True):
    """Channel "operator": what a person asked during the recording."""

    name: Text
    time: Time
    args: dict[str, str] = {}


class WireTick(msgspec.Struct, frozen=True):
    """Channel "ticks": the engine looked at what is due."""

    time: Time


class WireRepeat(msgspec.Struct, frozen=True):
    """Channel "repeated": an alert that had been told before was told again."""

    id: Text
    time: Time


def _moment(time: int | datetime) -> datetime:
    """UTC. Raises RowError: text may say any year, and a number with a fraction is read as seconds."""
    if isinstance(time, int):
        return moment(time)
    if not FIRST_YEAR <= time.year < LAST_YEAR:
        raise RowError(f"time: the year {time.year}")
    return time.astimezone(UTC)


def _quote(row: WireQuote) -> Item:
    at = _moment(row.time)
    return at, QuoteSeen, {"quote": Quote(symbol=row.symbol, at=at, last=row.last, bid=row.bid, ask=row.ask)}


def _bar(row: WireBar) -> Item:
    start, end = _moment(row.start), _moment(row.end)
    if start >= end or not row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high:
        raise RowError("a bar that contradicts itself")
    prices = {"open": row.open, "high": row.high, "low": row.low, "close": row.close}
    return end, BarSeen, {"bar": Bar(symbol=row.symbol, start=start, end=end, **prices)}


def _reading(row: WireReading) -> Item:
    at = _moment(row.time)
    known = at if row.known is None else _moment(row.known)
    if known < at:
        raise RowError("known: before time")
    reading = Reading(name=row.name, at=at, value=row.value, max_age_s=row.max_age_s, symbol=row.symbol)
    return known, ReadingSeen, {"reading": reading}


def _request(row: WireRequest) -> Item:
    return _moment(row.time), RequestReceived, {"id": 0, "who": "session", "name": row.name, "args": row.args}


def _tick(row: WireTick) -> Item:
    return _moment(row.time), Tick, {}


def _repeat(row: WireRepeat) -> Item:
    return _moment(row.time), AlertRepeated, {"alert_id": row.id}


SHAPES: dict[str, tuple[type[msgspec.Struct], Callable[[Any], Item]]] = {
    "quotes": (WireQuote, _quote),
    "bars": (WireBar, _bar),
    "readings": (WireReading, _reading),
    "operator": (WireRequest, _request),
    "ticks": (WireTick, _tick),
    "repeated": (WireRepeat, _repeat),
}
