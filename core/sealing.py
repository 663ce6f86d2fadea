"""Reads what a lockdown seals: installed code, effective configuration, plugin toggles, versions of what is needed.

Nothing is imported for it: packages are found on the path, versions in their metadata. Compiled files are not read,
because Python makes them anew from the sources.
"""

import platform
import re
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from os import fspath
from pathlib import Path
from time import time_ns
from typing import NamedTuple

import msgspec

from tidegate.core.configuration.config import Config
from tidegate.core.domain.values.lockdown import Seal
from tidegate.core.errors import PluginError
from tidegate.core.installed_code import Found, files, places
from tidegate.core.plugins.host import GROUP, MODULES

PACKAGES = ("tidegate",)
DISTRIBUTION = "tidegate"
TOOLS = ("dev", "fuzz")  # extras of those who work on the program; no run uses them
SETTLED_NS = 2_000_000_000  # a file that changed later than this may change once more within its clock's grain
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_encode = msgspec.json.Encoder(decimal_format="string", order="deterministic").encode


class _Known(NamedTuple):
    """A file's digest, and the stat it had then. The inode's change time cannot be set back, unlike mtime."""

    stamp: tuple[int, int, int, int]
    digest: str


class Sealer:
    """Reads seals, again and again: a file is hashed anew only when its stat says that it may have changed."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def seal(self, config: Config, shipped: Path) -> Seal:
        """What is installed and configured now; `shipped` is the file with the defaults.

        Raises:
            PluginError: Installed code cannot be found or read.
        """
        strangers = foreign(config)
        try:
            files = dict(self._files(strangers))
            files[shipped.name] = self._digest(shipped)
        except OSError as error:
            raise PluginError(f"installed code cannot be read: {error}") from error
        return Seal(files=files, config=config_of(config), toggles=toggles_of(config), versions=versions(strangers))

    def digests(self, paths: Iterable[Path]) -> dict[str, str]:
        """The digests of some files by path; one that is not there has none."""
        return {str(path): self._digest(path) for path in paths if path.is_file()}

    def _files(self, strangers: Iterable[EntryPoint]) -> Iterator[tuple[str, str]]:
        for package in dict.fromkeys((*PACKAGES, *(each.module.partition(".")[0] for each in strangers))):
            found = places(package)
            if not found:
                raise PluginError(f"{package} is not installed")
            for place in found:
                for name, path in files(place, place.name if place.is_file() else package):
                    yield name, self._digest(path)

    def _digest(self, file: Found) -> str:
        found, path = file.stat(), fspath(file)
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        known = self._known.get(path)
        if known is not None and known.stamp == stamp:
            return known.digest
        digest = sha256(Path(path).read_bytes()).hexdigest()
        if time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > SETTLED_NS:
            self._known[path] = _Known(stamp, digest)
        return digest


def foreign(config: Config) -> tuple[EntryPoint, ...]:
    """The entry points that enabled plugins of third parties may come from."""
    enabled = {key for key, table in config.plugins.items() if table.enabled} - MODULES.keys()
    if not enabled:
        return ()
    named = enabled | {key.partition(".")[2] for key in enabled}
    return tuple(each for each in entry_points(group=GROUP) if each.name in named)


def config_of(config: Config) -> dict[str, str]:
    """Every value in force by dotted key, as JSON; whether plugins are on is told by `toggles_of`."""
    switches = {f"{key}.enabled" for key in config.plugins}
    return {key: _encode(value).decode() for key, value, _ in config.effective() if key not in switches}


def toggles_of(config: Config) -> dict[str, bool]:
    """Whether each plugin with a table is on."""
    return {key: table.enabled for key, table in config.plugins.items()}


def versions(strangers: Iterable[EntryPoint]) -> dict[str, str]:
    """The installed version of all that Tidegate and third parties' plugins require, of both, and of Python."""
    owners = [each.dist.name for each in strangers if each.dist is not None]
    found = {"python": platform.python_version()}
    for owner in (DISTRIBUTION, *owners):
        for name in (owner, *_required(owner)):
            known = name.lower().replace("_", "-")
            if known not in found and (version := _version(name)) is not None:
                found[known] = version
    return found


def _required(owner: str) -> list[str]:
    try:
        said = distribution(owner).requires or []
    except PackageNotFoundError:
        return []
    return [name for each in said if (name := _needed(each))]


@cache
def _needed(requirement: str) -> str:
    """The name in a requirement; nothing when only the tools of developers want it."""
    name, extra = _NAME.match(requirement), _EXTRA.search(requirement)
    return name.group() if name is not None and (extra is None or extra.group(1) not in TOOLS) else ""


def _version(name: str) -> str | None:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return None
