"""Why a week could not be audited, and what else should be known."""

from collections.abc import Iterator, Sequence

from tidegate.core.domain.orders import Status
from tidegate.folders import JOURNAL
from tidegate.health.links import troubles
from tidegate.health.shapes import LinkShape, PassShape, ProbeShape
from tidegate.health.sight import Sight
from tidegate.verification.verify import verify

BEAT_S = 15.0  # an engine beats several times a second; one that did not for so long hangs, or the clock was set
SHOWN = 3


def reasons(sight: Sight, capabilities: Sequence[ProbeShape], told: Sequence[LinkShape]) -> Iterator[str]:
    """What stands in the way, a sentence each; none when the week can be audited."""
    for each in capabilities:
        if each.result in ("broken", "unknown"):
            yield f"{each.name} is {each.result}: {each.evidence}"
    yield from _standing(sight)
    yield from _engine(sight, told)


def notes(sight: Sight, capabilities: Sequence[ProbeShape], passes: Sequence[PassShape]) -> Iterator[str]:
    """What does not stand in the way, and should be known."""
    if sight.holder is None:
        yield "No engine runs: sources and venues are as it last told of them."
    yield from (f"{each.name} is off: {each.evidence}" for each in capabilities if each.result == "off")
    if sight.ran is not None and sight.ran != sight.setup.host.canonical():
        yield "The last run had another configuration than the one below: give --config and --set as it was given."
    if (halt := sight.state.halt) is not None:
        yield f"Halted ({halt.level}) by {halt.who}: {halt.reason}"
    if passes:
        yield f"{len(passes)} verdicts let a signal pass by policy; each is listed below."
    if sight.state.queue:
        yield f"{len(sight.state.queue)} signals wait in the queue."


def _standing(sight: Sight) -> Iterator[str]:
    """What the journal says that is in the way."""
    if sight.journal is None:
        yield f"The journal cannot be read: {sight.problem}"
        return
    state = sight.state
    report = verify(sight.setup.folder / JOURNAL, again=False)
    yield from (f"The journal is not what was written: {each.what}." for each in report.findings[:SHOWN])
    if state.storage_failed is not None:
        yield f"The journal could not be written: {state.storage_failed}"
    if state.differences:
        yield f"The books differ, and wait for an answer: {', '.join(state.differences)} (tidegate reconcile)."
    unsure = [name for name, working in state.orders.items() if working.status is Status.UNKNOWN]
    if unsure:
        yield f"The fate of {len(unsure)} orders is unknown: {', '.join(unsure[:SHOWN])}"
    yield from (f"{plugin} is quarantined: it failed too often." for plugin in state.quarantined)
    yield from (f"{problem} (left out)" for problem in sight.setup.host.problems)


def _engine(sight: Sight, told: Sequence[LinkShape]) -> Iterator[str]:
    if sight.holder is None:
        if sight.state.running:
            yield "The last run did not end cleanly, and no engine runs."
        return
    if sight.holder.alarm:
        yield f"The engine raises an alarm: {sight.holder.alarm}"
    beat = sight.gauges.get("heartbeat")
    age_s = None if beat is None else (sight.at - beat.at).total_seconds()
    if age_s is None or abs(age_s) > BEAT_S:
        beaten = "unknown" if age_s is None else f"{age_s:.0f} s old"
        yield f"The engine does not answer: its last heartbeat is {beaten}."
    if sight.state.reconciles and sight.state.reconciled_at is None and not sight.state.differences:
        yield "The books were not compared yet in this run."
    yield from troubles(told)
