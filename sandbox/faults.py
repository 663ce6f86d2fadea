"""The plan of faults at work: which strike now, and the list of those that did."""

from random import Random
from typing import Generic

import msgspec

from tidegate.sandbox.clock import Clock
from tidegate.sandbox.plan import F, Fault, Occasion, PlanOf
from tidegate.sandbox.times import NANO, rfc3339


class Injected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fault that struck: when (sandbox time), which of the plan, and what it struck."""

    at: str
    rule: int
    kind: str
    where: str
    method: str
    path: str
    client_order_id: str = ""


class Faults(Generic[F]):
    """The plan at work. `log` lists every fault injected, oldest first."""

    def __init__(self, clock: Clock, plan: PlanOf[F]) -> None:
        self.clock = clock
        self.log: list[Injected] = []
        self.set(plan)

    def set(self, plan: PlanOf[F]) -> None:
        """Begin a plan now; its windows count from here."""
        self.plan, self.start = plan, self.clock.instant()
        self._chance = Random(plan.seed)  # noqa: S311 - repeatable, not secret
        self._seen, self._struck = [0] * len(plan.faults), [0] * len(plan.faults)

    def add(self, *faults: F) -> None:
        """More faults, in the windows of the plan that runs."""
        self.plan = msgspec.structs.replace(self.plan, faults=[*self.plan.faults, *faults])
        self._seen += [0] * len(faults)
        self._struck += [0] * len(faults)

    def clear(self) -> None:
        """Nothing goes wrong any more; the log stays."""
        self.set(msgspec.structs.replace(self.plan, faults=[]))

    def pick(self, what: Occasion) -> list[F]:
        """The faults that strike here, in the order of the plan; each is logged."""
        elapsed = (self.clock.instant() - self.start) / NANO
        found: list[F] = []
        for rule, fault in enumerate(self.plan.faults):
            if fault.strikes(what) and self._due(rule, fault, elapsed):
                found.append(fault)
                self._note(rule, fault, what)
                if fault.ends:
                    break
        return found

    def left(self, fault: Fault) -> float:
        """Seconds of sandbox time until the fault's window ends; 60 for one without end."""
        if fault.for_s is None:
            return 60.0
        return max(0.0, fault.from_s + fault.for_s - (self.clock.instant() - self.start) / NANO)

    def _due(self, rule: int, fault: Fault, elapsed: float) -> bool:
        if elapsed < fault.from_s or (fault.for_s is not None and elapsed >= fault.from_s + fault.for_s):
            return False
        self._seen[rule] += 1
        if self._seen[rule] <= fault.skip or (fault.count is not None and self._struck[rule] >= fault.count):
            return False
        strikes = fault.chance >= 1.0 or self._chance.random() < fault.chance
        self._struck[rule] += strikes
        return strikes

    def _note(self, rule: int, fault: Fault, what: Occasion) -> None:
        kind = str(fault.__struct_config__.tag)
        at = rfc3339(self.clock.instant())
        self.log.append(Injected(at=at, rule=rule, kind=kind, **msgspec.structs.asdict(what)))


def change(document: object, name: str, value: object) -> object:
    """The document with a field changed wherever it stands; a field that is not there stays away."""
    if isinstance(document, list):
        return [change(each, name, value) for each in document]
    if isinstance(document, dict):
        return {key: value if key == name else change(each, name, value) for key, each in document.items()}
    return document


def remove(document: object, names: list[str]) -> object:
    """The document without the fields."""
    if isinstance(document, list):
        return [remove(each, names) for each in document]
    if isinstance(document, dict):
        return {key: remove(each, names) for key, each in document.items() if key not in names}
    return document
