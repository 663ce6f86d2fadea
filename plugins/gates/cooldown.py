"""Gate cooldown: one symbol is not entered again right away."""

from typing import ClassVar

from tidegate import Gate, MinutesOrNone, Signal, State, Verdict, blocked, hookimpl, passed


class Cooldown(Gate, frozen=True, kw_only=True):
    """Blocks within `minutes` of the symbol's last entry; exactly `minutes` later passes.

    The last entry is part of the state, so a restart does not shorten the wait.
    """

    name: ClassVar[str] = "cooldown"
    minutes: MinutesOrNone = 15.0

    def check(self, signal: Signal, state: State) -> Verdict:
        """PASS or BLOCK, measured in minutes since the symbol's last entry."""
        known = state.symbols.get(signal.symbol)
        if known is None or known.entered_at is None:
            return passed(limit=self.minutes, unit="min", reason="not entered before")
        elapsed = (state.now - known.entered_at).total_seconds() / 60.0
        if elapsed < self.minutes:
            return blocked("entered too recently", measured=elapsed, limit=self.minutes, unit="min")
        return passed(measured=elapsed, limit=self.minutes, unit="min")


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Cooldown]
