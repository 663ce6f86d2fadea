"""What a recording holds: REST bodies, lists, rows and websocket frames, turned into dated entries.

Nothing here stops a recording: what cannot be used becomes an entry of its own that says where it stands and why.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from plugins.sources._channels import SHAPES, Item
from plugins.sources.uw_alerts import Millis, RowError, alert_of, moment, reason_of
from tidegate import AlertReceived, Fact, InputIgnored, InputRejected

Entry = tuple[datetime | None, type[Fact], dict[str, Any]]  # when it became known; the fact's kind and fields
Payload = msgspec.Raw | bytes
UNDATED = datetime.max.replace(tzinfo=UTC)  # nothing in the file says when
OLDEST = datetime.min.replace(tzinfo=UTC)


class Envelope(msgspec.Struct, frozen=True):
    """The outside of an object: a dumped frame has `msg`, a REST body has `data`, a row has neither."""

    msg: msgspec.Raw = msgspec.Raw()
    data: msgspec.Raw = msgspec.Raw()


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
    try:
        if text.startswith(b"["):
            return _array(where, _raws(text), now)
        envelope = _envelope(text)
        inside = envelope.msg or envelope.data
        if not inside:
            return [_alert(where, text, now)]
        if bytes(inside).startswith(b"["):
            return _array(where, _raws(inside), now)
        return [_alert(where, inside, now)]
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


def _array(where: str, raws: list[msgspec.Raw], now: datetime) -> list[Entry]:
    if len(raws) == 2 and bytes(raws[0]).startswith(b'"'):
        channel: str = msgspec.json.decode(raws[0])
        return [_frame(where, channel, raws[1], now)]
    rows = [_alert(f"{where} row {number}", raw, now) for number, raw in enumerate(raws, 1)]
    return sorted(rows, key=lambda row: row[0] or OLDEST)


def _frame(where: str, channel: str, payload: Payload, now: datetime) -> Entry:
    read = CHANNELS.get(channel)
    entry = read(where, payload, now) if read is not None else None
    if entry is not None and (entry[1] is not InputRejected or not _is_ack(payload)):
        return entry
    what = "join ack of" if _is_ack(payload) else "channel"
    return _date_of(payload, now), InputIgnored, {"where": where, "what": f"{what} {channel}"}


def _alert(where: str, payload: Payload, now: datetime) -> Entry:
    try:
        at, alert = alert_of(payload, now)
    except RowError as error:
        return rejected(where, str(error))
    return at, AlertReceived, {"alert": alert}


Read = Callable[[str, Payload, datetime], Entry]


def _channel(shape: type, entry_of: Callable[[Any], Item]) -> Read:
    decode: Callable[[Payload], Any] = msgspec.json.Decoder(shape, strict=False).decode

    def read(where: str, payload: Payload, now: datetime) -> Entry:
        try:
            entry = entry_of(decode(payload))
        except msgspec.DecodeError as error:
            return rejected(where, reason_of(error))
        except RowError as error:
            return rejected(where, str(error))
        return entry if entry[0] <= now else rejected(where, "from the future")

    return read


CHANNELS: dict[str, Read] = {
    "flow-alerts": _alert,
    **{channel: _channel(shape, item) for channel, (shape, item) in SHAPES.items()},
}
_envelope = msgspec.json.Decoder(Envelope).decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_ack = msgspec.json.Decoder(Ack).decode
_stamped = msgspec.json.Decoder(Stamped).decode


def _is_ack(payload: Payload) -> bool:
    try:
        ack = _ack(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return bool(ack.status) and not ack.id


def _date_of(payload: Payload, now: datetime) -> datetime | None:
    """When a row of another channel says it happened, if it says so in a way we know and not from the future."""
    try:
        row = _stamped(payload)
        at = moment(msgspec.convert(row.timestamp or row.time or row.executed_at, Millis))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return at if at <= now else None
