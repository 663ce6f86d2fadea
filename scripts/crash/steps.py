"""Where the crash matrix strikes: steps in the journal, steps at the venue, and any moment at all."""

import random
import time
from collections.abc import Callable
from contextlib import closing, suppress
from subprocess import Popen
from threading import Event

from scripts.rehearsal.stage import Rehearsal
from tidegate.core.errors import JournalError
from tidegate.core.journaling.reader import Reader
from tidegate.sandbox.alpaca import Drop, Faults, Sandbox
from tidegate.sandbox.alpaca.plan import AnyFault
from tidegate.sandbox.alpaca.venue.book import Update
from tidegate.sandbox.plan import Occasion

JOURNALED = {
    "alert read": "AlertReceived",
    "intent committed": "OrderPlaced",
    "fill seen": "OrderFilled",
    "exit decided": "ExitDecided",
    "outcome journaled": "PositionClosed",
}
QUEUED = {"queue item taken": "QueueTaken"}
SENT, LOST, CANCEL, RANDOM = "POST sent", "accepted but answer lost", "cancel sent", "random instant"
ASKED = {SENT: ("POST", "/v2/orders"), CANCEL: ("DELETE", "/v2/orders/")}
MORNING = (*JOURNALED, SENT, LOST, CANCEL, RANDOM)
PANIC = (*QUEUED, *MORNING)
PATIENCE_S = 4.0
LOOK_S = 0.0005


class Trap(Faults):
    """The venue's faults, and a kill that one of its own steps sets off, in its own thread: exactly then."""

    def __init__(self, box: Sandbox, chance: random.Random) -> None:
        super().__init__(box.clock, box.faults.plan)
        self.sprung = Event()
        self._chance_of_arrival = chance
        self._step = ""
        box.faults = self
        box.book.heard.append(self._hear)

    def arm(self, step: str, kill: Callable[[], None]) -> None:
        """Kill when the step is next taken."""
        self._step, self._kill = step, kill
        self.sprung.clear()

    def disarm(self) -> bool:
        """Kill no more; whether it did."""
        self._step = ""
        return self.sprung.is_set()

    def pick(self, what: Occasion) -> list[AnyFault]:
        """As the plan says; but a request that kills its sender either still arrives or never does."""
        if what.where == "http" and self._step in ASKED:
            method, path = ASKED[self._step]
            if what.method == method and what.path.startswith(path):
                self._spring()
                return [] if self._chance_of_arrival.random() < 0.5 else [Drop()]
        return super().pick(what)

    def _hear(self, update: Update) -> None:
        if self._step == LOST and update.event == "pending_new":  # taken; the answer is not yet written
            self._spring()

    def _spring(self) -> None:
        self._kill()
        self._step = ""
        self.sprung.set()


class Striker:
    """Kills one rehearsal's engines at steps. A step that does not come in time leaves the kill to any moment."""

    def __init__(self, show: Rehearsal, *, seed: int) -> None:
        self.show = show
        self._chance = random.Random(seed)
        self._trap = show.box.call(lambda box: Trap(box, random.Random(seed)))

    def strike(self, child: "Popen[bytes]", step: str) -> bool | None:
        """Whether the kill was at the step (True) or at another moment; None when the engine had ended before."""
        if step == RANDOM:  # also while it is starting
            came = self._idle(child, self._chance.random() * PATIENCE_S)
        elif step in ASKED or step == LOST:
            came = self._at_the_venue(child, step)
        else:
            came = self._in_the_journal(child, {**JOURNALED, **QUEUED}[step])
        child.kill()
        return came if child.wait() < 0 else None

    def _idle(self, child: "Popen[bytes]", seconds: float) -> bool:
        end = time.monotonic() + seconds
        while child.poll() is None and time.monotonic() < end:
            time.sleep(LOOK_S)
        return child.poll() is None

    def _at_the_venue(self, child: "Popen[bytes]", step: str) -> bool:
        self.show.box.call(lambda _: self._trap.arm(step, child.kill))
        end = time.monotonic() + PATIENCE_S
        while child.poll() is None and time.monotonic() < end and not self._trap.sprung.wait(LOOK_S):
            pass
        return self.show.box.call(lambda _: self._trap.disarm())

    def _in_the_journal(self, child: "Popen[bytes]", kind: str) -> bool:
        end = time.monotonic() + PATIENCE_S
        while child.poll() is None and time.monotonic() < end:
            with suppress(JournalError), closing(Reader.open(self.show.state_dir)) as journal:
                seq = journal.last_seq()
                while child.poll() is None and time.monotonic() < end:
                    if journal.events(after=seq, limit=1, kinds=(kind,)):
                        return True
                    time.sleep(LOOK_S)
        return False
