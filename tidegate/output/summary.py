"""What one recording came to: the summary that `demo` and `replay` print."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol

from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.state import State
from tidegate.output.presenting import money
from tidegate.output.shapes import SummaryShape

SHOWN_ROWS = 20
COMPLETE = "session complete"  # why the loop stops when nothing is left


class Journaled(Protocol):
    """What a summary reads of the journal."""

    def events(
        self, after: int = 0, limit: int = 1000, kinds: Sequence[str] = (), trace: str | None = None
    ) -> list[e.Recorded]:
        """Events after a sequence number, oldest first."""

    def hash(self) -> str:
        """A hash over all events: the same events give the same hash."""


def summarize(
    state: State, journal: Journaled, *, alerts_per_second: float, folder: str | None, damaged: Sequence[str] = ()
) -> SummaryShape:
    """The summary of a journal whose fold is `state`; `folder` is None when the journal was temporary."""
    tally = state.tally
    return SummaryShape(
        alerts=tally.alerts,
        duplicates=tally.duplicates,
        neutral=tally.neutral,
        filtered=tally.filtered,
        signals=tally.signals,
        entered=tally.entered,
        blocked_signals=tally.blocked_signals,
        blocked=dict(sorted(tally.blocked.items())),
        queued=tally.queued,
        drained=tally.drained,
        dropped=tally.dropped,
        expired=tally.expired,
        rejected=tally.rejected,
        abandoned=tally.abandoned,
        orders=tally.orders,
        fills=tally.fills,
        positions_open=len(state.positions),
        trades_closed=tally.trades_closed,
        pnl=money(tally.pnl),
        traces_complete=traces_complete(state, journal),
        errors=tally.errors,
        alerts_per_second=round(alerts_per_second, 1),
        rows_rejected=tally.rejected_rows,
        rows_ignored=tally.ignored_rows,
        damaged=list(damaged),
        notes=notes(state, journal),
        events_hash=journal.hash(),
        session=state.session,
        finished=is_finished(state),
        folder=folder,
    )


def is_finished(state: State) -> bool:
    """Whether the recording was run to its end."""
    return not state.running and state.stop_reason == COMPLETE


def traces_complete(state: State, journal: Journaled) -> int:
    """How many closed trades have a trace that holds the whole chain from alert to attribution, in order."""
    learning = any(plugin.startswith("learners.") for plugin in state.plugins)
    closed = [each for each in every(journal, ("PositionClosed",)) if isinstance(each.event, e.PositionClosed)]
    return sum(
        is_complete([each.event for each in journal.events(trace=recorded.trace, limit=-1)], learning=learning)
        for recorded in closed
    )


def is_complete(events: Iterable[e.Event], *, learning: bool) -> bool:
    """Whether the events of one trace hold every link, each after the one before.

    The last link is the belief's update; it is asked for only when a learner is on and the outcome taught something
    (money was won or lost, and a component had carried the signal).
    """
    links = list(CHAIN)
    for event in events:
        if not links:
            break
        name = _link(event)
        if name == STOP and links[0] == "ExitDecided":  # a stop at the venue is an exit decided beforehand
            del links[:2]
        elif name == links[0]:
            links.pop(0)
        if isinstance(event, e.PositionClosed) and not (learning and _teaches(event)):
            links = [link for link in links if link != "BeliefUpdated"]
    return not links


STOP = "stop OrderPlaced"
CHAIN = (
    "AlertReceived",
    "SignalScored",
    "SignalJudged",
    "entry OrderPlaced",
    "entry OrderFilled",
    "PositionOpened",
    "ExitDecided",
    "exit OrderPlaced",
    "exit OrderFilled",
    "PositionClosed",
    "BeliefUpdated",
)


def _link(event: e.Event) -> str:
    name = type(event).__name__
    match event:
        case e.OrderPlaced() if event.order.purpose is Purpose.STOP:
            return STOP
        case e.OrderPlaced():
            return f"{event.order.purpose} {name}"
        case e.OrderFilled():
            return f"{'entry' if '-entry' in event.client_order_id else 'exit'} {name}"
        case _:
            return name


def _teaches(event: e.PositionClosed) -> bool:
    return event.outcome.pnl != Decimal(0) and any(event.outcome.contributions.values())


def notes(state: State, journal: Journaled) -> list[str]:
    """Sentences a reader must not miss: what was missing, what passed by policy, which rows could not be used."""
    said = []
    ignition = state.tally.blocked.get("ignition", 0)
    if ignition and not any(known.bars for known in state.symbols.values()):
        said.append(
            f"No bars in the recording: ignition blocked {ignition} signals as unknown; "
            "-p no:ignition leaves the gate out for one run."
        )
    if state.bare:
        said.append(f"No bid and ask in the recording, replayed on last prices: {', '.join(state.bare)}.")
    if state.venue.unavailable is not None:
        said.append(f"The venue cannot be asked: {state.venue.unavailable}")
    said.extend(
        f"{gate} let {count} signals through by its policy (on_error, enforce)."
        for gate, count in sorted(state.tally.passed_by_policy.items())
    )
    said.extend(
        f"{each.event.source}: {each.event.reason.rstrip('.')}."
        for each in journal.events(limit=SHOWN_ROWS, kinds=("SourceFailed",))
        if isinstance(each.event, e.SourceFailed)
    )
    said.extend(f"{plugin} was quarantined." for plugin in state.quarantined)
    said.extend(f"Rejected {line}" for line in rejected_rows(journal))
    if state.tally.rejected_rows > SHOWN_ROWS:
        said.append(f"... and {state.tally.rejected_rows - SHOWN_ROWS} more rejected rows.")
    return said


def rejected_rows(journal: Journaled) -> list[str]:
    """The first rows that could not be used: "file:line: reason"."""
    first = journal.events(limit=SHOWN_ROWS, kinds=("InputRejected",))
    return [f"{each.event.where}: {each.event.reason}" for each in first if isinstance(each.event, e.InputRejected)]


def every(journal: Journaled, kinds: Sequence[str]) -> Iterable[e.Recorded]:
    """All events of these kinds, read in short transactions."""
    after = 0
    while page := journal.events(after=after, kinds=kinds):
        yield from page
        after = page[-1].seq
