"""Component options_flow: how much aggressive premium pushes the symbol, and which way."""

from datetime import timedelta
from math import log10
from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl

FLOOR_USD = 100_000.0  # net premium that scores 0; 50 times as much scores 1
CAP_RATIO = 50.0


class OptionsFlow(Scorer, frozen=True, kw_only=True):
    """Sign and size of the symbol's net aggressive premium over the flow window ([alerts] flow_window_s, 60 min).

    value = sign x share x min(1, log10(|net| / 100,000 USD) / log10(50)), in [-1, 1]; 0 up to 100,000 USD.
    net = aligned - opposed premium in USD, share = premium of the stronger side / premium of both; the sign is
    negative when the net runs against the cluster. Only alerts that pass the base filter count, and a repeated
    window never adds its premium twice. UNKNOWN without such an alert. Source: composite score, component table.
    """

    name: ClassVar[str] = "options_flow"
    weight: NotNegative = 2.4

    def score(self, cluster: Cluster, state: State) -> float | None:
        """The value of the formula above, positive when the flow supports the cluster."""
        known = state.symbols.get(cluster.symbol)
        since = state.now - timedelta(seconds=state.alerts.flow_window_s)
        items = [i for i in known.flow if i.counts and i.at >= since] if known is not None else []
        if not items:
            return UNKNOWN
        aligned = sum(i.premium for i in items if i.direction is cluster.direction)
        opposed = sum(i.premium for i in items if i.direction is not cluster.direction)
        net = aligned - opposed
        if abs(net) <= FLOOR_USD:
            return 0.0
        share = max(aligned, opposed) / (aligned + opposed)
        size = min(1.0, log10(abs(net) / FLOOR_USD) / log10(CAP_RATIO))
        return share * size if net > 0 else -share * size


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [OptionsFlow]
