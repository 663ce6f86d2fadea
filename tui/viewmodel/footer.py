"""The last line: the commands worth knowing here, or what the desk has to say."""

from tui.keys import commands
from tui.viewmodel.text import Line, Piece, length, line, spread


def footer_line(where: str, message: str, width: int, *, problem: bool) -> Line:
    """The commands of a screen in `width` cells, as many as fit; a message takes their place."""
    if message:
        return spread(line(Piece(f" {message}", "warn" if problem else "accent")), (), width)
    left: list[Piece] = [Piece(" ")]
    shown = [command for command in commands(where) if command.footer]
    for command in sorted(shown, key=lambda command: not command.keys.isdigit()):
        key = command.shown_keys.split("  ")[0]
        here = command.footer.lower() == where
        part = [Piece(key, "accent"), Piece(f" {command.footer}", "strong" if here else "dim"), Piece("  ")]
        if length([*left, *part]) > width:
            break
        left += part
    return spread(tuple(left), (), width)
