"""Learners, the broker's book, faults, people and runs: what else a week's audit tells."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tidegate.audit.shapes import FaultShape, HappenedShape, LearnedShape
from tidegate.core.domain import events as e
from tidegate.core.redaction import redact

LONGEST = 200  # characters of a fault's reason
SKIPPED = {"kind", "config", "plugins", "available", "alerts", "size", "seal"}  # long; the journal has them
SEALING = (e.LockdownSealed, e.LockdownLifted)
SWITCHED = (e.PluginToggled, e.BeliefReset, e.BeliefRolledBack, e.BeliefPromoted)
PLACES = ("source", "plugin", "code", "said", "against")  # the field that says where a fault came from


def text_of(event: e.Event) -> str:
    """An event's fields in a line, without secrets."""
    told: dict[str, Any] = msgspec.to_builtins(event, str_keys=True)
    parts = (f"{name} {_plain(value)}" for name, value in told.items() if name not in SKIPPED and value not in ("", []))
    return redact(", ".join(parts))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={_plain(each)}" for name, each in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


class Told:
    """Every event of some kinds, in words."""

    def __init__(self, kinds: Sequence[type[e.Event]]) -> None:
        self._kinds = tuple(kinds)
        self.shapes: list[HappenedShape] = []

    def take(self, recorded: e.Recorded) -> None:
        """One event."""
        if isinstance(recorded.event, self._kinds):
            self.shapes.append(
                HappenedShape(
                    seq=recorded.seq,
                    at=recorded.at,
                    kind=type(recorded.event).__name__,
                    trace=recorded.trace,
                    text=text_of(recorded.event),
                )
            )


class Lockdowns(Told):
    """Whether what was sealed stayed as it was; `sealed` says so at the week's beginning."""

    def __init__(self) -> None:
        super().__init__((*SEALING, e.LockdownRefused, e.DriftSeen, *SWITCHED))
        self.sealed = self._ever = False
        self._drifts = self._switched = 0

    def take(self, recorded: e.Recorded) -> None:
        """What concerns the lockdown; what people switch does so only while there is one."""
        event = recorded.event
        self._ever |= self.sealed or isinstance(event, e.LockdownSealed)
        if isinstance(event, SWITCHED):
            if not self.sealed:
                return
            self._switched += 1
        elif isinstance(event, e.DriftSeen):
            self._drifts += bool(event.changes)
        elif isinstance(event, SEALING):
            self.sealed = isinstance(event, e.LockdownSealed)
        super().take(recorded)

    def compliance(self) -> str:
        """A sentence."""
        if not self._ever and not self.sealed:
            return "never sealed in this week"
        end = "in force at its end" if self.sealed else "lifted before its end"
        if self._drifts or self._switched:
            return f"broken: drift was seen {self._drifts} times, {self._switched} things were switched; {end}"
        return f"kept: no drift was seen and nothing was switched; {end}"


class Learned:
    """What outcomes did to each cell."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, str], tuple[float, float, list[str]]] = {}

    def take(self, recorded: e.Recorded) -> None:
        """One `BeliefUpdated`."""
        if isinstance(event := recorded.event, e.BeliefUpdated):
            before, _, traces = self._cells.get((event.learner, event.cell), (event.before.mean, 0.0, []))
            traces.append(recorded.trace)
            self._cells[event.learner, event.cell] = (before, event.after.mean, traces)

    def shapes(self) -> list[LearnedShape]:
        """By learner and cell."""
        return [
            LearnedShape(learner=learner, cell=cell, moves=len(traces), before=before, after=after, traces=traces)
            for (learner, cell), (before, after, traces) in sorted(self._cells.items())
        ]


class Faults:
    """Faults by kind and place; the newest reason stands for all."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str], FaultShape] = {}
        self.running = False  # whether a run had begun and not ended when the week began

    def take(self, recorded: e.Recorded) -> None:
        """One fault, or the end or beginning of a run."""
        event, kind = recorded.event, type(recorded.event).__name__
        if isinstance(event, e.EngineStopped):
            self.running = False
            return
        if isinstance(event, e.EngineStarted):
            crashed, self.running = self.running, True
            if not crashed:
                return
            kind = "EngineCrashed"
        place = next((str(getattr(event, name)) for name in PLACES if getattr(event, name, "")), "")
        known = self._met.get((kind, place))
        self._met[kind, place] = FaultShape(
            kind=kind,
            place=place,
            count=1 if known is None else known.count + 1,
            first=recorded.at if known is None else known.first,
            last=recorded.at,
            example="the run before did not end cleanly" if kind == "EngineCrashed" else _example(event),
        )

    def shapes(self) -> list[FaultShape]:
        """The most frequent first."""
        return sorted(self._met.values(), key=lambda fault: (-fault.count, fault.kind, fault.place))


def _example(event: e.Event) -> str:
    words = [
        str(getattr(event, name))
        for name in ("where", "reason", "details", "failures", "free_mb", "skew_s")
        if hasattr(event, name)
    ]
    said = redact(": ".join(words))
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}..."
