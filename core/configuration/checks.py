"""Checks what a table says against the struct that it becomes: every mistake is noted, none stops the others."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Annotated, Any, get_args, get_origin

import msgspec
from msgspec import inspect as types

from tidegate.core.configuration.layers import Merged, Origin
from tidegate.core.configuration.lines import Key
from tidegate.core.configuration.renamed import RENAMED

_INVALID = re.compile(r"Invalid enum value '?([^']*)'?")
_ORIGIN = re.compile(r"(.*?):(\d+): ")
_SHOWN = 60  # characters of a wrong value that a message repeats


class Place(msgspec.Struct, frozen=True):
    """A key in the merged configuration, and the list that mistakes are noted in."""

    merged: Merged
    problems: list[str]
    key: Key = ()

    def __truediv__(self, name: str | int) -> "Place":
        return Place(self.merged, self.problems, (*self.key, name))

    def __str__(self) -> str:
        return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in self.key).lstrip(".")

    @property
    def origin(self) -> Origin:
        """The layer, file and line that decided this key."""
        return self.merged.origin(self.key)

    def note(self, mistake: str) -> None:
        """Note a mistake: origin, key, and what is wrong."""
        self.problems.append(f"{self.origin}: {self}: {mistake}")


def in_order(problems: Iterable[str]) -> list[str]:
    """Mistakes as one reads: file by file, in the order in which the files were first complained of, and by line."""
    found = [(problem, _ORIGIN.match(problem)) for problem in problems]
    files = list(dict.fromkeys(origin.group(1) if origin else "" for _, origin in found))
    placed = [(files.index(o.group(1)), int(o.group(2)), p) if o else (files.index(""), 0, p) for p, o in found]
    return [problem for _, _, problem in sorted(placed, key=lambda each: each[:2])]


def nearest(name: str, known: Iterable[str]) -> str:
    """A question to end a message with, or nothing when no known name is near."""
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def unknown_key(name: str, known: Iterable[str]) -> str:
    """The mistake of a key that nothing reads."""
    names = sorted(known)
    return f"unknown key{nearest(name, names)}; allowed: {', '.join(names) or 'none'}"


def fields(
    kind: type[msgspec.Struct], said: dict[str, Any], place: Place, *, also: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The fields of a struct that a table says rightly, decoded; mistakes are noted at their places.

    `also` names keys that the table may hold besides the struct's fields.
    """
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    good: dict[str, Any] = {}
    for name, value in said.items():
        if name not in known:
            here = place / name
            here.note(RENAMED.get(str(here)) or unknown_key(name, [*known, *also]))
            continue
        noted = len(place.problems)
        decoded = value_of(known[name].type, value, place / name)
        if len(place.problems) == noted:
            good[known[name].name] = decoded
    for name, field in known.items():
        if field.required and name not in said:
            place.note(f"{name} is missing; it must be {allowed(field.type)}")
    return good


def value_of(kind: Any, value: Any, place: Place) -> Any:  # noqa: ANN401 - a type and a value of that type
    """The value decoded as `kind`; None when a mistake was noted."""
    noted = len(place.problems)
    _look_inside(kind, value, place)
    if len(place.problems) > noted:
        return None
    try:
        decoded = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        place.note(_mistake(kind, value, str(error)))
        return None
    if isinstance(decoded, float | Decimal) and not isfinite(decoded):
        place.note(f"is {value}; must be finite")
    if isinstance(decoded, datetime) and decoded.tzinfo is None:
        place.note(f'is {value}; must name its time zone: add "Z" for UTC')
    return decoded


def _look_inside(kind: Any, value: Any, place: Place) -> None:  # noqa: ANN401 - as above
    """Check each item and field for itself, so that every wrong one is noted where it stands."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    inner, of = get_args(kind), get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        fields(kind, value, place)
    elif isinstance(value, list) and (of in (list, set, frozenset) or (of is tuple and inner[1:] == (...,))):
        for index, item in enumerate(value):
            value_of(inner[0], item, place / index)
    elif of is dict and isinstance(value, dict):
        for name, item in value.items():
            value_of(inner[1], item, place / name)


def _mistake(kind: Any, value: Any, error: str) -> str:  # noqa: ANN401 - as above
    invalid = _INVALID.match(error)
    hint = nearest(invalid.group(1), _choices(types.type_info(kind))) if invalid else ""
    shown = "a table" if isinstance(value, dict) else _toml(value)
    return f"is {shown}; must be {allowed(kind)}{hint}"


def _toml(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def allowed(kind: Any) -> str:  # noqa: ANN401 - any type that a field may have
    """What a type allows, in words: "a number from 0 to 100"."""
    return _words(types.type_info(kind))


def _words(info: types.Type) -> str:  # noqa: PLR0911 - one line for each kind of type
    match info:
        case types.Metadata():
            return _words(info.type)
        case types.IntType() | types.FloatType():
            number = "a whole number" if isinstance(info, types.IntType) else "a number"
            return number + _bounds(info)
        case types.EnumType() | types.LiteralType():
            return f"one of {', '.join(_choices(info))}"
        case types.VarTupleType() | types.ListType() | types.SetType() | types.FrozenSetType():
            return f"a list, each item {_words(info.item_type)}"
        case types.StructType():
            return f"a table with {', '.join(field.encode_name for field in info.fields)}"
        case types.DictType():
            return f"a table, each value {_words(info.value_type)}"
        case types.UnionType():
            return " or ".join(_words(each) for each in info.types)
        case _:
            return _WORDS.get(type(info), type(info).__name__.removesuffix("Type").lower())


_WORDS: dict[type[types.Type], str] = {
    types.BoolType: "true or false",
    types.StrType: "text in quotes",
    types.DecimalType: 'a decimal in quotes, such as "1.50"',
    types.DateTimeType: "a date and time, such as 2025-03-12T15:00:00Z",
    types.DateType: "a date, such as 2025-03-12",
    types.TimeType: "a time, such as 09:30:00",
    types.NoneType: "left out",
}


def _choices(info: types.Type) -> list[str]:
    match info:
        case types.EnumType():
            return [str(member.value) for member in info.cls]
        case types.LiteralType():
            return [str(value) for value in info.values]
        case _:
            return []


def _bounds(info: types.IntType | types.FloatType) -> str:
    if info.ge is not None and info.le is not None:
        return f" from {_plain(info.ge)} to {_plain(info.le)}"
    signs = (("> ", info.gt), (">= ", info.ge), ("< ", info.lt), ("<= ", info.le))
    said = [f"{sign}{_plain(limit)}" for sign, limit in signs if limit is not None]
    return f" {' and '.join(said)}" if said else ""


def _plain(limit: float) -> str:
    return f"{limit:,.15g}"
