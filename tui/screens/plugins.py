"""What runs: every plugin with its state, its time and its settings; o turns one on or off."""

from collections.abc import Iterator
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tidegate.tui import keys
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.dialog import Choice, Dialog
from tidegate.tui.screens.messages import Request
from tidegate.tui.viewmodel import plugins
from tidegate.tui.viewmodel.text import Piece, line
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid


class PluginsScreen(DeskScreen):
    """The table of plugins and the settings of the one under the cursor."""

    where = "plugins"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("plugins")]

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None

    def content(self) -> Iterator[Widget]:
        """Title, table, settings."""
        yield Lines(id="title", classes="panel-title")
        yield LiveGrid(plugins.PLUGINS, empty=plugins.NO_PLUGINS, id="list")
        yield Lines(id="settings-title", classes="panel-title")
        yield Lines(id="settings")

    def draw_body(self, view: View) -> None:
        """Show the plugins as of now."""
        self._view = view
        self.query_one("#title", Lines).show(lambda width: [plugins.plugins_title(view, width)])
        self.query_one("#list", LiveGrid).show(plugins.plugin_rows(view))
        self.on_live_grid_moved()

    def on_live_grid_moved(self) -> None:
        """Show the settings of the plugin under the cursor."""
        view, chosen = self._view, self._chosen()
        if view is None:
            return
        lines = plugins.plugin_lines(chosen, view)
        self.query_one("#settings-title", Lines).show(lambda _: lines[:1])
        self.query_one("#settings", Lines).show(lambda _: lines[1:])

    def action_open(self) -> None:
        """Enter is the same as o here."""
        self.action_switch()

    def action_switch(self) -> None:
        """Ask, then request the toggle."""
        chosen = self._chosen()
        if chosen is None or self._view is None:
            return
        key, on = str(chosen["key"]), plugins.switched_on(chosen, self._view)
        word = "off" if on else "on"
        says = [
            line("The engine switches it at its next safe point,"),
            line("journals the change, and keeps it for later starts."),
        ]
        if on and key.startswith("gates."):
            says.append(line(Piece("Entries will no longer be checked by this gate.", "warn")))
        args = {"name": key, "enabled": "false" if on else "true"}
        choice = Choice("y", f"switch {key} {word}", Request("plugin", args))
        self.app.push_screen(Dialog(f"Switch {key} {word}?", says, [choice]))

    def _chosen(self) -> dict[str, Any] | None:
        row = self.query_one("#list", LiveGrid).row
        if row is None or self._view is None:
            return None
        return next((each for each in plugins.plugins(self._view) if str(each["key"]) == row.key), None)
