"""One trace as a timeline, from the alert to what was learned."""

from collections.abc import Callable, Iterator, Sequence

from textual.widget import Widget

from tidegate.core.domain.events import Recorded
from tidegate.core.domain.views import trace_view
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.viewmodel import traces
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid

NOTHING = "No event carries this trace."


class TraceScreen(DeskScreen):
    """The timeline; `read` gives the trace's events and is asked again when the journal grew."""

    where = "trace"

    def __init__(self, trace: str, read: Callable[[str], Sequence[Recorded]]) -> None:
        super().__init__()
        self._trace = trace
        self._read = read
        self._seq = -1

    def content(self) -> Iterator[Widget]:
        """Title and timeline."""
        yield Lines(id="title", classes="panel-title")
        yield LiveGrid(traces.TIMELINE, empty=NOTHING, id="timeline")

    def draw_body(self, view: View) -> None:
        """Show the timeline as of now."""
        if self._seq == view.state.seq:
            return
        self._seq = view.state.seq
        told = trace_view(self._trace, self._read(self._trace))
        if told is None:
            return
        self.query_one("#title", Lines).show(lambda width: traces.timeline_title(told, width))
        self.query_one("#timeline", LiveGrid).show(traces.timeline_rows(told))
