"""How it is: the health report, feeds, venues, the two books, the journal and the engine."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.css.scalar import Scalar
from textual.widget import Widget

from tidegate.tui import keys
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.messages import Examine
from tidegate.tui.viewmodel.health import books, feeds, report, venues
from tidegate.tui.viewmodel.health.vitals import vital_lines
from tidegate.tui.viewmodel.table import Row
from tidegate.tui.viewmodel.view import View
from tidegate.tui.widgets.lines import Lines
from tidegate.tui.widgets.live_grid import LiveGrid

EVERY_S = 60.0
MOST, MOST_ROOMY = 4, 8  # rows that feeds and venues take each; the differences get the rest
REPORTED, REPORTED_ROOMY = 2, 10  # rows of the report, what is in the way first
CHOSEN, CHOSEN_ROOMY, ASIDE = 5, 10, 1  # its rows while it has the focus, and those of feeds and venues meanwhile


class HealthScreen(DeskScreen):
    """Four tables, each as high as it needs to be, and the signs of life. The report is asked for while it shows."""

    where = "health"
    AUTO_FOCUS = "#feeds"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("health")]

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None

    def content(self) -> Iterator[Widget]:
        """Report, feeds, venues, reconciliation, journal and engine."""
        yield Lines(id="report-title", classes="panel-title")
        yield LiveGrid(report.REPORT, empty=report.NO_REPORT, id="report")
        yield Lines(id="evidence")
        yield Lines(id="feeds-title", classes="panel-title")
        yield LiveGrid(feeds.FEEDS, empty=feeds.NO_FEEDS, id="feeds")
        yield Lines(id="venues-title", classes="panel-title")
        yield LiveGrid(venues.VENUES, empty=venues.NO_VENUES, id="venues")
        yield Lines(id="books-title", classes="panel-title")
        yield LiveGrid(books.BOOKS, empty="", id="books")
        yield Lines(id="vitals")

    def on_mount(self) -> None:
        """Ask anew every minute."""
        self.set_interval(EVERY_S, self._ask)

    def on_screen_resume(self) -> None:
        """Ask as soon as the screen is on top."""
        self._ask()

    def on_descendant_focus(self) -> None:
        """The report grows while it has the focus."""
        if self._view is not None:
            self.draw_body(self._view)

    def on_live_grid_moved(self) -> None:
        """Show all of the evidence under the cursor."""
        row = self.query_one("#report", LiveGrid).row
        self.query_one("#evidence", Lines).show(lambda width: report.evidence_lines(row, width))

    def action_examine(self) -> None:
        """Have the report made anew."""
        self.app.post_message(Examine(anew=True))

    def draw_body(self, view: View) -> None:
        """Show everything as of now."""
        self._view = view
        self._draw_report(view)
        self.query_one("#feeds-title", Lines).show(lambda width: [feeds.feeds_title(view, width)])
        self._show("#feeds", feeds.feed_rows(view))
        self.query_one("#venues-title", Lines).show(lambda width: [venues.venues_title(view, width)])
        self._show("#venues", venues.venue_rows(view))
        self.query_one("#books-title", Lines).show(lambda width: [books.books_title(view, width)])
        self.query_one("#books", LiveGrid).show(books.book_rows(view), empty=books.no_books(view))
        self.query_one("#vitals", Lines).show(lambda _: vital_lines(view))

    def _draw_report(self, view: View) -> None:
        self.query_one("#report-title", Lines).show(lambda width: [report.report_title(view, width)])
        self._show("#report", report.report_rows(view), empty=report.no_report(view))
        self.query_one("#evidence", Lines).display = self._chosen
        self.on_live_grid_moved()

    def _ask(self) -> None:
        if self.is_current:
            self.app.post_message(Examine())

    @property
    def _chosen(self) -> bool:
        """Whether the report has the focus."""
        return self.grid is not None and self.grid.id == "report"

    def _most(self, name: str) -> int:
        roomy = self.has_class("roomy")
        if name == "#report" and self._chosen:
            return CHOSEN_ROOMY if roomy else CHOSEN
        if name == "#report":
            return REPORTED_ROOMY if roomy else REPORTED
        return MOST_ROOMY if roomy else ASIDE if self._chosen else MOST

    def _show(self, name: str, rows: list[Row], *, empty: str = "") -> None:
        """As high as its rows, with one for what is said instead of none."""
        grid = self.query_one(name, LiveGrid)
        height = min(max(len(rows), 1), self._most(name)) + 1
        if grid.styles.height != Scalar.from_number(height):
            grid.styles.height = height
        grid.show(rows, empty=empty)
