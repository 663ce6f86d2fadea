"""Component net_premium_trend: whether the symbol's net options premium is rising or falling."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import clamped, signed


class NetPremiumTrend(Scorer, frozen=True, kw_only=True):
    """Slope of the cumulated net premium (calls - puts) over the last half hour, in units of a usual minute.

    value = slope / scale, held within [-1, 1], negative when it runs against the cluster. Readings:
    net_premium_slope and net_premium_scale (the mean of |change| per minute), both USD per minute. Source:
    composite score, component table.
    """

    name: ClassVar[str] = "net_premium_trend"
    weight: NotNegative = 0.4

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the premium trends the way of the cluster."""
        known = values(state, "net_premium_slope", "net_premium_scale", symbol=cluster.symbol)
        if known is None or known[1] < 0:
            return UNKNOWN
        slope, scale = known
        return signed(clamped(slope / scale), cluster.direction) if scale else 0.0


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [NetPremiumTrend]
