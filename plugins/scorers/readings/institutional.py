"""Component institutional: what large holders added and shed in the newest quarter that they reported."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import balance, log_share, signed

FLOOR_USD = 10_000_000.0
CAP_USD = 1_000_000_000.0


class Institutional(Scorer, frozen=True, kw_only=True):
    """Holdings reported to have grown against those that shrank, in the newest report quarter.

    value = (bought - sold) / both x log_share(both, 10 million to 1 billion USD), in [-1, 1], negative when it runs
    against the cluster. Readings: institutional_bought_usd and institutional_sold_usd, USD. Source: composite
    score, component table.
    """

    name: ClassVar[str] = "institutional"
    weight: NotNegative = 0.5

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when holders are aligned."""
        known = values(state, "institutional_bought_usd", "institutional_sold_usd", symbol=cluster.symbol)
        if known is None or min(known) < 0:
            return UNKNOWN
        return signed(balance(*known) * log_share(sum(known), floor=FLOOR_USD, cap=CAP_USD), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [Institutional]
