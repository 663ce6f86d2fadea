"""Tables as values: columns, rows, and which columns fit."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from tidegate.tui.viewmodel.text import Line


class Column(NamedTuple):
    """A column of fixed width, so that numbers never dance; `flex` takes what is left (at least `width`).

    Columns with the highest `rank` are left out first when the terminal is narrow; rank 0 always stays.
    """

    title: str
    width: int
    align: Literal["left", "right"] = "left"
    rank: int = 0
    flex: bool = False


class Row(NamedTuple):
    """One row: a `key` that identifies it, the `id` that y copies, the `trace` that enter opens, and its cells."""

    key: str
    cells: tuple[Line, ...]
    id: str = ""
    trace: str = ""


class Place(NamedTuple):
    """Where a column stands: its number, its first cell, its width."""

    column: int
    x: int
    width: int


def places(columns: Sequence[Column], width: int, *, margin: int = 2) -> list[Place]:
    """The columns that fit in `width` cells, from left to right; wide terminals get wider gaps."""
    gap = 2 if width >= 100 else 1
    shown = list(range(len(columns)))
    while len(shown) > 1 and _needed(columns, shown, gap) + margin > width:
        ranked = [index for index in shown if columns[index].rank > 0]
        if not ranked:
            break
        shown.remove(max(ranked, key=lambda index: (columns[index].rank, index)))
    spare = max(0, width - margin - _needed(columns, shown, gap))
    found, x = [], margin
    for index in shown:
        size = columns[index].width + (spare if columns[index].flex else 0)
        found.append(Place(index, x, size))
        x += size + gap
    return found


def _needed(columns: Sequence[Column], shown: Sequence[int], gap: int) -> int:
    return sum(columns[index].width for index in shown) + gap * (len(shown) - 1)
