"""Component temporal_motif: shapes in time that a patient or a hurried buyer leaves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl

WINDOW = timedelta(seconds=600)
STEPS = 3
BURST_SIZE, BURST_WINDOW = 5, timedelta(seconds=300)
ONE_MOTIF = 0.7


class TemporalMotif(Scorer, frozen=True, kw_only=True):
    """A rising staircase or a burst among the aligned alerts of the last 600 s.

    Staircase: the newest 3 premiums rise strictly. Burst: 5 alerts or more within 300 s. value = 1.0 for both, 0.7
    for one, 0.0 for neither. Alerts that pass the base filter and repeat no window count; UNKNOWN without an aligned
    one. Source: composite score, component table; 0.7 leaves room for the two motifs together.
    """

    name: ClassVar[str] = "temporal_motif"
    weight: NotNegative = 0.6

    def score(self, cluster: Cluster, state: State) -> float | None:
        """The value of the formula above, in {0, 0.7, 1}."""
        known = state.symbols.get(cluster.symbol)
        since = state.now - WINDOW
        flow = known.flow if known is not None else []
        items = [i for i in flow if i.counts and i.direction is cluster.direction and i.at >= since]
        if not items:
            return UNKNOWN
        items.sort(key=lambda item: item.at)  # a late alert stands where it arrived
        motifs = _staircase([i.premium for i in items]) + _burst([i.at for i in items])
        return (0.0, ONE_MOTIF, 1.0)[motifs]


def _staircase(premiums: Sequence[float]) -> bool:
    newest = premiums[-STEPS:]
    return len(newest) == STEPS and all(before < after for before, after in pairwise(newest))


def _burst(times: Sequence[datetime]) -> bool:
    ends = times[BURST_SIZE - 1 :]
    return any(last - first <= BURST_WINDOW for first, last in zip(times, ends, strict=False))


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [TemporalMotif]
