"""What a recording holds: REST bodies, lists, rows and websocket frames, turned into dated entries.

Nothing here stops a recording: what cannot be used becomes an entry of its own that says where it stands and why.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from tidegate import AlertReceived, Fact, InputIgnored, InputRejected
from tidegate.plugins.sources.fields import SKEW, Millis, RowError, Stamp, moment, reason_of
from tidegate.plugins.sources.recording.channels import SHAPES, Item
from tidegate.plugins.sources.unusual_whales.alerts import alert_of

Entry = tuple[datetime | None, type[Fact], dict[str, Any]]  # when it became known; the fact's kind and fields
Payload = msgspec.Raw | bytes
UNDATED = datetime.max.replace(tzinfo=UTC)  # nothing in the file says when
OLDEST = datetime.min.replace(tzinfo=UTC)


class Clock(NamedTuple):
    """The real clock's time, and when a dumped frame was received, if it says so with a zone."""

    now: datetime
    received: datetime | None = None


class Envelope(msgspec.Struct, frozen=True):
    """The outside of an object: a dumped frame has `msg` and `recv`, a REST body has `data`, a row has none of them."""

    msg: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()
    recv: msgspec.Raw = msgspec.Raw()


class Ack(msgspec.Struct, frozen=True):
    """A join acknowledgement has a status and no id; it comes in the same envelope as data."""

    status: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()


class Stamped(msgspec.Struct, frozen=True):
    """Where rows of other channels say their time."""

    timestamp: Any = None
    time: Any = None
    executed_at: Any = None


def entries(where: str, text: bytes, now: datetime) -> list[Entry]:
    """The entries of one JSON text. Rows of one body are sorted by time: the service sends the newest first."""
    clock = Clock(now)
    try:
        if text.startswith(b"["):
            return _array(where, _raws(text), clock)
        envelope = _envelope(text)
        inside = envelope.msg or envelope.data
        if not inside:
            return [_alert(where, text, clock)]
        clock = Clock(now, _received(envelope.recv))
        if clock.received is not None and clock.received - now > SKEW:
            return [rejected(where, "received in the future")]
        if bytes(inside).startswith(b"["):
            return _array(where, _raws(inside), clock)
        return [_alert(where, inside, clock)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return [rejected(where, f"broken JSON: {error}")]


def in_order(found: Iterator[Entry]) -> Iterator[Item]:
    """Every entry with a time that never runs back; an undated one stands with its neighbour before, or after."""
    last: datetime | None = None
    waiting: list[Entry] = []
    for at, kind, fields in found:
        if at is None and last is None:
            waiting.append((at, kind, fields))
            continue
        last = max(at or OLDEST, last or OLDEST)
        if waiting:
            yield from ((last, *entry[1:]) for entry in waiting)
            waiting = []
        yield last, kind, fields
    yield from ((UNDATED, *entry[1:]) for entry in waiting)


def rejected(where: str, reason: str) -> Entry:
    """The entry of something that cannot be used."""
    return None, InputRejected, {"where": where, "reason": reason}


def _array(where: str, raws: list[msgspec.Raw], clock: Clock) -> list[Entry]:
    if len(raws) == 2 and bytes(raws[0]).startswith(b'"'):
        channel: str = msgspec.json.decode(raws[0])
        return [_frame(where, channel, raws[1], clock)]
    rows = [_alert(f"{where} row {number}", raw, clock) for number, raw in enumerate(raws, 1)]
    return sorted(rows, key=lambda row: row[0] or OLDEST)


def _frame(where: str, channel: str, payload: Payload, clock: Clock) -> Entry:
    read = CHANNELS.get(channel)
    entry = read(where, payload, clock) if read is not None else None
    if entry is not None and (entry[1] is not InputRejected or not _is_ack(payload)):
        return entry
    what = "join ack of" if _is_ack(payload) else "channel"
    return _date_of(payload, clock), InputIgnored, {"where": where, "what": f"{what} {channel}"}


def _alert(where: str, payload: Payload, clock: Clock) -> Entry:
    try:
        at, alert = alert_of(payload, clock.received or clock.now)
    except RowError as error:
        return rejected(where, str(error))
    return clock.received or at, AlertReceived, {"alert": alert}


Read = Callable[[str, Payload, Clock], Entry]


def _channel(shape: type, entry_of: Callable[[Any], Item]) -> Read:
    decode: Callable[[Payload], Any] = msgspec.json.Decoder(shape, strict=False).decode

    def read(where: str, payload: Payload, clock: Clock) -> Entry:
        try:
            at, kind, fields = entry_of(decode(payload))
        except msgspec.DecodeError as error:
            return rejected(where, reason_of(error))
        except RowError as error:
            return rejected(where, str(error))
        at = clock.received or at
        return (at, kind, fields) if at - clock.now <= SKEW else rejected(where, "from the future")

    return read


CHANNELS: dict[str, Read] = {
    "flow-alerts": _alert,
    **{channel: _channel(shape, item) for channel, (shape, item) in SHAPES.items()},
}
_envelope = msgspec.json.Decoder(Envelope).decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_ack = msgspec.json.Decoder(Ack).decode
_stamped = msgspec.json.Decoder(Stamped).decode
_stamp: Callable[[msgspec.Raw], datetime] = msgspec.json.Decoder(Stamp).decode


def _received(recv: msgspec.Raw) -> datetime | None:
    """When a dumped frame was received; None without a zone, for a local time may be anybody's."""
    try:
        return _stamp(recv).astimezone(UTC) if recv else None
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError):
        return None


def _is_ack(payload: Payload) -> bool:
    try:
        ack = _ack(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return bool(ack.status) and not ack.id


def _date_of(payload: Payload, clock: Clock) -> datetime | None:
    """When a row of another channel says it happened, if it says so in a way we know and not from the future."""
    if clock.received is not None:
        return clock.received
    try:
        row = _stamped(payload)
        at = moment(msgspec.convert(row.timestamp or row.time or row.executed_at, Millis))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return at if at <= clock.now else None
