"""The portfolio heat map: each symbol's and each sector's share of net delta as shaded cells with numbers."""

from collections.abc import Sequence

from tidegate.core.domain.views import Heat, HeatCell
from tidegate.tui.viewmodel.numbers import bar
from tidegate.tui.viewmodel.text import Line, Piece, fit, line

CELL, SECTOR_CELL = 18, 25
GAP = 1


def heat_lines(heat: Heat, width: int) -> list[Line]:
    """The map in `width` cells: symbols first, then sectors, largest first."""
    missing = [line(Piece(f"  {reason}: it is left out here.", "warn")) for reason in heat.missing]
    if not heat.symbols:
        nothing = line(Piece("  Nothing is held and nothing is working. Entries appear here at once.", "dim"))
        return [line(), *(missing or [nothing])]
    net = [cell.pct for cell in heat.symbols]
    total = "unknown" if None in net or missing else f"{sum(pct for pct in net if pct is not None):+.1f} %"
    legend = "   dollars, % of equity, share of gross"
    return [
        *missing,
        line(Piece(" BY SYMBOL ", "title"), Piece(f"net {total}", "strong"), Piece(legend, "dim")),
        *_blocks(heat.symbols, width, CELL),
        line(Piece(" BY SECTOR ", "title")),
        *_blocks(heat.sectors, width, SECTOR_CELL),
    ]


def shade(cell: HeatCell) -> str:
    """The tone of a cell: long or short, in four steps by its share of gross."""
    step = min(4, 1 + int(cell.share * 8)) if cell.share < 0.5 else 4
    return f"{'long' if cell.value >= 0 else 'short'}{step}"


def _blocks(cells: Sequence[HeatCell], width: int, size: int) -> list[Line]:
    per_row = max(1, (width - 1) // (size + GAP))
    lines: list[Line] = []
    for start in range(0, len(cells), per_row):
        blocks = [_block(cell, size) for cell in cells[start : start + per_row]]
        lines += [tuple(piece for block in blocks for piece in (Piece(" " * GAP), *block[index])) for index in range(2)]
        lines.append(line())
    return lines


def _block(cell: HeatCell, size: int) -> list[Line]:
    tone, room = shade(cell), size - 12
    arrow = "▲" if cell.value >= 0 else "▼"
    points = "unknown" if cell.pct is None else f"{cell.pct:+.1f}"
    name = cell.name if len(cell.name) <= room else cell.name[: room - 1] + "…"
    texts = (
        f" {name:<{room}} {arrow}{cell.value:>+8,.0f} ",
        f" {points:>6} {bar(cell.share, room - 2)}{100 * cell.share:>4.0f}% ",
    )
    return [tuple(Piece(piece.text, tone) for piece in fit(line(text), size)) for text in texts]
