"""The help page of a screen, from the table of commands."""

from tui.keys import COMMANDS, EVERYWHERE, Command
from tui.viewmodel.text import Line, Piece, line

LEGEND = {
    "desk": "█ held   ▒ working orders   ░ room   ┃ the limit: above it no bullish entry",
    "traces": "Words of the filter must all match; an id of any kind opens its trace",
    "trace": "Times count from the alert that completed the cluster; y on a step copies its order id",
    "plugins": "A toggle takes effect at a safe point and is an event in the journal",
    "heat": "Darker cells carry more of the book; arrows tell long from short",
}


def help_lines(where: str) -> list[Line]:
    """What can be done here, then everywhere."""
    own = [command for command in COMMANDS if command.where == where]
    lines = [line(Piece(f" HELP  {where} ", "title"), Piece(f" {LEGEND.get(where, '')}", "dim"))]
    lines += [_entry(command) for command in own]
    lines += [_entry(command) for command in COMMANDS if command.where == EVERYWHERE]
    return lines


def _entry(command: Command) -> Line:
    return line(Piece(f" {command.shown_keys:<16} ", "accent"), Piece(f"{command.title:<16}", "strong"), command.help)
