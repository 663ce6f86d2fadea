"""Layers of configuration: each says something about some keys, and the later one wins."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from tidegate.core.configuration.lines import Key, last_statement, lines_of, parts_of

_AT_LINE = re.compile(r" ?\(at line (\d+), column (\d+)\)$")
_RECOVERIES = 20  # broken lines of one file that are reported together
_BROKEN = "broken line "  # the table that stands in for a broken header, so that its keys land nowhere else


class Origin(msgspec.Struct, frozen=True):
    """Where a value comes from: a layer, and its file and line (counted from 1) when it has one.

    Layers: "shipped", "session", "user", "overlay", "--set", "-p", and "default" for what only the code says.
    """

    layer: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.file is None:
            return self.layer
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Layer(msgspec.Struct, frozen=True):
    """What one file or one option says."""

    name: str
    file: str | None
    data: dict[str, Any]
    lines: dict[Key, int] = {}

    def origin(self, key: Key) -> Origin:
        """Where the layer names `key`, or the nearest table or key around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return Origin(self.name, self.file, self.lines.get(key))


class Merged(msgspec.Struct, frozen=True):
    """All layers as one: nested tables, and for every table and value the layer that decided it."""

    data: dict[str, Any]
    owners: dict[Key, Layer]

    def origin(self, key: Key) -> Origin:
        """Where a key was decided; inside a value, where that stands."""
        around = key
        while around and around not in self.owners:
            around = around[:-1]
        return self.owners[around].origin(key) if around else Origin("default")


def read_layer(name: str, path: Path, problems: list[str]) -> Layer:
    """Read a TOML file; what cannot be read is noted in `problems`, and the rest of the file still counts."""
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror or error}")
        return Layer(name, str(path), {})
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(f"{path}:{line}: is not UTF-8 text")
        return Layer(name, str(path), {})
    text = _mended(text.replace("\r\n", "\n") + "\n", path, problems)
    data = {key: value for key, value in tomllib.loads(text).items() if not key.startswith(_BROKEN)}
    return Layer(name, str(path), data, lines_of(text))


def _mended(text: str, path: Path, problems: list[str]) -> str:
    """The text without its broken lines, each noted; nothing when it is broken beyond lines."""
    lines = text.split("\n")
    for _ in range(_RECOVERIES):
        try:
            tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            number = int(found.group(1)) if found else last_statement("\n".join(lines))
            line = lines[number - 1]
            problems.append(f"{path}:{number}: {line.strip()!r} is not valid TOML: {_reason(error)}")
            if not found or not (_broken(line) or "overwrite" in str(error) or "twice" in str(error)):
                return ""
            header = line.lstrip().startswith("[")
            lines[number - 1] = f'["{_BROKEN}{number}"]' if header else ""
        else:
            return "\n".join(lines)
    return ""


def _reason(error: tomllib.TOMLDecodeError) -> str:
    reason = _AT_LINE.sub("", str(error)).removesuffix(" (at end of document)")
    return reason[:1].lower() + reason[1:]


def _broken(line: str) -> bool:
    """Whether a line is wrong by itself, and not because of what stands around it."""
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return True
    return False


def set_layer(text: str, problems: list[str]) -> Layer:
    """`--set a.b.c=value`: the value as TOML writes it, or a bare word, which is a string."""
    dotted, equals, value = text.partition("=")
    try:
        names = parts_of(dotted)
        said = _value(value.strip())
    except ValueError:
        names, equals = (), ""
    if not equals:
        problems.append(f"--set: {text!r} is not KEY=VALUE; write for example --set gates.concentration.limit_pct=60")
        return Layer("--set", None, {})
    return Layer("--set", None, nested(names, said))


def _value(text: str) -> object:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        if not text or any(c in text for c in "\"'[]{}\n="):
            raise
        return text
    if len(parsed) != 1:
        raise ValueError(text)
    return parsed["value"]


def nested(names: Iterable[str], value: object) -> dict[str, Any]:
    """Tables around a value: ("a", "b"), 1 -> {"a": {"b": 1}}."""
    for name in reversed(tuple(names)):
        value = {name: value}
    return value if isinstance(value, dict) else {}


def merge(layers: Iterable[Layer]) -> Merged:
    """All layers as one, later ones over earlier ones: tables key by key, every other value (lists too) as a whole."""
    merged = Merged({}, {})
    for layer in layers:
        _merge(merged.data, layer.data, (), layer, merged.owners)
    return merged


def _merge(into: dict[str, Any], said: dict[str, Any], table: Key, layer: Layer, owners: dict[Key, Layer]) -> None:
    for name, value in said.items():
        key = (*table, name)
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            _merge(into[name], value, key, layer, owners)
            continue
        for old in [known for known in owners if known[: len(key)] == key]:
            del owners[old]
        owners[key] = layer
        into[name] = value
        if isinstance(value, dict):
            into[name] = {}
            _merge(into[name], value, key, layer, owners)
