"""A few lines of toned text; only lines that changed are drawn again."""

from collections.abc import Callable, Sequence

from textual.events import Resize
from textual.geometry import Size
from textual.strip import Strip

from tidegate.tui.viewmodel.text import Line
from tidegate.tui.widgets.toned import Toned

Build = Callable[[int], Sequence[Line]]


class Lines(Toned):
    """Shows what a function makes of the width; a resize asks it again."""

    DEFAULT_CSS = "Lines { height: 1; overflow: hidden hidden; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None, focusable: bool = False) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.can_focus = focusable
        self._build: Build = lambda _: ()
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}

    def show(self, build: Build) -> None:
        """Show other text."""
        self._build = build
        self._compare(list(build(self._width)))

    def forget(self) -> None:
        """Drop cached strips."""
        self._strips.clear()

    def on_resize(self, _: Resize) -> None:
        """Make the text anew for the new width."""
        self._strips.clear()
        self._lines = list(self._build(self._width))
        self.virtual_size = Size(self._width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, from the cache when it did not change."""
        index = y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(self._width, self.rich_style)
        strip = self._strips.get(index)
        if strip is None:
            strip = self._strips[index] = self.strip(self._lines[index], self._width)
        return strip

    @property
    def _width(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def _compare(self, lines: list[Line]) -> None:
        before, self._lines = self._lines, lines
        if len(before) != len(lines):
            self._strips.clear()
            self.virtual_size = Size(self._width, len(lines))
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                self._strips.pop(index, None)
                self.refresh_line(index)
