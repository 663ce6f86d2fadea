"""Component oi_change: which way the contracts that were opened yesterday point."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import balance, log_share, signed

FLOOR_CONTRACTS = 1_000.0
CAP_CONTRACTS = 50_000.0


class OiChange(Scorer, frozen=True, kw_only=True):
    """Contracts opened the day before, bullish ones against bearish ones by type and aggressor.

    value = balance x log_share(all of them, 1,000 to 50,000 contracts), in [-1, 1], negative when it runs against the
    cluster; balance = (aligned - opposed) / both. Readings: oi_opened_bullish and oi_opened_bearish, contracts. Source:
    composite score, component table.
    """

    name: ClassVar[str] = "oi_change"
    weight: NotNegative = 0.35

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the opening interest is aligned."""
        known = values(state, "oi_opened_bullish", "oi_opened_bearish", symbol=cluster.symbol)
        if known is None or min(known) < 0:
            return UNKNOWN
        size = log_share(sum(known), floor=FLOOR_CONTRACTS, cap=CAP_CONTRACTS)
        return signed(balance(*known) * size, cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [OiChange]
