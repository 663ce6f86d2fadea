"""The one table of commands: bindings, palette, help, footer and documentation are all read from it.

Keys avoid what tmux, screen and terminals take for themselves (ctrl with b, a, s, q, z, i, m, j, h), and every action
has a plain key.
"""

from typing import NamedTuple

from textual.binding import Binding

EVERYWHERE = "everywhere"
NAMES = {  # how Textual's key names are written for people
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "space": "space",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "shift+tab": "shift+tab",
}


class Command(NamedTuple):
    """One command: its keys, what it does, where it exists, and the action that does it.

    `where` is EVERYWHERE or the name of a screen; `footer` is its word in the footer, empty when it is not shown there.
    """

    keys: str
    title: str
    help: str
    action: str
    where: str = EVERYWHERE
    footer: str = ""

    @property
    def shown_keys(self) -> str:
        """The keys as people write them."""
        return "  ".join(NAMES.get(key, key) for key in self.keys.split(","))


COMMANDS = (
    Command("1", "Desk", "Delta gauge, positions, queue, tape", "app.go('desk')", footer="Desk"),
    Command("2", "Traces", "Every signal, and the way of each one", "app.go('traces')", footer="Traces"),
    Command("4", "Learner", "Beliefs by regime, and what moved them", "app.go('learner')", footer="Learner"),
    Command("5", "Plugins", "What runs, how well, with which settings", "app.go('plugins')", footer="Plugins"),
    Command("6", "Health", "The report, feeds, venues, both books", "app.go('health')", footer="Health"),
    Command("d", "Heat map", "Shares of net delta by symbol and sector", "screen.heat", "desk", "heat"),
    Command("o", "Switch plugin", "Turn the plugin under the cursor on or off", "screen.switch", "plugins", "on/off"),
    Command("r", "Examine", "Have the health report made anew", "screen.examine", "health", "examine"),
    Command("slash", "Filter", "Find signals by any word, or any id", "app.filter", footer="filter"),
    Command("enter", "Open", "Open what is under the cursor", "screen.open", footer=""),
    Command("y", "Copy id", "Copy the id under the cursor (OSC 52)", "app.copy_id"),
    Command("space", "Pause drawing", "Hold the picture; the engine goes on", "app.pause"),
    Command("t", "Theme", "Dark, light, contrast, colour-blind, ansi", "app.next_theme"),
    Command("question_mark", "Help", "This page", "app.help", footer="help"),
    Command("colon,ctrl+p", "Palette", "Every command by name", "app.command_palette"),
    Command("H", "Halt", "Stop entries, or close all; asks first", "app.halt", footer="halt"),
    Command("R", "Release halt", "Let entries happen again; asks first", "app.release"),
    Command("L", "Lockdown", "Seal what runs, or lift it; asks first", "app.lockdown"),
    Command("X", "Stop the engine", "End the run cleanly; asks first", "app.stop_engine"),
    Command("escape", "Back", "Close what is on top", "app.back"),
    Command("q,ctrl+c", "Detach", "Leave the desk; the engine goes on", "app.detach", footer="detach"),
    Command("up,k", "Up", "Move up", "screen.move(-1)"),
    Command("down,j", "Down", "Move down", "screen.move(1)"),
    Command("pageup", "Page up", "Move up by a page", "screen.page(-1)"),
    Command("pagedown", "Page down", "Move down by a page", "screen.page(1)"),
    Command("home,g", "First", "Move to the first row", "screen.edge(-1)"),
    Command("end,G", "Last", "Move to the last row", "screen.edge(1)"),
    Command("left,h,shift+tab", "Previous panel", "Move to the panel before", "app.focus_previous"),
    Command("right,l,tab", "Next panel", "Move to the panel after", "app.focus_next"),
)


def commands(where: str) -> list[Command]:
    """The commands of a screen, its own before those that exist everywhere."""
    own = [command for command in COMMANDS if command.where == where]
    return own + [command for command in COMMANDS if command.where == EVERYWHERE]


def bindings(where: str) -> list[Binding]:
    """Textual's bindings for the commands that belong to `where` alone."""
    return [Binding(c.keys, c.action, c.title, show=False) for c in COMMANDS if c.where == where]
