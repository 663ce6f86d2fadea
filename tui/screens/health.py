"""How it is: feeds, venues, the two books, the journal and the engine."""

from collections.abc import Iterator
from typing import ClassVar

from textual.binding import BindingType
from textual.css.scalar import Scalar
from textual.widget import Widget

from tui import keys
from tui.screens.base import DeskScreen
from tui.viewmodel import books, feeds, venues
from tui.viewmodel.table import Row
from tui.viewmodel.view import View
from tui.viewmodel.vitals import vital_lines
from tui.widgets.lines import Lines
from tui.widgets.live_grid import LiveGrid

MOST, MOST_ROOMY = 4, 8  # rows that feeds and venues take each; the differences get the rest


class HealthScreen(DeskScreen):
    """Three tables, each as high as it needs to be, and the signs of life."""

    where = "health"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings("health")]

    def content(self) -> Iterator[Widget]:
        """Feeds, venues, reconciliation, journal and engine."""
        yield Lines(id="feeds-title", classes="panel-title")
        yield LiveGrid(feeds.FEEDS, empty=feeds.NO_FEEDS, id="feeds")
        yield Lines(id="venues-title", classes="panel-title")
        yield LiveGrid(venues.VENUES, empty=venues.NO_VENUES, id="venues")
        yield Lines(id="books-title", classes="panel-title")
        yield LiveGrid(books.BOOKS, empty="", id="books")
        yield Lines(id="vitals")

    def draw_body(self, view: View) -> None:
        """Show everything as of now."""
        self.query_one("#feeds-title", Lines).show(lambda width: [feeds.feeds_title(view, width)])
        self._show("#feeds", feeds.feed_rows(view))
        self.query_one("#venues-title", Lines).show(lambda width: [venues.venues_title(view, width)])
        self._show("#venues", venues.venue_rows(view))
        self.query_one("#books-title", Lines).show(lambda width: [books.books_title(view, width)])
        self.query_one("#books", LiveGrid).show(books.book_rows(view), empty=books.no_books(view))
        self.query_one("#vitals", Lines).show(lambda _: vital_lines(view))

    def _show(self, name: str, rows: list[Row]) -> None:
        """As high as its rows, with one for what is said instead of none."""
        grid, most = self.query_one(name, LiveGrid), MOST_ROOMY if self.has_class("roomy") else MOST
        height = min(max(len(rows), 1), most) + 1
        if grid.styles.height != Scalar.from_number(height):
            grid.styles.height = height
        grid.show(rows)
