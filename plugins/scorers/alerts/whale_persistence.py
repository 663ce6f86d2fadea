"""Component whale_persistence: large premium that keeps coming from one side."""

from datetime import timedelta
from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl

SPAN = timedelta(minutes=30)


class WhalePersistence(Scorer, frozen=True, kw_only=True):
    """Share of aligned premium, once the aligned alerts of the flow window span 30 minutes or more.

    value = aligned premium / all premium (USD / USD), in [0, 1]; 0 while the aligned alerts span less than 30 min.
    Alerts that pass the base filter and repeat no window count. UNKNOWN without one, and while the feed has been
    watched for less than 30 min: a short look cannot tell a short push from a long one.
    Source: composite score, component table.
    """

    name: ClassVar[str] = "whale_persistence"
    weight: NotNegative = 0.7

    def score(self, cluster: Cluster, state: State) -> float | None:
        """The value of the formula above."""
        known = state.symbols.get(cluster.symbol)
        since = state.now - timedelta(seconds=state.alerts.flow_window_s)
        items = [i for i in known.flow if i.counts and i.at >= since] if known is not None else []
        total = sum(i.premium for i in items)
        if total <= 0:
            return UNKNOWN
        aligned = [i for i in items if i.direction is cluster.direction]
        times = [i.at for i in aligned]
        if times and max(times) - min(times) >= SPAN:
            return sum(i.premium for i in aligned) / total
        watched = state.feed_since is not None and state.now - state.feed_since >= SPAN
        return 0.0 if watched else UNKNOWN


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [WhalePersistence]
