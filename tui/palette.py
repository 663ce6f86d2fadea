"""The command palette: every command of the table that exists on this screen."""

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from tidegate.tui.keys import Command, commands
from tidegate.tui.screens.base import DeskScreen


class Commands(Provider):
    """Feeds the palette from the table of commands."""

    async def discover(self) -> Hits:
        """All commands, before anything is typed."""
        for command in self._here():
            yield DiscoveryHit(self._title(command), partial(self._run, command), help=command.help)

    async def search(self, query: str) -> Hits:
        """The commands that match."""
        matcher = self.matcher(query)
        for command in self._here():
            title = self._title(command)
            score = matcher.match(f"{title} {command.help}")
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, command), help=command.help)

    def _here(self) -> list[Command]:
        return commands(self.screen.where) if isinstance(self.screen, DeskScreen) else []

    def _title(self, command: Command) -> str:
        return f"{command.title}  ({command.shown_keys})"

    async def _run(self, command: Command) -> None:
        await self.app.run_action(command.action)
