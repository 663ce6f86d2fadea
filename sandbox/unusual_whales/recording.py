"""Recordings as a feed: files of frames, REST bodies or rows, plain or gzip, and the bundled session."""

import gzip
import zlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from tidegate.core.errors import InputError
from tidegate.sandbox.answers import Json
from tidegate.sandbox.unusual_whales.rows.alerts import Alert, alert_of

DEMO = "demo"
CHANNEL = "flow-alerts"
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"


class Recording(msgspec.Struct, frozen=True):
    """The alerts of a file, and rows that are none, oldest first; `left_out` counts lines that are not JSON."""

    alerts: list[Alert]
    left_out: int


def read(name: str) -> Recording:
    """A recording file, or with "demo" the bundled session. Raises InputError with what is wrong."""
    try:
        data = _located(name).read_bytes()
        data = gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"The recording {name} cannot be read: {error}") from error
    documents, left_out = _documents(data.removeprefix(BOM))
    alerts = _alerts(row for document in documents for row in _rows(document))
    if not any(alert.sound for alert in alerts):
        raise InputError(f"The recording {name} holds no flow alerts.")
    return Recording(sorted(alerts, key=lambda alert: alert.known), left_out)


def _located(name: str) -> Traversable:
    if name == DEMO:
        return files("tidegate").joinpath("sessions", "demo.jsonl.gz")
    return Path(name).expanduser()


def _documents(data: bytes) -> tuple[list[object], int]:
    """The JSON documents: the whole, or one a line; and how many lines are none."""
    try:
        return [msgspec.json.decode(data)], 0
    except (msgspec.DecodeError, UnicodeDecodeError):
        lines = [line for line in data.splitlines() if line.strip()]
    found: list[object] = []
    for line in lines:
        try:
            found.append(msgspec.json.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found, len(lines) - len(found)


def _rows(document: object) -> Iterator[Json]:
    """The rows of alerts in a document; other channels and acknowledgements are none."""
    match document:
        case [str(channel), dict(payload)]:
            if channel == CHANNEL and ("id" in payload or "status" not in payload):
                yield payload
        case list():
            for each in document:
                yield from _rows(each)
        case {"msg": inside} | {"data": inside}:
            yield from _rows(inside)
        case dict():
            yield document


def _alerts(rows: Iterator[Json]) -> list[Alert]:
    """Every row; one that is no alert stands with the alert before it."""
    found: list[Alert] = []
    odd: list[Json] = []
    for row in rows:
        alert = alert_of(row)
        if alert is None and not found:
            odd.append(row)
            continue
        found.append(alert or _odd(row, found[-1]))
    return found + [_odd(row, found[0]) for row in odd if found]


def _odd(row: Json, beside: Alert) -> Alert:
    return msgspec.structs.replace(beside, id=str(row.get("id")), symbol=str(row.get("ticker")), row=row, sound=False)
