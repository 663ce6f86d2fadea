"""The outside of what Unusual Whales sends: bodies, rows before they are read, and frames of the socket."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from tidegate import TransientError
from tidegate.plugins.sources.fields import Millis, Stamp, Text, moment

CHANNEL = "flow-alerts"
GOOD = "ok"


class Body(msgspec.Struct, frozen=True):
    """The envelope of a REST answer; empty data is no data, and not an error."""

    data: list[msgspec.Raw]


class Head(msgspec.Struct, frozen=True):
    """What tells a row from others, before it is read: its id and its times."""

    id: Text
    created_at: Stamp | None = None
    end_time: Millis | None = None
    executed_at: Millis | None = None


class OddHead(msgspec.Struct, frozen=True):
    """The same of a row in which something of it is odd."""

    id: Any = None
    created_at: Any = None
    end_time: Any = None
    executed_at: Any = None


class Ack(msgspec.Struct, frozen=True):
    """An answer to a join: a status, and no id as data has."""

    status: Any = None
    id: Any = None
    response: Any = None


class Row(msgspec.Struct, frozen=True):
    """A row that was not read yet. `key` is its id, or stands for its text when it has none."""

    key: str
    listed: datetime | None  # when the service first showed it, as far as it says so
    end: datetime | None  # its last trade
    raw: msgspec.Raw


_body = msgspec.json.Decoder(Body).decode
_head = msgspec.json.Decoder(Head).decode
_odd_head = msgspec.json.Decoder(OddHead).decode
_frame = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Decoder(str).decode
_ack = msgspec.json.Decoder(Ack).decode


def rows_of(body: bytes) -> list[Row]:
    """The rows of a REST answer, in its order. Raises TransientError when it has another shape."""
    try:
        return [row_of(raw) for raw in _body(body).data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TransientError(f"the answer is not what the service documents ({type(error).__name__})") from None


def row_of(raw: msgspec.Raw) -> Row:
    """A row with its key and times; one that is no object at all has its text for a key."""
    try:
        head = _head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _odd_row_of(raw)
    millis = head.end_time or head.executed_at
    end = moment(millis) if millis is not None else None
    return Row(head.id, head.created_at.astimezone(UTC) if head.created_at is not None else end, end, raw)


def payload_of(text: str | bytes) -> tuple[str, msgspec.Raw]:
    """Channel and payload of a frame. Raises ValueError, saying what is wrong with it."""
    try:
        parts = _frame(text)
        if len(parts) == 2:
            return _text(parts[0]), parts[1]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"frame: {error}") from error
    raise ValueError(f"frame: {len(parts)} parts instead of channel and payload")


def answer_of(text: str | bytes) -> str | None:
    """What a frame says to our join: "ok", or what is wrong; None when it is no answer to it."""
    if isinstance(text, str) and '"status"' not in text:  # nearly all frames, and sparing them is quick
        return None
    try:
        channel, payload = payload_of(text)
        ack = _ack(payload)
    except (ValueError, RecursionError):
        return None
    if channel != CHANNEL or ack.status is None or ack.id is not None:
        return None
    return GOOD if ack.status == GOOD else f"{ack.status}: {ack.response}"[:200]


def is_ours(text: str | bytes) -> bool:
    """Whether a frame is of the channel that we joined."""
    try:
        return payload_of(text)[0] == CHANNEL
    except ValueError:
        return False


def first_of(times: Iterable[datetime | None]) -> datetime | None:
    """The earliest time that is known."""
    return min((at for at in times if at is not None), default=None)


def _odd_row_of(raw: msgspec.Raw) -> Row:
    try:
        head = _odd_head(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        head = OddHead()
    key = head.id if isinstance(head.id, str) and head.id else f"#{hash(bytes(raw)):x}"
    end = _time(head.end_time) or _time(head.executed_at)
    return Row(key, _time(head.created_at) or end, end, raw)


def _time(value: object) -> datetime | None:
    """A time in any of the service's forms; None when it is none, or a text without a zone."""
    try:
        if isinstance(value, str):
            return msgspec.convert(value, Stamp).astimezone(UTC)
        return moment(msgspec.convert(value, Millis)) if isinstance(value, int) else None
    except (msgspec.ValidationError, OverflowError):
        return None
