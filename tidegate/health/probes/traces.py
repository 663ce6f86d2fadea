"""The probe of traces: from the alert to what was learned of it."""

from collections.abc import Iterable

from tidegate.core.domain import events as e
from tidegate.core.domain.settings import Settings
from tidegate.core.journaling.reader import Reader
from tidegate.health.probes.rules import require
from tidegate.health.probes.scratch import traded
from tidegate.output.summary import every, is_complete

SHOWN = 3


def correlation(settings: Settings, journal: Reader) -> str:
    """Every closed trade's trace leads from alert to attribution, and so does a scratch trade's."""
    scratch = traded(settings)
    (closed,) = [each.trace for each in scratch.told if isinstance(each.event, e.PositionClosed)]
    own = [each.event for each in scratch.told if each.trace == closed]
    require(that=is_complete(own, learning=True), else_="the trace of a scratch trade has a gap")
    whole, outside, gaps, learners = 0, 0, list[str](), Learners()
    for recorded in every(journal, (*Learners.KINDS, "PositionClosed")):
        learners.take(recorded.event)
        if not isinstance(recorded.event, e.PositionClosed):
            continue
        told = [each.event for each in journal.events(trace=recorded.trace, limit=-1)]
        if is_complete(told, learning=bool(learners.on - learners.frozen)):
            whole += 1
        elif _from_outside(told):
            outside += 1
        else:
            gaps.append(recorded.trace or f"event {recorded.seq}")
    first = ", ".join(gaps[:SHOWN])
    require(that=not gaps, else_=f"{len(gaps)} of {whole + len(gaps)} closed trades have a gap in their trace: {first}")
    said = f"a scratch trade and all {whole} closed trades of the journal lead from alert to attribution"
    return f"{said}; {outside} more came or went at the broker, without us" if outside else said


class Learners:
    """Which learners learn, as the journal goes on."""

    KINDS = ("EngineStarted", "PluginToggled", "PluginQuarantined", "LearnerFrozen")

    def __init__(self) -> None:
        self.on, self.frozen = set[str](), set[str]()

    def take(self, event: e.Event) -> None:
        """One event."""
        match event:
            case e.EngineStarted():
                self.on = {key for key in event.plugins if key.startswith("learners.")}
            case e.PluginToggled() if event.plugin.startswith("learners."):
                (self.on.add if event.enabled else self.on.discard)(event.plugin)
            case e.PluginQuarantined():
                self.on.discard(event.plugin)
            case e.LearnerFrozen():
                (self.frozen.add if event.frozen else self.frozen.discard)(event.learner)
            case _:
                pass


def _from_outside(told: Iterable[e.Event]) -> bool:
    """Whether the position was adopted from the broker, or ended there."""
    return any(
        isinstance(each, e.PositionAdopted)
        or (isinstance(each, e.PositionClosed) and "external" in each.outcome.reasons)
        for each in told
    )
