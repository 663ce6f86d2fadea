"""The live table: a line-API grid with one cached strip per row. A changed cell refreshes its own region only."""

from collections.abc import Sequence

from rich.style import Style
from textual.events import Blur, Click, Focus, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from tidegate.tui.viewmodel.table import Column, Place, Row, places
from tidegate.tui.viewmodel.text import Line, Piece, fit, line
from tidegate.tui.widgets.toned import Toned

HEAD = 1
MARGIN = 2


class LiveGrid(Toned, can_focus=True):
    """Rows under a fixed head. The cursor follows its row when others come and go; at the top it stays on top."""

    DEFAULT_CSS = "LiveGrid { overflow: hidden auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }"

    class Opened(Message):
        """A second click on the row under the cursor."""

    class Moved(Message):
        """The cursor went to another row."""

    def __init__(self, columns: Sequence[Column], *, empty: str, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._columns = columns
        self._empty = empty
        self._rows: list[Row] = []
        self._places: list[Place] = []
        self._strips: dict[str, Strip] = {}
        self._at: str | None = None

    # ---- rows

    def show(self, rows: Sequence[Row], *, empty: str = "") -> None:
        """Show other rows; only what differs is drawn again."""
        before, self._rows = self._rows, list(rows)
        if empty:
            self._empty = empty
        if [row.key for row in before] == [row.key for row in self._rows] and before:
            for index, (old, new) in enumerate(zip(before, self._rows, strict=True)):
                if old.cells != new.cells:
                    self._refresh_cells(index, old, new)
            return
        if before != self._rows or not before:
            self._strips.clear()
            self.virtual_size = Size(self._width, len(self._rows) + HEAD)
            self.refresh()

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self._rows else None

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor."""
        return next((index for index, row in enumerate(self._rows) if row.key == self._at), 0)

    def move(self, index: int) -> None:
        """Put the cursor on a row (clamped) and scroll to it."""
        if not self._rows:
            return
        before = self.cursor
        here = max(0, min(len(self._rows) - 1, index))
        self._at = self._rows[here].key if here else None
        for each in (before, here):
            self._strips.pop(self._rows[each].key, None)
            self.refresh_line(each + HEAD)
        self._reveal(here)
        if here != before:
            self.post_message(self.Moved())

    @property
    def page(self) -> int:
        """Rows that are visible at once."""
        return max(1, self.size.height - HEAD)

    # ---- drawing

    def forget(self) -> None:
        """Drop cached strips."""
        self._strips.clear()

    def on_resize(self, _: Resize) -> None:
        """Choose the columns that fit."""
        self._places = places(self._columns, self._width, margin=MARGIN)
        self._strips.clear()
        self.virtual_size = Size(self._width, len(self._rows) + HEAD)
        self.refresh()

    def on_focus(self, _: Focus) -> None:
        """Show the cursor."""
        self._redraw_cursor()

    def on_blur(self, _: Blur) -> None:
        """Hide the cursor."""
        self._redraw_cursor()

    def on_click(self, event: Click) -> None:
        """Move the cursor to the row; on the row under the cursor, open it."""
        index = event.y - HEAD + self.scroll_offset.y
        if event.y < HEAD or index >= len(self._rows):
            return
        if index == self.cursor:
            self.post_message(self.Opened())
        self.move(index)

    def render_line(self, y: int) -> Strip:
        """The head, a row, or nothing."""
        if y < HEAD:
            return self._head()
        index = y - HEAD + self.scroll_offset.y
        if not self._rows and y == HEAD:
            return self.strip(line("  ", Piece(self._empty, "dim")), self._width)
        if index >= len(self._rows):
            return Strip.blank(self._width, self.rich_style)
        row = self._rows[index]
        strip = self._strips.get(row.key)
        if strip is None:
            strip = self._strips[row.key] = self._draw(row, under=self.has_focus and index == self.cursor)
        return strip

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def _head(self) -> Strip:
        titles = tuple(line(Piece(column.title)) for column in self._columns)
        return self.strip(self._laid_out(titles, " "), self._width, self.get_component_rich_style("head"))

    def _draw(self, row: Row, *, under: bool) -> Strip:
        over: Style | None = None
        if under:
            cursor = self.get_component_rich_style("cursor")
            over = Style(bgcolor=cursor.bgcolor, bold=True, reverse=cursor.reverse or None)
        return self.strip(self._laid_out(row.cells, ">" if under else " "), self._width, over)

    def _laid_out(self, cells: Sequence[Line], marker: str) -> Line:
        pieces: list[Piece] = [Piece(f"{marker:<{MARGIN}}", "accent")]
        x = MARGIN
        for place in self._places:
            pieces.append(Piece(" " * (place.x - x)))
            cell = cells[place.column] if place.column < len(cells) else ()
            pieces += fit(cell, place.width, align=self._columns[place.column].align)
            x = place.x + place.width
        return tuple(piece for piece in pieces if piece.text)

    def _refresh_cells(self, index: int, old: Row, new: Row) -> None:
        self._strips.pop(new.key, None)
        y = index + HEAD - self.scroll_offset.y
        if not HEAD <= y < self.size.height:
            return
        regions = [
            Region(place.x, y, place.width, 1)
            for place in self._places
            if old.cells[place.column] != new.cells[place.column]
        ]
        if regions:
            self.refresh(*regions)

    def _redraw_cursor(self) -> None:
        if self._rows:
            self._strips.pop(self._rows[self.cursor].key, None)
            self.refresh_line(self.cursor + HEAD)

    def _reveal(self, index: int) -> None:
        top = self.scroll_offset.y
        if index < top:
            self.scroll_to(y=index, animate=False)
        elif index >= top + self.page:
            self.scroll_to(y=index - self.page + 1, animate=False)
