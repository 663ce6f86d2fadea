"""The help page of a screen, from the table of commands."""

from tidegate.tui.keys import COMMANDS, EVERYWHERE, Command
from tidegate.tui.viewmodel.text import Line, Piece, line

LEGEND = {
    "desk": "█ held  ▒ working  ░ room  ┃ limit: no bullish entry above",
    "traces": "all words must match; any id opens its trace",
    "trace": "delays count from the completing alert; y copies order ids",
    "learner": "90 % interval stands out; · 0.5: multiplier 1; enter: moves",
    "moves": "means before and after; enter opens the outcome's trace",
    "plugins": "a toggle waits for a safe point and is journaled",
    "health": "the report is made anew each minute; y copies evidence",
    "heat": "stronger cells carry more; ▲ long ▼ short",
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
