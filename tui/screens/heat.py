"""The portfolio heat map behind the delta gauge."""

from collections.abc import Iterator

from textual.widget import Widget

from tidegate.core.domain.views import dashboard, heat
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.viewmodel.desk.gauge import gauge_lines
from tidegate.tui.viewmodel.desk.heat import heat_lines
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines


class HeatScreen(DeskScreen):
    """Shares of net delta by symbol and by sector."""

    where = "heat"
    AUTO_FOCUS = "#heat"

    def content(self) -> Iterator[Widget]:
        """The gauge and the map."""
        yield Lines(id="gauge")
        yield Lines(id="heat", focusable=True)

    def draw_body(self, view: View) -> None:
        """Show the map."""
        board, shares = dashboard(view.state, tape=0), heat(view.state)
        self.query_one("#gauge", Lines).show(lambda width: gauge_lines(board.book, view.limit_pct, width))
        self.query_one("#heat", Lines).show(lambda width: heat_lines(shares, width))
