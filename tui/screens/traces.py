"""All signals with a filter."""

from collections.abc import Iterator

from textual.events import Key
from textual.widget import Widget
from textual.widgets import Input

from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.messages import FindTrace
from tidegate.tui.viewmodel import traces
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid


class TracesScreen(DeskScreen):
    """The list of signals, newest first."""

    where = "traces"

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None

    def content(self) -> Iterator[Widget]:
        """Title, filter, table."""
        yield Lines(id="title", classes="panel-title")
        yield Input(id="filter", placeholder="symbol, word or id; enter opens, esc clears", compact=True)
        yield LiveGrid(traces.TRACES, empty=traces.NO_TRACES, id="list")

    @property
    def text(self) -> str:
        """The filter."""
        return self.query_one("#filter", Input).value.strip()

    def draw_body(self, view: View) -> None:
        """Show the signals that match."""
        self._view = view
        text, ledger = self.text, view.state.ledger
        rows = traces.trace_rows(ledger, text)
        empty = traces.NO_MATCH if text else traces.NO_TRACES
        self.query_one("#list", LiveGrid).show(rows, empty=view.problem or empty)
        shown = len(rows)
        self.query_one("#title", Lines).show(
            lambda width: [traces.traces_title(shown, len(ledger), text, width)],
        )

    def ask(self) -> None:
        """Open the filter."""
        field = self.query_one("#filter", Input)
        field.add_class("asked")
        field.focus()

    def back(self) -> bool:
        """Clear the filter; False when there is none."""
        field = self.query_one("#filter", Input)
        if not field.has_class("asked"):
            return False
        field.value = ""
        field.remove_class("asked")
        self.query_one("#list", LiveGrid).focus()
        return True

    def on_input_changed(self) -> None:
        """Filter while typing."""
        if self._view is not None:
            self.draw_body(self._view)

    def on_input_submitted(self) -> None:
        """Go to the list; when nothing matches, the text may be an id."""
        grid = self.query_one("#list", LiveGrid)
        grid.focus()
        if self.text and grid.row is None:
            self.app.post_message(FindTrace(self.text))

    def on_key(self, event: Key) -> None:
        """From the filter, down goes to the list."""
        if event.key == "down" and isinstance(self.focused, Input):
            event.stop()
            self.query_one("#list", LiveGrid).focus()
