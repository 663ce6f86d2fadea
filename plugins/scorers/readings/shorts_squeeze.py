"""Component shorts_squeeze: how much short interest there is to be squeezed."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import signed

LEAST_INTEREST = 0.05  # fraction of the float; less is everyday
FULL_INTEREST, FULL_DAYS = 0.30, 10.0


class ShortsSqueeze(Scorer, frozen=True, kw_only=True):
    """Short interest and the days it would take to cover: fuel for a rise, and against a bearish signal.

    value = half of min(1, interest / 0.30) + half of min(1, days / 10), in [0, 1], for a bullish signal, its
    negative for a bearish one; 0 below an interest of 5 % of the float. Readings: short_interest (fraction of the
    float) and days_to_cover. Source: composite score, component table.
    """

    name: ClassVar[str] = "shorts_squeeze"
    weight: NotNegative = 0.7

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when a squeeze would help."""
        known = values(state, "short_interest", "days_to_cover", symbol=cluster.symbol)
        if known is None or min(known) < 0:
            return UNKNOWN
        interest, days = known
        if interest < LEAST_INTEREST:
            return 0.0
        fuel = min(1.0, interest / FULL_INTEREST) + min(1.0, days / FULL_DAYS)
        return signed(fuel / 2, cluster.direction)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [ShortsSqueeze]
