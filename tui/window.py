"""The window on a journal: folds what comes, draws what changed, and ends without a trace of secrets."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.text import Text
from textual.app import App

from tidegate.core.domain.views import Dashboard, dashboard
from tidegate.tui import crash, themes
from tidegate.tui.feed import Feed
from tidegate.tui.picture import Picture
from tidegate.tui.screens.base import DeskScreen

UNFOCUSED_EVERY = 4  # ticks: once a second
SLICE_PAUSE_S = 0.01
BACKLOG = 2  # writes the terminal has not taken: while there are more, nothing is drawn


class Window(App[None], inherit_bindings=False):
    """Follows the journal in `folder`. `rate_hz` 0 draws only when `tick` is called."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime],
        theme: str,
        rate_hz: float,
    ) -> None:
        super().__init__()
        self._folder = folder
        self._clock = clock
        self._rate_hz = rate_hz
        self.feed = Feed(folder, clock)
        self._ticks = 0
        self.picture = Picture(clock)
        self._catching_up = False
        for each in themes.THEMES:
            self.register_theme(each)
        self.theme = theme
        if os.environ.get("SSH_CONNECTION"):
            self.animation_level = "none"

    def on_mount(self) -> None:
        """Start following the journal."""
        if self._rate_hz > 0:
            self.set_interval(1.0 / self._rate_hz, self._on_timer)
        self.tick()

    def tick(self) -> None:
        """Fold a slice and draw; more slices follow at once when events wait."""
        if not self._catching_up:
            self._catch_up()
        for name, answer in self.feed.answers():
            self.say(f"{name}: {answer.text}", problem=not answer.ok)
        self.draw()

    def draw(self) -> None:
        """Show the present view on the visible screen, unless the terminal is behind with what it was sent."""
        screen = self.top
        if screen is not None and self._backlog() <= BACKLOG:
            self.picture.draw(screen, self.feed.view())

    def _on_timer(self) -> None:
        self._ticks += 1
        if self.app_focus or self._ticks % UNFOCUSED_EVERY == 0:
            self.tick()

    def _catch_up(self) -> None:
        before, self._catching_up = self._catching_up, self.feed.poll()
        if self._catching_up:
            self.set_timer(SLICE_PAUSE_S, self._catch_up)
        elif before:
            self.draw()

    @property
    def top(self) -> DeskScreen | None:
        """The topmost screen under any dialog."""
        return next((each for each in reversed(self.screen_stack) if isinstance(each, DeskScreen)), None)

    def _backlog(self) -> int:
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return 0 if queue is None else int(queue.qsize())

    @property
    def board(self) -> Dashboard:
        """The dashboard as of now, without its tape."""
        return dashboard(self.feed.view().state, tape=0)

    def say(self, text: str, *, problem: bool = False) -> None:
        """Put a message in the footer."""
        self.picture.say(text, problem=problem)
        self.draw()

    def _fatal_error(self) -> None:
        error = self._exception or RuntimeError("unknown")
        crash.write(self._folder, error, self._clock())
        self._exit_renderables.append(Text(crash.message(error)))
        self._close_messages_no_wait()
