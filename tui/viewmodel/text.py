"""Text with tones: what view models are made of. A tone is a role, never a colour; themes give it one.

"" is plain, "alarm" must be seen, the parts of the gauge and the badges of the modes have their own tones, and the heat
map has four shades for each side.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

SHADES = tuple(f"{side}{step}" for side in ("long", "short") for step in range(1, 5))
GAUGE = ("held", "working", "room", "limit")
MODES = ("demo", "paper", "live")
TONES = ("dim", "strong", "good", "bad", "warn", "accent", "title", "alarm", *GAUGE, *MODES, *SHADES)


class Piece(NamedTuple):
    """A run of text in one tone."""

    text: str
    tone: str = ""


Line = tuple[Piece, ...]


def line(*parts: str | Piece) -> Line:
    """A line of pieces; plain strings have the plain tone."""
    return tuple(part if isinstance(part, Piece) else Piece(part) for part in parts)


def clean(text: str) -> str:
    """The text without anything a terminal would obey: control characters become "·"."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "·" for c in text)


def length(pieces: Iterable[Piece]) -> int:
    """Cells that the pieces take."""
    return sum(cell_len(piece.text) for piece in pieces)


def crop(pieces: Line, width: int) -> Line:
    """The line in at most `width` cells; a cut is shown by an ellipsis."""
    pieces = tuple(Piece(clean(piece.text), piece.tone) for piece in pieces)
    if length(pieces) <= width:
        return pieces
    kept: list[Piece] = []
    room = width - 1
    for piece in pieces:
        size = cell_len(piece.text)
        if size > room:
            kept.append(Piece(set_cell_size(piece.text, room) + "…" if width > 0 else "", piece.tone))
            break
        kept.append(piece)
        room -= size
    return tuple(kept)


def fit(pieces: Line, width: int, *, align: str = "left") -> Line:
    """The line in exactly `width` cells, cropped or padded; `align` is "left" or "right"."""
    cropped = crop(pieces, width)
    space = width - length(cropped)
    if space <= 0:
        return cropped
    pad = Piece(" " * space)
    return (pad, *cropped) if align == "right" else (*cropped, pad)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` and `right` at the two ends of `width` cells; the left end gives way."""
    right = crop(right, width)
    return (*fit(left, max(0, width - length(right))), *right)


def join(parts: Iterable[Line], separator: Piece) -> Line:
    """Lines in one, with a separator between them."""
    shown = [part for part in parts if part]
    joined: list[Piece] = [piece for here, _ in pairwise([*shown, ()]) for piece in (*here, separator)]
    return tuple(joined[:-1])


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone."""
    return "".join(piece.text for piece in pieces)
