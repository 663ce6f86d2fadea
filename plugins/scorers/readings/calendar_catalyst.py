"""Component calendar_catalyst: whether a report is near that the flow may know of."""

from typing import ClassVar

from tidegate import UNKNOWN, Cluster, NotNegative, Scorer, State, hookimpl, values

DAY_S, FAR_DAYS = 86_400.0, 14.0


class CalendarCatalyst(Scorer, frozen=True, kw_only=True):
    """Days until the next earnings report: flow ahead of one is more often informed, whichever way it points.

    value = 1 - days / 14, in [0, 1]; 0 when the report is further away. UNKNOWN once it has passed. Reading:
    earnings_at, seconds since 1970. Source: composite score, component table.
    """

    name: ClassVar[str] = "calendar_catalyst"
    weight: NotNegative = 0.45

    def score(self, cluster: Cluster, state: State) -> float | None:
        """Positive when a report is near."""
        known = values(state, "earnings_at", symbol=cluster.symbol)
        days = (known[0] - state.now.timestamp()) / DAY_S if known is not None else -1.0
        return UNKNOWN if days < 0 else max(0.0, 1.0 - days / FAR_DAYS)


@hookimpl
def tidegate_scorers() -> list[type[Scorer]]:
    """The scorers of this module."""
    return [CalendarCatalyst]
