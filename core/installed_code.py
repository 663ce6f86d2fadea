"""Installed code as files: where a package stands, what it holds, and a digest of it. Nothing is imported for it.

Compiled files are left out, because Python makes them anew from the sources.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from os import DirEntry, scandir
from pathlib import Path

from tidegate.core.errors import PluginError

COMPILED = "__pycache__"
Found = Path | DirEntry[str]  # what a walk knows of a file already is not asked for again


def places(package: str) -> tuple[Path, ...]:
    """A package's folders, or a module's file, wherever the path finds it first; nothing when it is not installed."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):  # its parent is no package; a module made by hand says nothing of itself
        return ()
    if spec is None:
        return ()
    if spec.submodule_search_locations:
        return tuple(Path(each) for each in spec.submodule_search_locations)
    return (Path(spec.origin),) if spec.has_location and spec.origin else ()


def files(place: Path, name: str) -> Iterator[tuple[str, Found]]:
    """Every file of a folder and of those below it, or the one file that `place` is: a name and where it is.

    The name is the path below `place`, after `name`.
    """
    if place.is_file():
        yield name, place
    elif place.is_dir():
        yield from _below(str(place), name)


@cache
def digest_of(*found: Path) -> bytes:
    """Identifies folders and files by the names and the contents of all that they hold, wherever they stand.

    Raises:
        PluginError: One cannot be read.
    """
    whole = sha256()
    try:
        for place in found:
            for name, path in sorted(files(place, place.name)):
                whole.update(sha256(name.encode(errors="surrogateescape")).digest())
                whole.update(sha256(Path(path).read_bytes()).digest())
    except OSError as error:
        raise PluginError(f"installed code cannot be read: {error}") from error
    return whole.digest()


def _below(folder: str, name: str) -> Iterator[tuple[str, Found]]:
    with scandir(folder) as found:
        for entry in found:
            below = f"{name}/{entry.name}"
            if entry.is_file():
                yield below, entry
            elif entry.is_dir() and entry.name != COMPILED:
                yield from _below(entry.path, below)
