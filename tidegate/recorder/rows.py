"""One journaled fact as one line of a recording: a dumped frame, {"recv", "seq", "msg": [channel, payload]}.

The source `recording` reads it back as the same fact (docs/recording.md). What a venue answered, what the engine
decided, and rows that could not be used are no part of a recording.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tidegate.core.domain import events as e
from tidegate.core.redaction import hide

STOP = "stop"  # a request that ended a run; replayed, it would end the replay
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
Payload = dict[str, object]


class Row(msgspec.Struct, frozen=True):
    """A line: the fact's time of arrival (UTC), its number in the journal, and channel and payload."""

    recv: datetime
    seq: int
    msg: tuple[str, Payload]

    @property
    def channel(self) -> str:
        """The channel."""
        return self.msg[0]

    def line(self) -> bytes:
        """The row as text that ends with a newline, without secrets that this process knows."""
        return hide(msgspec.json.encode(self).decode()).encode() + b"\n"


def row_of(recorded: e.Recorded) -> Row | None:
    """The row of a fact of a kind in KINDS; None for a request to stop."""
    event = recorded.event
    if isinstance(event, e.RequestReceived) and event.name == STOP:
        return None
    channel, payload_of = CHANNELS[type(event)]
    payload = payload_of(event, recorded.at)
    return Row(recorded.at, recorded.seq, (channel, payload))


def _alert(event: e.AlertReceived, _: datetime) -> Payload:
    """An alert in the service's socket shape, which leaves type, strike and expiry to the option chain."""
    alert = event.alert
    end = _millis(alert.at)
    return {
        "id": alert.id,
        "ticker": alert.symbol,
        "option_chain": alert.contract,
        "rule_name": alert.rule,
        "start_time": _millis(alert.start) if alert.start != alert.at or end is not None else None,
        "end_time": end,
        **({} if end is not None else {"created_at": alert.at}),
        "total_premium": alert.premium,
        "total_ask_side_prem": alert.ask_premium,
        "total_bid_side_prem": alert.bid_premium,
        "underlying_price": alert.underlying_price,
        "price": alert.price,
        "total_size": alert.size,
        "volume": alert.volume,
        "open_interest": alert.open_interest,
        "has_multileg": alert.multileg,
        "has_sweep": alert.sweep,
        "has_floor": alert.floor,
        "sector": alert.sector,
        "issue_type": alert.issue_type,
    }


def _quote(event: e.QuoteSeen, _: datetime) -> Payload:
    quote = event.quote
    known = {"symbol": quote.symbol, "time": _time(quote.at), "last": quote.last, "bid": quote.bid, "ask": quote.ask}
    return {name: value for name, value in known.items() if value is not None}


def _bar(event: e.BarSeen, _: datetime) -> Payload:
    bar = event.bar
    prices = {"open": bar.open, "high": bar.high, "low": bar.low, "close": bar.close}
    return {"symbol": bar.symbol, "start": _time(bar.start), "end": _time(bar.end), **prices}


def _reading(event: e.ReadingSeen, _: datetime) -> Payload:
    reading = event.reading
    of = {} if reading.symbol is None else {"symbol": reading.symbol}
    return {
        "name": reading.name,
        **of,
        "value": reading.value,
        "time": _time(reading.at),
        "max_age_s": reading.max_age_s,
    }


def _request(event: e.RequestReceived, at: datetime) -> Payload:
    return {"time": _time(at), "name": event.name, "args": event.args}


def _tick(_: e.Tick, at: datetime) -> Payload:
    return {"time": _time(at)}


def _repeat(event: e.AlertRepeated, at: datetime) -> Payload:
    return {"id": event.alert_id, "time": _time(at)}


CHANNELS: dict[type[e.Event], tuple[str, Callable[[Any, datetime], Payload]]] = {
    e.AlertReceived: ("flow-alerts", _alert),
    e.AlertRepeated: ("repeated", _repeat),
    e.QuoteSeen: ("quotes", _quote),
    e.BarSeen: ("bars", _bar),
    e.ReadingSeen: ("readings", _reading),
    e.RequestReceived: ("operator", _request),
    e.Tick: ("ticks", _tick),
}
KINDS = tuple(kind.__name__ for kind in CHANNELS)


def _millis(at: datetime) -> int | None:
    """Milliseconds since 1970; None when the time lies between two of them."""
    return None if at.microsecond % 1000 else (at - EPOCH) // MILLISECOND


def _time(at: datetime) -> int | datetime:
    millis = _millis(at)
    return at if millis is None else millis
