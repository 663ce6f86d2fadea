"""Component congress: what members of Congress bought and sold, by the day of filing."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import balance, signed

FULL_COUNT = 5.0  # filings from which the balance counts in full


class Congress(Scorer, frozen=True, kw_only=True):
    """Trades filed in the last 45 days, purchases against sales.

    value = (buys - sells) / both x min(1, both / 5), in [-1, 1], negative when it runs against the cluster. Readings:
    congress_buys and congress_sells, counts. Source: composite score, component table.
    """

    name: ClassVar[str] = "congress"
    weight: NotNegative = 0.9

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when filings are aligned."""
        known = values(state, "congress_buys", "congress_sells", symbol=cluster.symbol)
        if known is None or min(known) < 0:
            return UNKNOWN
        return signed(balance(*known) * min(1.0, sum(known) / FULL_COUNT), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [Congress]
