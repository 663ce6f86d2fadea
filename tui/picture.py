"""What is on the screen: the view, a message, a pause; and whether anything of it changed since it was drawn."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.viewmodel.numbers import clock_time
from tidegate.tui.viewmodel.view import View

MESSAGE_FOR = timedelta(seconds=6)


class Picture:
    """Draws a screen when its moment differs from the one drawn last."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._message = ("", False)
        self._until = clock()
        self._paused = ""
        self._drawn: object = None

    def say(self, text: str, *, problem: bool = False) -> None:
        """Put a message in the footer for a few seconds."""
        self._message, self._until = (text, problem), self._clock() + MESSAGE_FOR

    def pause(self) -> None:
        """Hold the picture still, or let it go on."""
        self._paused = "" if self._paused else clock_time(self._clock())

    def draw(self, screen: DeskScreen, view: View) -> None:
        """Show a view on a screen; nothing happens when it would look the same."""
        if self._clock() >= self._until:
            self._message = ("", False)
        moment = (screen, view.moment, self._paused, self._message)
        if moment != self._drawn and screen.is_mounted:
            self._drawn = moment
            screen.draw(view, paused=self._paused, message=self._message)
