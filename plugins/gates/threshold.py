"""Gate threshold: the score must be good enough."""

from typing import ClassVar

from tidegate import Gate, NotNegative, Signal, State, Verdict, blocked, hookimpl, passed


class Threshold(Gate, frozen=True, kw_only=True):
    """Blocks a score below `min_score`; exactly `min_score` passes. Scores run from 0 to 8 x regime modifier."""

    name: ClassVar[str] = "threshold"
    min_score: NotNegative = 2.7

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - the signal says it all
        """PASS or BLOCK, measured in points of the composite score."""
        if signal.score < self.min_score:
            return blocked("score too low", measured=signal.score, limit=self.min_score)
        return passed(measured=signal.score, limit=self.min_score)


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Threshold]
