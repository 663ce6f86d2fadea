"""A question with its consequences spelled out; each answer is one key, esc leaves everything as it is."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.app import ComposeResult
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen

from tidegate.tui.viewmodel.text import Line, Piece, line
from tidegate.tui.widgets.lines import Lines


class Choice(NamedTuple):
    """A key, what it does in words, the message that does it, and what will happen."""

    key: str
    text: str
    message: Message
    consequence: str = ""


class Dialog(ModalScreen[None], inherit_bindings=False):
    """Asks and posts the message of the chosen answer to the app."""

    def __init__(self, title: str, says: Sequence[Line], choices: Sequence[Choice]) -> None:
        super().__init__()
        self._choices = {choice.key: choice for choice in choices}
        answers = [
            line(Piece(f"  {choice.key:<5}", "accent"), Piece(choice.text, "strong"), choice.consequence)
            for choice in choices
        ]
        answers.append(line(Piece("  esc  ", "accent"), "leave everything as it is"))
        self._lines = [line(Piece(title, "title")), line(), *says, line(), *answers]

    def compose(self) -> ComposeResult:
        """The text; the keys are part of it."""
        text = Lines(id="question")
        text.styles.height = len(self._lines) + 2
        yield text

    def on_mount(self) -> None:
        """Show the question."""
        self.query_one(Lines).show(lambda _: self._lines)

    def on_key(self, event: Key) -> None:
        """Take an answer; any other key does nothing."""
        event.stop()
        if event.key == "escape":
            self.dismiss()
        elif event.key in self._choices:
            self.app.post_message(self._choices[event.key].message)
            self.dismiss()
