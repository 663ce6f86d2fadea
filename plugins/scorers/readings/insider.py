"""Component insider: what insiders bought and sold in the open market, by the day of filing."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import balance, log_share, signed

FLOOR_USD = 100_000.0
CAP_USD = 5_000_000.0


class Insider(Scorer, frozen=True, kw_only=True):
    """Open-market purchases and sales filed in the last 90 days; planned sales and notices of intent do not count.

    value = (bought - sold) / both x log_share(both, 0.1 to 5 million USD), in [-1, 1], negative when it runs
    against the cluster. Readings: insider_buys_usd and insider_sells_usd, USD. Source: composite score, component
    table.
    """

    name: ClassVar[str] = "insider"
    weight: NotNegative = 0.5

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when insiders are aligned."""
        known = values(state, "insider_buys_usd", "insider_sells_usd", symbol=cluster.symbol)
        if known is None or min(known) < 0:
            return UNKNOWN
        return signed(balance(*known) * log_share(sum(known), floor=FLOOR_USD, cap=CAP_USD), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [Insider]
