"""Where things stand in a TOML file: tomllib says what a file means, this says on which line."""

import re
import tomllib
from contextlib import suppress
from itertools import accumulate

Key = tuple[str | int, ...]  # tables and keys by name, items of arrays of tables by index

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART})*[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PIECE = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"{3,5}'
    r"|'''[\s\S]*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"""|\#[^\n]*|[\[{]|[\]}]|\n|[^"'\#\[\]{}\n]+"""
)


def parts_of(dotted: str) -> tuple[str, ...]:
    """The names in a dotted key. Raises ValueError when it is not a key as TOML writes them."""
    if not _DOTTED.fullmatch(dotted):
        raise ValueError(dotted)
    node: object = tomllib.loads(f"{dotted} = 0")
    parts: list[str] = []
    while isinstance(node, dict):
        name, node = next(iter(node.items()))
        parts.append(name)
    return tuple(parts)


def lines_of(text: str) -> dict[Key, int]:
    """The line, counted from 1, on which each table, key and item of an array of tables is first named.

    Keys inside inline tables are not listed: they stand with the key that holds them. `text` must be valid TOML.
    """
    scan = _Scan(text)
    while scan.statement():
        pass
    return scan.lines


def last_statement(text: str) -> int:
    """The line on which the last header or key begins: in a text that ends too early, the one that is not closed."""
    scan = _Scan(text)
    with suppress(ValueError):
        while scan.statement():
            pass
    return scan.line


class _Scan:
    """One pass over a text, statement by statement; `line` is where the newest begins."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Key, int] = {}
        self.line = 1
        self._text, self._at = text, 0
        self._table: Key = ()
        self._items: dict[Key, int] = {}

    def statement(self) -> bool:
        """Take the next header or key with its value; False at the end."""
        self._at = self._match(_BLANK).end()
        if self._at >= len(self._text):
            return False
        self.line = self._text.count("\n", 0, self._at) + 1
        if self._text[self._at] == "[":
            self._header()
        else:
            self._note(self._table, self._dotted())
            self._at += 1  # the equals sign
        self._rest()
        return True

    def _header(self) -> None:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        named = self._inside(self._dotted())
        self._at += 2 if many else 1
        if many:
            self._items[named] = self._items.get(named, -1) + 1
            self._note((), named)
            named = (*named, self._items[named])
        self._table = named
        self._note((), named)

    def _inside(self, names: tuple[str, ...]) -> Key:
        """The key of a header: what stands below an array of tables belongs to its newest item."""
        key: Key = ()
        for name in names[:-1]:
            key = (*key, name)
            if key in self._items:
                key = (*key, self._items[key])
        return (*key, names[-1])

    def _dotted(self) -> tuple[str, ...]:
        found = self._match(_DOTTED)
        self._at = found.end()
        return parts_of(found.group())

    def _note(self, table: Key, names: Key) -> None:
        for key in accumulate(((name,) for name in names), initial=table):
            if key:
                self.lines.setdefault(key, self.line)

    def _rest(self) -> None:
        depth = 0
        while self._at < len(self._text):
            piece = self._match(_PIECE).group()
            self._at += len(piece)
            if piece == "\n" and depth == 0:
                return
            depth += (piece in "[{") - (piece in "]}")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"not TOML: {self._text[self._at : self._at + 20]!r}")
        return found
