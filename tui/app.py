"""The desk: attaches to a journal, folds what comes, draws what changed. It never talks to a broker."""

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App
from textual.binding import BindingType
from textual.screen import Screen

from core.domain.views import dashboard
from tui import crash, halting, keys, themes
from tui.feed import Feed
from tui.palette import Commands
from tui.screens.base import DeskScreen
from tui.screens.desk import DeskMain
from tui.screens.help import HelpPage
from tui.screens.messages import FindTrace, OpenTrace, Request
from tui.screens.plugins import PluginsScreen
from tui.screens.trace import TraceScreen
from tui.screens.traces import TracesScreen
from tui.viewmodel.numbers import clock_time

RATE_HZ = 4.0
UNFOCUSED_EVERY = 4  # ticks: once a second
SLICE_PAUSE_S = 0.01
MESSAGE_FOR = timedelta(seconds=6)
BACKLOG = 2  # writes the terminal has not taken: while there are more, nothing is drawn


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Desk(App[None], inherit_bindings=False):
    """One window on the journal in `folder`. `rate_hz` 0 draws only when `tick` is called."""

    TITLE = "Tidegate"
    CSS_PATH = Path(__file__).parent / "styles" / "desk.tcss"
    COMMANDS: ClassVar = {Commands}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "desk": DeskMain,
        "traces": TracesScreen,
        "plugins": PluginsScreen,
    }
    DEFAULT_MODE = "desk"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.EVERYWHERE)]

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = utc_now,
        theme: str = themes.DEFAULT,
        rate_hz: float = RATE_HZ,
    ) -> None:
        super().__init__()
        self._folder = folder
        self._clock = clock
        self._rate_hz = rate_hz
        self._feed = Feed(folder, clock)
        self._ticks = 0
        self._paused = ""
        self._message = ("", False)
        self._message_until = clock()
        for each in themes.THEMES:
            self.register_theme(each)
        self.theme = theme
        if os.environ.get("SSH_CONNECTION"):
            self.animation_level = "none"

    def on_mount(self) -> None:
        """Start following the journal."""
        self._feed.poll()
        if self._rate_hz > 0:
            self.set_interval(1.0 / self._rate_hz, self._on_timer)
        self.tick()

    # ---- the update path

    def tick(self) -> None:
        """Fold a slice and draw; more slices follow at once when events wait."""
        if self._feed.poll():
            self.set_timer(SLICE_PAUSE_S, self._catch_up)
        for name, answer in self._feed.answers():
            self._say(f"{name}: {answer.text}", problem=not answer.ok)
        self.draw()

    def draw(self) -> None:
        """Show the present view on the visible screen, unless the terminal is behind with what it was sent."""
        if self._clock() >= self._message_until:
            self._message = ("", False)
        screen = self._visible()
        if screen is not None and screen.is_mounted and self._backlog() <= BACKLOG:
            screen.draw(self._feed.view(), paused=self._paused, message=self._message)

    def _on_timer(self) -> None:
        self._ticks += 1
        if self.app_focus or self._ticks % UNFOCUSED_EVERY == 0:
            self.tick()

    def _catch_up(self) -> None:
        if self._feed.poll():
            self.set_timer(SLICE_PAUSE_S, self._catch_up)
        else:
            self.draw()

    def _visible(self) -> DeskScreen | None:
        return next((each for each in reversed(self.screen_stack) if isinstance(each, DeskScreen)), None)

    def _backlog(self) -> int:
        queue = getattr(getattr(self._driver, "_writer_thread", None), "_queue", None)
        return 0 if queue is None else int(queue.qsize())

    # ---- commands

    async def action_go(self, mode: str) -> None:
        """Show one of the main screens."""
        await self.switch_mode(mode)

    async def action_filter(self) -> None:
        """Filter the traces."""
        await self.switch_mode("traces")
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        self.call_after_refresh(self._ask_filter)

    def _ask_filter(self) -> None:
        if isinstance(self.screen, TracesScreen):
            self.screen.ask()

    async def action_back(self) -> None:
        """Close what is on top; clear a filter; else go to the desk."""
        screen = self.screen
        if isinstance(screen, TracesScreen) and screen.back():
            return
        if len(self.screen_stack) > 1:
            await self.pop_screen()
        elif self.current_mode != "desk":
            await self.switch_mode("desk")

    def action_help(self) -> None:
        """Help for this screen."""
        if isinstance(self.screen, DeskScreen):
            self.push_screen(HelpPage(self.screen.where))

    def action_pause(self) -> None:
        """Hold the picture still, or let it go on."""
        self._paused = "" if self._paused else clock_time(self._clock())
        self.draw()

    def action_next_theme(self) -> None:
        """The next theme."""
        here = themes.NAMES.index(self.theme) if self.theme in themes.NAMES else -1
        self.theme = themes.NAMES[(here + 1) % len(themes.NAMES)]
        self._say(f"theme {self.theme}")

    def action_copy_id(self) -> None:
        """Copy the id under the cursor."""
        screen = self._visible()
        row = screen.row if screen is not None else None
        if row is None or not row.id:
            self._say("nothing under the cursor to copy", problem=True)
            return
        self.copy_to_clipboard(row.id)
        self._say(f"copied {row.id}")

    def action_halt(self) -> None:
        """Ask which halt."""
        self.push_screen(halting.ask_halt(dashboard(self._feed.view().state, tape=0)))

    def action_release(self) -> None:
        """Ask whether to release the halt."""
        question = halting.ask_release(dashboard(self._feed.view().state, tape=0))
        if question is None:
            self._say("there is no halt to release")
        else:
            self.push_screen(question)

    def action_stop_engine(self) -> None:
        """Ask whether to stop the engine."""
        self.push_screen(halting.ask_stop(dashboard(self._feed.view().state, tape=0)))

    def action_detach(self) -> None:
        """Leave; the engine goes on."""
        goes_on = self._feed.view().state.running
        self.exit(message="Detached. The engine goes on; `tidegate desk` attaches again." if goes_on else "Detached.")

    # ---- what screens ask

    def on_shown(self) -> None:
        """Draw the screen that came to the top."""
        self.draw()

    def on_open_trace(self, message: OpenTrace) -> None:
        """Show a timeline."""
        self.push_screen(TraceScreen(message.trace, self._feed.trace))

    def on_find_trace(self, message: FindTrace) -> None:
        """Look an id up."""
        found = self._feed.find_trace(message.text)
        if found is None:
            self._say(f"no trace is known by {message.text}", problem=True)
        else:
            self.post_message(OpenTrace(found))

    def on_request(self, message: Request) -> None:
        """Leave a request in the journal."""
        self._say(self._feed.ask(message.name, message.args))

    def _say(self, text: str, *, problem: bool = False) -> None:
        self._message = (text, problem)
        self._message_until = self._clock() + MESSAGE_FOR
        self.draw()

    # ---- the end

    def _fatal_error(self) -> None:
        error = self._exception or RuntimeError("unknown")
        crash.write(self._folder, error, self._clock())
        self._exit_renderables.append(Text(crash.message(error)))
        self._close_messages_no_wait()


def run(folder: Path) -> None:
    """Attach a desk to the journal in `folder` until the person detaches. A closed terminal ends it at once."""
    signal.signal(signal.SIGHUP, lambda *_: os._exit(129))
    app = Desk(folder)
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    if app.return_code:
        raise SystemExit(app.return_code)
