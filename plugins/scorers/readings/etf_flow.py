"""Component etf_flow: whether money goes into the fund or out of it."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import log_share, signed

FLOOR_USD = 10_000_000.0
CAP_USD = 1_000_000_000.0


class EtfFlow(Scorer, frozen=True, kw_only=True):
    """Dollars of shares created and redeemed over the newest five days.

    value = sign x log_share(|flow|, 10 million to 1 billion USD), in [-1, 1], negative when it runs against the
    cluster. Reading: etf_flow_5d, USD; only funds have one. Source: composite score, component table.
    """

    name: ClassVar[str] = "etf_flow"
    weight: NotNegative = 0.3

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the flow is aligned."""
        known = values(state, "etf_flow_5d", symbol=cluster.symbol)
        if known is None:
            return UNKNOWN
        size = log_share(abs(known[0]), floor=FLOOR_USD, cap=CAP_USD)
        return signed(size if known[0] > 0 else -size, cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [EtfFlow]
