"""The first screen: delta gauge, positions, queue, tape."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.css.scalar import Scalar
from textual.widget import Widget

from tidegate.core.domain.views import dashboard
from tidegate.tui import keys
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.heat import HeatScreen
from tidegate.tui.viewmodel.desk import tables as desk
from tidegate.tui.viewmodel.desk.gauge import gauge_lines
from tidegate.tui.viewmodel.table import Row
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid

QUEUE_ROWS, QUEUE_ROWS_ROOMY = 4, 8


class DeskMain(DeskScreen):
    """Positions, queue and tape under the gauge."""

    where = "desk"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("desk")]

    def __init__(self) -> None:
        super().__init__()
        self._queue_rows = 0

    def content(self) -> Iterator[Widget]:
        """Gauge and three tables, each under its title."""
        yield Lines(id="gauge")
        yield Lines(id="positions-title", classes="panel-title")
        yield LiveGrid(desk.POSITIONS, empty=desk.NO_POSITIONS, id="positions")
        yield Lines(id="queue-title", classes="panel-title")
        yield LiveGrid(desk.QUEUE, empty=desk.NO_QUEUE, id="queue")
        yield Lines(id="tape-title", classes="panel-title")
        yield LiveGrid(desk.TAPE, empty=desk.NO_TAPE, id="tape")

    def draw_body(self, view: View) -> None:
        """Show the dashboard."""
        board = dashboard(view.state)
        self.query_one("#gauge", Lines).show(lambda width: gauge_lines(board.book, view.limit_pct, width))
        self.query_one("#positions-title", Lines).show(lambda width: [desk.positions_title(board, width)])
        self.query_one("#queue-title", Lines).show(lambda width: [desk.queue_title(board, width)])
        self.query_one("#tape-title", Lines).show(lambda width: [desk.tape_title(width)])
        nothing = view.problem or ("No session yet. Start one with: tidegate demo" if view.state.seq == 0 else "")
        self.query_one("#positions", LiveGrid).show(desk.position_rows(board), empty=nothing or desk.NO_POSITIONS)
        self._show_queue(desk.queue_rows(board))
        self.query_one("#tape", LiveGrid).show(desk.tape_rows(board))

    def _show_queue(self, rows: list[Row]) -> None:
        """An empty queue is its title only; one that waits grows, and shrinks when it is empty again."""
        grid, roomy = self.query_one("#queue", LiveGrid), self.has_class("roomy")
        most = QUEUE_ROWS_ROOMY if roomy else QUEUE_ROWS
        self._queue_rows = max(min(len(rows), most), self._queue_rows) if rows else 0
        height = self._queue_rows + 1 if rows else 0
        if grid.styles.height != Scalar.from_number(height):
            grid.styles.height = height
        grid.display = bool(rows)
        grid.show(rows)

    def action_heat(self) -> None:
        """Open the heat map."""
        self.app.push_screen(HeatScreen())
