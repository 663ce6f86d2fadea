"""The desk: screens and commands on the window. It asks the engine through the journal and never talks to a broker."""

import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar

from msgspec.structs import replace
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerError

from tidegate.folders import has_journal
from tidegate.tui import halting, keys, themes
from tidegate.tui.examining import examine
from tidegate.tui.palette import Commands
from tidegate.tui.screens.base import DeskScreen
from tidegate.tui.screens.desk import DeskMain
from tidegate.tui.screens.health import HealthScreen
from tidegate.tui.screens.help import HelpPage
from tidegate.tui.screens.learner import LearnerScreen, MovesScreen
from tidegate.tui.screens.messages import Examine, FindTrace, OpenCell, OpenTrace, Request
from tidegate.tui.screens.plugins import PluginsScreen
from tidegate.tui.screens.trace import TraceScreen
from tidegate.tui.screens.traces import TracesScreen
from tidegate.tui.viewmodel.view import Report
from tidegate.tui.window import Window

RATE_HZ = 4.0
FRESH_S = 30.0  # a report this young is not asked for again by coming back to its screen


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Desk(Window, inherit_bindings=False):
    """The desk on the journal in `folder`. `rate_hz` 0 draws only when `tick` is called; `ask` makes health reports."""

    TITLE = "Tidegate"
    CSS_PATH = Path(__file__).parent / "styles" / "desk.tcss"
    COMMANDS: ClassVar = {Commands}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "desk": DeskMain,
        "traces": TracesScreen,
        "learner": LearnerScreen,
        "plugins": PluginsScreen,
        "health": HealthScreen,
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
        ask: Callable[[Path], Awaitable[Report]] = examine,
    ) -> None:
        super().__init__(folder, clock=clock, theme=theme, rate_hz=rate_hz)
        self._ask, self._asked = ask, -FRESH_S
        self._making: Worker[None] | None = None

    # ---- commands

    async def action_go(self, mode: str) -> None:
        """Show one of the main screens."""
        await self.switch_mode(mode)
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    async def action_filter(self) -> None:
        """Filter the traces."""
        await self.action_go("traces")
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
        self.picture.pause()
        self.draw()

    def action_next_theme(self) -> None:
        """The next theme."""
        here = themes.NAMES.index(self.theme) if self.theme in themes.NAMES else -1
        self.theme = themes.NAMES[(here + 1) % len(themes.NAMES)]
        self.say(f"theme {self.theme}")

    def action_copy_id(self) -> None:
        """Copy the id under the cursor."""
        screen = self.top
        row = screen.row if screen is not None else None
        if row is None or not row.id:
            self.say("nothing under the cursor to copy", problem=True)
            return
        self.copy_to_clipboard(row.id)
        self.say(f"copied {row.id}")

    def action_halt(self) -> None:
        """Ask which halt."""
        self.push_screen(halting.ask_halt(self.board))

    def action_release(self) -> None:
        """Ask whether to release the halt."""
        question = halting.ask_release(self.board)
        if question is None:
            self.say("there is no halt to release")
        else:
            self.push_screen(question)

    def action_lockdown(self) -> None:
        """Ask whether to seal what runs, or to lift the seal."""
        self.push_screen(halting.ask_lockdown(self.board.lockdown))

    def action_stop_engine(self) -> None:
        """Ask whether to stop the engine."""
        self.push_screen(halting.ask_stop(self.board))

    def action_detach(self) -> None:
        """Leave; the engine goes on."""
        self.exit()

    # ---- what screens ask

    def on_shown(self) -> None:
        """Draw the screen that came to the top."""
        self.draw()

    def on_open_trace(self, message: OpenTrace) -> None:
        """Show a timeline."""
        self.push_screen(TraceScreen(message.trace, self.feed.trace))

    def on_open_cell(self, message: OpenCell) -> None:
        """Show what moved a cell."""
        self.push_screen(MovesScreen(message.learner, message.cell, self.feed.moves))

    def on_find_trace(self, message: FindTrace) -> None:
        """Look an id up."""
        found = self.feed.find_trace(message.text)
        if found is None:
            self.say(f"no trace is known by {message.text}", problem=True)
        else:
            self.post_message(OpenTrace(found))

    def on_examine(self, message: Examine) -> None:
        """Have the health report made, one at a time; where there is no journal there is nothing to say."""
        fresh = monotonic() - self._asked < FRESH_S
        if self.feed.report.asking or (fresh and not message.anew) or not has_journal(self._folder):
            return
        self._asked = monotonic()
        self._making = self.run_worker(self._examine())

    async def on_unmount(self) -> None:
        """A report that is being made is given up, and its process with it."""
        if self._making is not None:
            self._making.cancel()
            with suppress(WorkerError):
                await self._making.wait()

    async def _examine(self) -> None:
        known = self.feed.report
        self.feed.report = replace(known, asking=True)
        self.draw()
        found = await self._ask(self._folder)
        self.feed.report = replace(found, shape=found.shape or known.shape)
        self.draw()

    def on_request(self, message: Request) -> None:
        """Leave a request in the journal."""
        self.say(self.feed.ask(message.name, message.args))


def run(folder: Path) -> None:
    """Attach a desk to the journal in `folder` until the person detaches. A closed terminal ends it at once."""
    signal.signal(signal.SIGHUP, lambda *_: os._exit(129))
    app = Desk(folder)
    app.run(mouse=not os.environ.get("SSH_CONNECTION"))
    if app.return_code:
        raise SystemExit(app.return_code)
