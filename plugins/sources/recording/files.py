"""Recording files: finding them, opening them plain or gzip, and cutting them into JSON texts."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

BUNDLED = "session:"  # "session:demo.jsonl.gz" lies in the package, not in the working directory
GZIP_MAGIC = b"\x1f\x8b"
ROW = b'{"recv":'  # how every row of `tidegate record` begins
GZIP = 31  # zlib's word for a gzip header, window and checksum
CHUNK = 65_536
BOM = b"\xef\xbb\xbf"


def located(name: str) -> Traversable:
    """Where a configured file name points."""
    if name.startswith(BUNDLED):
        return files("tidegate").joinpath("sessions", name.removeprefix(BUNDLED))
    return Path(name).expanduser()


@contextmanager
def opened(name: str) -> Iterator[Iterable[bytes]]:
    """The file's lines, decompressed; what it is, its first bytes say and not its name."""
    path = located(name)
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP_MAGIC
    with path.open("rb") as file:
        if not compressed:
            yield file
            return
        with gzip.GzipFile(fileobj=cast("BinaryIO", file)) as unpacked:
            yield unpacked


def only_cut(name: str) -> bool:
    """Whether nothing is wrong with a recording of `tidegate record` but its last group of rows, cut off by a kill.

    Groups are gzip members: at least one is whole, and the file begins as its rows do.
    """
    whole, head, member = 0, b"", zlib.decompressobj(GZIP)
    with located(name).open("rb") as file:
        rest = b""
        while chunk := rest or file.read(CHUNK):
            try:
                head = (head + member.decompress(chunk))[: len(ROW)]
            except zlib.error:
                return False
            rest = member.unused_data
            if member.eof:
                whole, member = whole + 1, zlib.decompressobj(GZIP)
    return whole > 0 and head == ROW


def texts(name: str, file: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    """(where, JSON text) pairs: one per line, or one for a document that is printed over many lines.

    It is such a document when its first line stops in the middle and the whole decodes. Where is "file:line" for
    lines, and "file" for a document.
    """
    numbered: Iterator[tuple[int, bytes]] = ((number, line.strip()) for number, line in enumerate(file, 1))
    head = next(((number, line.removeprefix(BOM)) for number, line in numbered if line and line != BOM), None)
    if head is None:
        return
    if "truncated" in _complaint(head[1]):
        rest = list(numbered)
        whole = b"\n".join([head[1], *(line for _, line in rest)])
        if not _complaint(whole):
            yield name, whole
            return
        numbered = iter(rest)
    for number, line in chain([head], numbered):
        if line:
            yield f"{name}:{number}", line


def _complaint(text: bytes) -> str:
    """What is wrong with a JSON text; "" when nothing is."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""
