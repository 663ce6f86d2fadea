"""What a command line changes about the configuration of one run."""

from collections.abc import Sequence
from pathlib import Path

import msgspec


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line changes about the configuration of one run."""

    config: Path | None = None
    sets: Sequence[str] = ()
    without: Sequence[str] = ()
    live: str | None = None

    def arguments(self) -> list[str]:
        """The same, for the command line of an engine that is started elsewhere."""
        config = [] if self.config is None else ["--config", str(self.config.resolve())]
        sets = [part for each in self.sets for part in ("--set", each)]
        live = [] if self.live is None else ["--live", self.live]
        return [*config, *sets, *(part for each in self.without for part in ("-p", each)), *live]
