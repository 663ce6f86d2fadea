"""The last line: the commands worth knowing here, or what the desk has to say."""

from tidegate.tui.keys import Command, commands
from tidegate.tui.viewmodel.text import Line, Piece, join, length, line, spread

GAP = "  "


def footer_line(where: str, message: str, width: int, *, problem: bool) -> Line:
    """The commands of a screen in `width` cells, as many as fit; a message takes their place."""
    if message:
        return spread(line(Piece(f" {message}", "warn" if problem else "accent")), (), width)
    shown = sorted((each for each in commands(where) if each.footer), key=lambda each: not each.keys.isdigit())
    parts = [_part(command, here=command.footer.lower() == where) for command in shown]
    apart = GAP if length(_joined(parts, GAP)) <= width else " "
    while parts and length(_joined(parts, apart)) > width:
        parts.pop()
    return spread(_joined(parts, apart), (), width)


def _part(command: Command, *, here: bool) -> Line:
    key = command.shown_keys.split("  ")[0]
    return line(Piece(key, "accent"), Piece(f" {command.footer}", "strong" if here else "dim"))


def _joined(parts: list[Line], gap: str) -> Line:
    return (Piece(" "), *join(parts, Piece(gap)))
