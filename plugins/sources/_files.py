"""Recording files: finding them, opening them plain or gzip, and cutting them into JSON texts."""

import gzip
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
