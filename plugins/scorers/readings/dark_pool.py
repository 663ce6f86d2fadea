"""Component dark_pool: which way the off-exchange prints lean, and how large they are."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import clamped, log_share, signed

FLOOR_USD = 1_000_000.0  # notional that scores 0; 50 times as much counts in full
CAP_USD = 50_000_000.0


class DarkPool(Scorer, frozen=True, kw_only=True):
    """Prints of the last hour, signed by their price against the NBBO's mid, and the size of them all.

    value = net / gross x log_share(gross, 1 to 50 million USD), in [-1, 1], negative when it runs against the
    cluster. Readings: dark_pool_net and dark_pool_gross, USD. Above the mid is a buyer in a hurry, below it a
    seller; off-exchange prints carry no side of their own. Source: composite score, component table.
    """

    name: ClassVar[str] = "dark_pool"
    weight: NotNegative = 1.3

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the prints lean the way of the cluster."""
        known = values(state, "dark_pool_net", "dark_pool_gross", symbol=cluster.symbol)
        if known is None or known[1] <= 0:
            return UNKNOWN
        net, gross = known
        return signed(clamped(net / gross) * log_share(gross, floor=FLOOR_USD, cap=CAP_USD), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [DarkPool]
