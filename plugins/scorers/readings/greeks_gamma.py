"""Component greeks_gamma: whether dealers' hedging will amplify a move or dampen it."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values
from tidegate.plugins.scorers.readings._scale import clamped


class GreeksGamma(Scorer, frozen=True, kw_only=True):
    """Net gamma of the open interest. Dealers short of gamma hedge with a move and amplify it, whichever way it goes.

    value = -net / gross, in [-1, 1]: 1 when all gamma is negative, -1 when all of it is positive, for either direction.
    Readings: gamma_net (puts arrive negative) and gamma_gross, shares. Source: composite score, component table.
    """

    name: ClassVar[str] = "greeks_gamma"
    weight: NotNegative = 0.4

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when hedging will amplify a move."""
        known = values(state, "gamma_net", "gamma_gross", symbol=cluster.symbol)
        if known is None or known[1] <= 0:
            return UNKNOWN
        return clamped(-known[0] / known[1])


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [GreeksGamma]
