"""Component ftd_pressure: how much was sold and not delivered."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import log_share, signed

FLOOR_USD = 1_000_000.0
CAP_USD = 100_000_000.0


class FtdPressure(Scorer, frozen=True, kw_only=True):
    """Dollars of failures to deliver on the newest day: shares that have to be bought yet.

    value = log_share(failures, 1 to 100 million USD), in [0, 1], for a bullish signal, and its negative for a
    bearish one. Reading: ftd_usd, USD. Source: composite score, component table.
    """

    name: ClassVar[str] = "ftd_pressure"
    weight: NotNegative = 0.3

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when the failures would help."""
        known = values(state, "ftd_usd", symbol=cluster.symbol)
        if known is None or known[0] < 0:
            return UNKNOWN
        return signed(log_share(known[0], floor=FLOOR_USD, cap=CAP_USD), cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [FtdPressure]
