"""Gate pace: not too many entries at once, over all symbols."""

from datetime import timedelta
from typing import Annotated, ClassVar

from tidegate import Count, Gate, Meta, Signal, State, Verdict, blocked, hookimpl, passed


class Pace(Gate, frozen=True, kw_only=True):
    """Blocks when `max_entries` entries were made within the last `window_s` seconds; one that old no longer counts."""

    name: ClassVar[str] = "pace"
    max_entries: Count = 6
    window_s: Annotated[float, Meta(ge=0.001, le=3600)] = 60.0  # entries are remembered for an hour

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - every symbol counts alike
        """PASS or BLOCK, measured in entries within the window, before this one."""
        since = state.now - timedelta(seconds=self.window_s)
        recent = sum(at > since for at in state.entry_times)
        unit = f"entries/{self.window_s:g} s"
        if recent >= self.max_entries:
            return blocked("too many entries at once", measured=recent, limit=self.max_entries, unit=unit)
        return passed(measured=recent, limit=self.max_entries, unit=unit)


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Pace]
