"""Component iv_rank: whether options, and so insurance, are cheap or dear by the symbol's own year."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import signed

RANK_MAX = 100.0


class IvRank(Scorer, frozen=True, kw_only=True):
    """Rank of the implied volatility within its year: low favours buying.

    value = (50 - rank) / 50, in [-1, 1], for a bullish signal, and its negative for a bearish one. Reading:
    iv_rank, 0 to 100. Source: composite score, component table.
    """

    name: ClassVar[str] = "iv_rank"
    weight: NotNegative = 0.2

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when a low rank meets a bullish signal, or a high one a bearish signal."""
        known = values(state, "iv_rank", symbol=cluster.symbol)
        if known is None or not 0.0 <= known[0] <= RANK_MAX:
            return UNKNOWN
        return signed((RANK_MAX / 2 - known[0]) / (RANK_MAX / 2), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [IvRank]
