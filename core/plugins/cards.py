"""What is told of a plugin: why it fails, and its card for the screens and commands."""

from typing import Any, ClassVar, Literal

import msgspec

from tidegate.core.configuration.config import Table
from tidegate.core.domain.state import State
from tidegate.core.domain.values import OnError, Signal, Verdict, unknown
from tidegate.core.plugins.bases import Gate, Plugin

Stage = Literal["import", "hook", "duplicate", "build"]


class Problem(msgspec.Struct, frozen=True):
    """Why a third party's plugin is left out. `plugin` is its key, or its entry point's name."""

    plugin: str
    stage: Stage
    reason: str

    def __str__(self) -> str:
        return f"{self.plugin} fails at {self.stage}: {self.reason}"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin as people see it. `summary` is known once it is loaded; `origin` says what switched it on or off."""

    key: str
    kind: str
    name: str
    enabled: bool
    loaded: bool
    origin: str
    summary: str
    settings: dict[str, Any]
    problem: str | None


class Absent(Gate, frozen=True, kw_only=True):
    """Stands in for a gate that is configured and cannot be loaded: UNKNOWN, and its `on_error` decides."""

    name: ClassVar[str] = "absent"
    reason: str

    def check(self, signal: Signal, state: State) -> Verdict:  # noqa: ARG002 - nothing can be known
        """UNKNOWN, always."""
        return unknown(self.reason)


def stand_in(table: Table, problem: Problem) -> Absent:
    """The stand-in for a gate with this table; closed unless the table says open."""
    on_error: OnError = OnError.OPEN if table.values.get("on_error") == "open" else OnError.CLOSED
    return Absent(on_error=on_error, reason=f"not loaded: {problem.stage} failed")


def card(key: str, table: Table | None, plugin: Plugin | None, problem: Problem | None) -> Card:
    """The card of a plugin, of which any part may be missing."""
    kind, _, name = key.partition(".")
    lines = (type(plugin).__doc__ or "").strip().splitlines() if plugin is not None else []
    values = msgspec.structs.asdict(plugin) if plugin is not None else table.values if table is not None else {}
    return Card(
        key=key,
        kind=kind,
        name=name,
        enabled=table is not None and table.enabled,
        loaded=plugin is not None,
        origin=str(table.origin) if table is not None else "not configured",
        summary=lines[0] if lines else "",
        settings=msgspec.to_builtins(values, enc_hook=str),
        problem=None if problem is None else f"{problem.stage}: {problem.reason}",
    )
