"""Help for the screen below it."""

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen

from tidegate.tui.viewmodel.help import help_lines
from tidegate.tui.widgets.lines import Lines

STEPS = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": 10, "pageup": -10}


class HelpPage(ModalScreen[None], inherit_bindings=False):
    """Every command of a screen; moving scrolls, any other key closes."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def compose(self) -> ComposeResult:
        """The page."""
        yield Lines(id="help", focusable=True)

    def on_mount(self) -> None:
        """Show the page."""
        self.query_one(Lines).show(lambda _: help_lines(self._where))

    def on_key(self, event: Key) -> None:
        """Scroll or close."""
        event.stop()
        if event.key in STEPS:
            self.query_one(Lines).scroll_relative(y=STEPS[event.key], animate=False)
        else:
            self.dismiss()
