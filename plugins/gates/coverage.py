"""Gate coverage: missing data must never look like a signal."""

from typing import Annotated, ClassVar

from tidegate import Gate, Meta, Signal, State, Verdict, blocked, hookimpl, passed


class Coverage(Gate, frozen=True, kw_only=True):
    """Blocks when less than `min_coverage` of the enabled weight is known; exactly that much passes.

    coverage = known weight / enabled weight, in [0, 1].
    """

    name: ClassVar[str] = "coverage"
    min_coverage: Annotated[float, Meta(ge=0, le=1)] = 0.25

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - the signal says it all
        """PASS or BLOCK, measured as a fraction of the enabled weight."""
        if signal.coverage < self.min_coverage:
            return blocked("too little is known", measured=signal.coverage, limit=self.min_coverage)
        return passed(measured=signal.coverage, limit=self.min_coverage)


@hookimpl
def tidegate_gates() -> list[type[Gate]]:
    """The gates of this module."""
    return [Coverage]
