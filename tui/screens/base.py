"""The base of all screens: status on top, footer at the bottom, one line when the terminal is tiny."""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.screen import Screen
from textual.widget import Widget

from tidegate.tui.screens.messages import OpenTrace, Shown
from tidegate.tui.viewmodel.footer import footer_line
from tidegate.tui.viewmodel.header import status_lines, tiny_line
from tidegate.tui.viewmodel.table import Row
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid

TINY = (60, 15)
ROOMY = (100, 32)


class DeskScreen(Screen[None], inherit_bindings=False):
    """One of the desk's screens. `where` is its name in the table of commands."""

    where: ClassVar[str] = ""
    AUTO_FOCUS = "LiveGrid"

    def compose(self) -> ComposeResult:
        """The frame around `content`."""
        yield Lines(id="status")
        yield Lines(id="tiny")
        with Vertical(id="body"):
            yield from self.content()
        yield Lines(id="footer")

    def content(self) -> Iterator[Widget]:
        """The widgets between status and footer."""
        raise NotImplementedError

    def draw(self, view: View, *, paused: str, message: tuple[str, bool]) -> None:
        """Show a view; while drawing is paused only the status goes on."""
        self.query_one("#status", Lines).show(lambda width: status_lines(view, width, paused=paused))
        self.query_one("#tiny", Lines).show(lambda width: [tiny_line(view, width)])
        said, problem = message
        self.query_one("#footer", Lines).show(lambda width: [footer_line(self.where, said, width, problem=problem)])
        if not paused:
            self.draw_body(view)

    def draw_body(self, view: View) -> None:
        """Show a view between status and footer."""
        raise NotImplementedError

    def on_resize(self, event: Resize) -> None:
        """Choose between tiny, normal and roomy."""
        width, height = event.size
        self.set_class(width < TINY[0] or height < TINY[1], "tiny")
        self.set_class(width >= ROOMY[0] and height >= ROOMY[1], "roomy")

    def on_screen_resume(self) -> None:
        """Ask for a picture as soon as the screen is on top."""
        self.app.post_message(Shown())

    # ---- the cursor

    @property
    def grid(self) -> LiveGrid | None:
        """The table that has the focus."""
        return self.focused if isinstance(self.focused, LiveGrid) else None

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.grid.row if self.grid is not None else None

    def on_live_grid_opened(self) -> None:
        """A click on the cursor's row is enter."""
        self.action_open()

    def action_move(self, step: int) -> None:
        """Move the cursor by rows."""
        if self.grid is not None:
            self.grid.move(self.grid.cursor + step)
        elif isinstance(self.focused, Lines):
            self.focused.scroll_relative(y=step, animate=False)

    def action_page(self, step: int) -> None:
        """Move the cursor by pages."""
        if self.grid is not None:
            self.grid.move(self.grid.cursor + step * self.grid.page)
        elif isinstance(self.focused, Lines):
            self.focused.scroll_relative(y=step * self.focused.size.height, animate=False)

    def action_edge(self, step: int) -> None:
        """Move the cursor to the first (-1) or last (1) row."""
        if self.grid is not None:
            self.grid.move(0 if step < 0 else 1_000_000_000)
        elif isinstance(self.focused, Lines):
            self.focused.scroll_to(y=0 if step < 0 else self.focused.virtual_size.height, animate=False)

    def action_open(self) -> None:
        """Open the trace under the cursor."""
        if self.row is not None and self.row.trace:
            self.app.post_message(OpenTrace(self.row.trace))
