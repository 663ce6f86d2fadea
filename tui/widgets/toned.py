"""What all drawn widgets share: tones become styles here, and nowhere else does text become segments."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tidegate.tui.viewmodel.text import TONES, Line, fit


class Toned(ScrollView, inherit_bindings=False):
    """A widget drawn by the line API from toned text; subclasses cache strips and clear them in `forget`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"cursor", "head", *(f"tone-{tone}" for tone in TONES)}

    def forget(self) -> None:
        """Drop cached strips; the theme or the size changed."""

    def notify_style_update(self) -> None:
        """Textual's hook after a change of style."""
        super().notify_style_update()
        self._rich_style_cache.clear()
        self.forget()

    def tone(self, name: str) -> Style:
        """The style of a tone."""
        return self.get_component_rich_style(f"tone-{name}") if name else self.rich_style

    def strip(self, pieces: Line, width: int, over: Style | None = None) -> Strip:
        """A line as a strip of exactly `width` cells; `over` is laid on every piece without a background of its own."""
        ground = self.rich_style.bgcolor
        runs: list[tuple[str, Style]] = []
        for text, name in fit(pieces, width):
            style = self.tone(name)
            if over is not None and style.bgcolor == ground:
                style += over
            _append(runs, text, style)
        return Strip([Segment(text, style) for text, style in runs], width)


def _append(runs: list[tuple[str, Style]], text: str, style: Style) -> None:
    """Join what looks the same, and give spaces to the run before them: fewer bytes for the terminal."""
    solid = text.lstrip(" ")
    space = text[: len(text) - len(solid)]
    if space and runs and runs[-1][1].bgcolor == style.bgcolor:
        runs[-1] = (runs[-1][0] + space, runs[-1][1])
    elif space:
        runs.append((space, style))
    if solid and runs and runs[-1][1] == style:
        runs[-1] = (runs[-1][0] + solid, style)
    elif solid:
        runs.append((solid, style))
