"""A belief as a strip of block characters from 0 to 1, and an axis with its 90 % interval."""

from itertools import groupby

from tidegate.core.domain.learning.beta import interval, masses
from tidegate.core.domain.positions import Cell
from tidegate.tui.viewmodel.text import Line, Piece

BLOCKS = "▁▂▃▄▅▆▇█"


def strip(cell: Cell, width: int) -> Line:
    """How likely each part of [0, 1] is, against the likeliest one; parts within the 90 % interval stand out."""
    parts, (low, high) = masses(cell.alpha, cell.beta, width), interval(cell.alpha, cell.beta)
    top = max(parts)
    shown = [
        Piece(
            BLOCKS[round(part / top * (len(BLOCKS) - 1))],
            "held" if low * width < at + 1 and at < high * width else "room",
        )
        for at, part in enumerate(parts)
    ]
    return tuple(
        Piece("".join(piece.text for piece in run), tone) for tone, run in groupby(shown, lambda each: each.tone)
    )


def axis(cell: Cell, width: int) -> Line:
    """The interval as a line with its ends and the mean, and a mark at 0.5, where a multiplier is 1."""
    low, high = (_at(value, width) for value in interval(cell.alpha, cell.beta))
    marks = [" "] * width
    marks[_at(0.5, width)] = "·"
    for at in range(low, high + 1):
        marks[at] = "─"
    marks[low], marks[high], marks[_at(cell.mean, width)] = "├", "┤", "┼"
    return (Piece("".join(marks), "dim"),)


def _at(value: float, width: int) -> int:
    return min(width - 1, int(value * width))
