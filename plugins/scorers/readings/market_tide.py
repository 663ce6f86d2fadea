"""Component market_tide: which way the whole market's options premium has run lately."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import balance, signed


class MarketTide(Scorer, frozen=True, kw_only=True):
    """Change of the market's net call premium against that of its net put premium over the last half hour.

    value = (calls - puts) / (|calls| + |puts|), in [-1, 1], negative when it runs against the cluster. Readings:
    tide_call_30m and tide_put_30m, USD; the series is cumulative, so these are differences. Source: composite score,
    component table.
    """

    name: ClassVar[str] = "market_tide"
    weight: NotNegative = 0.4

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the tide runs the way of the cluster."""
        known = values(state, "tide_call_30m", "tide_put_30m")
        return UNKNOWN if known is None else signed(balance(*known), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [MarketTide]
