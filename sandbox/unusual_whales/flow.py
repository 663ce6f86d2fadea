"""The list of alerts: each becomes visible when its time comes, and is told to whoever listens."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Literal

import msgspec

from tidegate.sandbox.answers import Json
from tidegate.sandbox.clock import Agenda
from tidegate.sandbox.plan import Occasion
from tidegate.sandbox.times import NANO, Instant
from tidegate.sandbox.unusual_whales.plan import Faults, Late, Twice
from tidegate.sandbox.unusual_whales.rows.alerts import Alert, frame_of, micro

Order = Literal["created_at", "end_time"]
PAGE: ContextVar[list[Alert]] = ContextVar("page")  # what the request that runs is answered


class Listed(msgspec.Struct, frozen=True):
    """An alert that is visible; `at` is the time that the list is sorted and cut by."""

    at: Instant
    alert: Alert


class Flow:
    """Alerts that came (`listed`, by id), and those that somebody was sent (`served`, ids), each counted once."""

    def __init__(self, agenda: Agenda, faults: Faults, order: Order) -> None:
        self.agenda, self.order = agenda, order
        self.faults = faults
        self.listed: dict[str, Alert] = {}
        self.served: set[str] = set()
        self.told: list[Callable[[Alert, Json], None]] = []
        self._rows: list[Listed] = []

    def plan(self, alerts: Iterable[Alert]) -> None:
        """Have alerts listed when their time comes."""
        for alert in alerts:
            self.agenda.at(alert.known, partial(self._due, alert))

    def follow(self, alerts: Iterator[Alert]) -> None:
        """The same for alerts without end, one after the other."""
        coming = next(alerts, None)
        if coming is not None:
            self.agenda.at(coming.known, lambda _: self._next(coming, alerts))

    def arrive(self, alert: Alert) -> None:
        """An alert whose time has come, through the fault plan."""
        delay, shown = 0.0, alert
        for fault in self.faults.pick(Occasion(where="alert", method=alert.rule, path=alert.symbol)):
            match fault:
                case Late():
                    delay += fault.seconds
                    shown = alert if fault.backdated else _later(alert, alert.known + int(delay * NANO))
                case Twice():
                    self.agenda.after(alert.known, fault.seconds, partial(self._again, shown))
        if delay:
            self.agenda.after(alert.known, delay, partial(self._again, shown))
        else:
            self.show(shown)

    def show(self, alert: Alert) -> None:
        """List an alert, and tell those who listen."""
        key = alert.end if self.order == "end_time" else alert.known
        insort(self._rows, Listed(key, alert), key=lambda row: row.at)
        if alert.sound:
            self.listed[alert.id] = alert
        frame = frame_of(alert.row) if alert.sound else alert.row
        for tell in self.told:
            tell(alert, frame)

    def page(
        self, wanted: Callable[[Alert], bool], *, newer: Instant | None, older: Instant | None, limit: int
    ) -> list[Alert]:
        """The newest alerts that are wanted, newest first, between two times that are themselves outside."""
        low = 0 if newer is None else bisect_right(self._rows, newer, key=lambda row: row.at)
        high = len(self._rows) if older is None else bisect_left(self._rows, older, key=lambda row: row.at)
        found: list[Alert] = []
        for place in range(high - 1, low - 1, -1):
            if wanted(self._rows[place].alert):
                found.append(self._rows[place].alert)
                if len(found) == limit:
                    break
        return found

    def sent(self, alerts: Iterable[Alert]) -> None:
        """Somebody was sent these."""
        self.served.update(alert.id for alert in alerts if alert.sound)

    def _due(self, alert: Alert, _: Instant) -> None:
        self.arrive(alert)

    def _again(self, alert: Alert, _: Instant) -> None:
        self.show(alert)

    def _next(self, alert: Alert, alerts: Iterator[Alert]) -> None:
        self.arrive(alert)
        self.follow(alerts)


def _later(alert: Alert, known: Instant) -> Alert:
    """The alert as it looks when it was listed only now; the times of its trades stay."""
    return msgspec.structs.replace(alert, known=known, row={**alert.row, "created_at": micro(known)})
