"""What `step` decides with: the settings and the plugins, as plain typed calls.

The protocols say what the domain needs of a plugin; the bases that plugin authors use are in core/plugins/bases.py.
A plugin's key is "kind.name", for example "gates.concentration".
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec

from tidegate.core.domain.positions import Cell, ExitDecision, ExitLevel, Outcome, Position, Target
from tidegate.core.domain.settings import Settings
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Direction, OnError, Regime, Signal, Value, Verdict

UNKNOWN = None  # what a scorer answers when it lacks data


class Cluster(Value, frozen=True, kw_only=True):
    """The recent aligned alerts on one symbol that a signal stands on; `trace` is the completing alert's."""

    symbol: str
    direction: Direction
    trace: str
    newest: datetime
    members: tuple[str, ...]


class Scorer(Protocol):
    """One component of the score."""

    @property
    def weight(self) -> float: ...  # noqa: D102 - its name says it

    def score(self, cluster: Cluster, state: State) -> float | None:
        """A value in [-1, 1], positive when it supports the cluster's direction, or UNKNOWN."""


class Gate(Protocol):
    """One condition on entries."""

    @property
    def on_error(self) -> OnError: ...  # noqa: D102 - its name says it

    def check(self, signal: Signal, state: State) -> Verdict:
        """The gate's verdict on a signal."""

    def halt(self, state: State) -> str | None:
        """A reason to latch a halt of entries now, or None."""


class Exit(Protocol):
    """One reason to leave a position."""

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """A decision to leave, in full or in part, or None."""

    def level(self, position: Position, state: State) -> ExitLevel | None:
        """The price at which this rule would act next, or None when it is not about a price."""

    def plan(self) -> tuple[Target, ...]:
        """Profit targets to store with a new position."""


class Learner(Protocol):
    """Learns multipliers of components from outcomes, over its own belief: cells named "REGIME/component"."""

    def multipliers(self, regime: Regime, belief: dict[str, Cell]) -> dict[str, float]:
        """Multiplier of each component that has a cell in this regime."""

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        """The cells that this outcome moves, with their new values."""


def always(_: datetime) -> bool:
    """An exchange that never closes."""
    return True


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """Settings and plugins in the order of configuration, as (key, plugin)."""

    settings: Settings = Settings()
    scorers: tuple[tuple[str, Scorer], ...] = ()
    gates: tuple[tuple[str, Gate], ...] = ()
    exits: tuple[tuple[str, Exit], ...] = ()
    learners: tuple[tuple[str, Learner], ...] = ()
    is_open: Callable[[datetime], bool] = always  # whether the exchange trades then
