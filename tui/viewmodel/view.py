"""What a screen is drawn from: the folded state, the engine's gauges, and the wall clock."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from tidegate.core.domain.state import State
from tidegate.health.shapes import HealthShape
from tidegate.tui.viewmodel.numbers import age
from tidegate.tui.viewmodel.told import time_of

SILENT_S = 5.0  # an engine that runs writes its gauges twice a second


class Gauge(Protocol):
    """A telemetry value with the wall time it was written."""

    @property
    def at(self) -> datetime: ...  # noqa: D102 - its name says it
    @property
    def body(self) -> Any: ...  # noqa: ANN401, D102 - gauges are free-form JSON


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The newest health report, whether another one is being made, and why the last attempt brought none."""

    shape: HealthShape | None = None
    asking: bool = False
    problem: str = ""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One moment as the desk knows it. `behind` counts events not folded yet; `problem` says why nothing can be read.

    `pending` counts requests that the engine has not answered.
    """

    state: State
    wall: datetime
    gauges: Mapping[str, Gauge] = {}
    behind: int = 0
    problem: str = ""
    alarm: str = ""  # what the engine cannot write into its journal
    pending: int = 0
    report: Report = Report()

    def gauge(self, key: str) -> dict[str, Any]:
        """The body of a gauge; empty when it is missing or not a table."""
        known = self.gauges.get(key)
        return known.body if known is not None and isinstance(known.body, dict) else {}

    def told(self, key: str) -> str:
        """How old a gauge is, in words; empty while it is written as it should be."""
        known = self.gauges.get(key)
        old = 0.0 if known is None else (self.wall - known.at).total_seconds()
        return f"  as of {age(old)} ago " if old >= SILENT_S else ""

    @property
    def moment(self) -> tuple[object, ...]:
        """Equal moments look the same: an engine's silence grows by the second while it runs, and so does a report."""
        seconds = int(self.wall.timestamp()) if self.state.running or self.report.shape is not None else 0
        written = tuple(gauge.at for gauge in self.gauges.values())
        return (self.state.seq, written, self.behind, self.problem, self.alarm, self.pending, self.report, seconds)

    @property
    def limit_pct(self) -> float | None:
        """The limit of net long delta in percent; None when the engine has not said."""
        limit = self.gauge("limits").get("concentration_pct")
        return float(limit) if isinstance(limit, int | float) else None

    @property
    def session_now(self) -> datetime | None:
        """The session's time: the last event's, or the engine's clock when that is later."""
        beat, known = self.gauge("heartbeat"), self.state.at
        clock = time_of(beat.get("at_session", beat.get("at")))
        return clock if clock is not None and (known is None or clock > known) else known
