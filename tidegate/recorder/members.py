"""The gzip members of a file that may be torn: what is whole, and how the last of it ends."""

import zlib
from contextlib import suppress
from datetime import datetime
from io import FileIO

import msgspec

from tidegate.core.errors import InputError

CHUNK = 65_536
BEGINS = b'{"recv":'
GZIP = 31  # zlib's word for a gzip header, window and checksum


class Mark(msgspec.Struct, frozen=True):
    """The last row of a recording: when it arrived, and its number in the journal."""

    recv: datetime
    seq: int


def repaired(file: FileIO) -> Mark | None:
    """Cut off what was torn, stand at the end, and return the last row; None when there is no whole one.

    Raises:
        InputError: The file is no recording of ours; it is left as it is.
    """
    end, text = _whole(file)
    mark = _mark(text) if end else None
    if mark is None and (end or not BEGINS.startswith(text[: len(BEGINS)]) or not _is_gzip(file)):
        raise InputError(f"{file.name!s} is no recording of `tidegate record`: give another --out")
    file.truncate(end)
    file.seek(end)
    return mark


def _whole(file: FileIO) -> tuple[int, bytes]:
    """Where the last whole member ends, and its text; else 0 and what can be read of the torn first one."""
    end, text, parts, rest = 0, b"", list[bytes](), b""
    member = zlib.decompressobj(GZIP)
    with suppress(zlib.error):
        while chunk := rest or file.read(CHUNK):
            parts.append(member.decompress(chunk))
            rest = member.unused_data
            if member.eof:
                end, text = file.tell() - len(rest), b"".join(parts)
                member, parts = zlib.decompressobj(GZIP), []
    return (end, text) if end else (0, b"".join(parts))


def _mark(text: bytes) -> Mark | None:
    try:
        return msgspec.json.decode(text.splitlines()[-1], type=Mark)
    except (msgspec.DecodeError, UnicodeDecodeError, IndexError):
        return None


def _is_gzip(file: FileIO) -> bool:
    """Whether the file is empty or begins as gzip does, as far as it goes."""
    file.seek(0)
    return b"\x1f\x8b".startswith(file.read(2))
