"""The crash matrix: an engine killed with SIGKILL at named steps and at random instants, against the Alpaca sandbox.

`make crash KILLS=300`. Each kill waits for one step (in turn) in the journal or in the venue's requests, and strikes
there; a step that does not come within a while is struck at whatever moment that is. After each day: no leg that the
venue has twice, no position without its Entry and exit plan, cash and shares equal on both sides, and no field of a
trade that a kill changed. The first day without a kill is what the others are compared with.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from subprocess import Popen

from rehearsal import Rehearsal

from core.domain import events as e
from core.domain.positions import Entry
from core.errors import JournalError
from core.reader import Reader
from tidegate.sandbox.alpaca import Drop, Plan, Sandbox

JOURNALED = {
    "alert read": "AlertReceived",
    "intent committed": "OrderPlaced",
    "fill seen": "OrderFilled",
    "exit decided": "ExitDecided",
    "outcome journaled": "PositionClosed",
    "queue item taken": "QueueTaken",
}
ASKED = {"POST sent": "POST", "accepted but answer lost": "POST", "cancel sent": "DELETE"}
STEPS = (*JOURNALED, *ASKED, "random instant")
PATIENCE_S = 1.5
BEGIN_S = 20.0


class Matrix:
    """Kills days until there were enough, and counts what it found."""

    def __init__(self, kills: int, *, minutes: float, speed: float, seed: int) -> None:
        self.kills, self.minutes, self.speed = kills, minutes, speed
        self.chance = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.found: dict[str, list[str]] = {"duplicates": [], "lost": [], "field differences": []}
        self.whole: dict[str, Entry] = {}

    def run(self, folder: Path) -> None:
        """A whole day, then days with kills."""
        self.whole = self._day(folder / "whole", kills=0)
        day = 0
        while sum(self.done.values()) < self.kills:
            day += 1
            before = sum(self.done.values())
            entries = self._day(folder / f"day{day}", kills=self.kills - before)
            self._compare(entries, day)
            print(f"day {day}: {sum(self.done.values()) - before} kills, {len(entries)} trades", flush=True)

    def _day(self, folder: Path, *, kills: int) -> dict[str, Entry]:
        with Rehearsal(folder, minutes=self.minutes, speed=self.speed) as show:
            struck = 0
            while True:
                begun = _count(show, "EngineStarted")
                child = show.engine()
                _wait_for(show, child, begun)
                if struck >= kills or not self._strike(show, child, STEPS[sum(self.done.values()) % len(STEPS)]):
                    break
                struck += 1
            if child.wait() != 0:
                raise SystemExit(f"the engine failed:\n{(folder / 'engine.log').read_text()[-3000:]}")
            self._audit(show, folder.name)
            return _entries(show.events())

    def _strike(self, show: Rehearsal, child: "Popen[bytes]", step: str) -> bool:
        """Kill the engine at a step; False when it had ended before."""
        if step == "accepted but answer lost":
            drop = Plan(faults=[Drop(method="POST", path="/v2/orders", count=1, late=True)])
            show.box.call(lambda box: box.faults.set(drop))
        if step == "random instant":
            time.sleep(self.chance.random() * PATIENCE_S)
        else:
            seen = _count(show, step)
            end = time.monotonic() + PATIENCE_S
            while child.poll() is None and time.monotonic() < end and _count(show, step) <= seen:
                time.sleep(0.0005)
        if child.poll() is not None:
            return False
        child.send_signal(signal.SIGKILL)
        child.wait()
        show.box.call(lambda box: box.faults.clear())
        self.done[step] += 1
        return True

    def _audit(self, show: Rehearsal, day: str) -> None:
        placed = Counter(show.box.call(_legs))
        self.found["duplicates"] += [f"{day}: {leg} x{count}" for leg, count in placed.items() if count > 1]
        self.found["lost"] += [f"{day}: {said}" for said in show.disagreements()]
        state = show.state()
        for symbol, position in state.positions.items():
            if position.entry.owner != "tidegate" or not position.targets:
                self.found["lost"].append(f"{day}: {symbol} has no Entry of ours or no exit plan")

    def _compare(self, entries: dict[str, Entry], day: int) -> None:
        for trace in entries.keys() & self.whole.keys():
            here, whole = entries[trace], self.whole[trace]
            for name in ("trace", "direction", "score", "components", "regime", "regime_modifier", "ignition_status"):
                if getattr(here, name) != getattr(whole, name):
                    self.found["field differences"].append(f"day{day}: {trace} {name}")


def _wait_for(show: Rehearsal, child: "Popen[bytes]", begun: int) -> None:
    """Wait until this engine's first event is in the journal."""
    end = time.monotonic() + BEGIN_S
    while child.poll() is None and _count(show, "EngineStarted") <= begun and time.monotonic() < end:
        time.sleep(0.002)


def _count(show: Rehearsal, step: str) -> int:
    """How often a step was taken so far."""
    if step in ASKED:
        method = ASKED[step]
        return show.box.call(lambda box: sum(each.method == method for each in box.requests))
    kind = JOURNALED.get(step, step)
    with suppress(JournalError), closing(Reader.open(show.state_dir)) as journal:
        return journal.count(kind)
    return 0


def _legs(box: Sandbox) -> list[str]:
    """The leg and trace of every order that the venue took."""
    return [order.client_order_id for order in box.book.orders.values()]


def _entries(events: list[e.Recorded]) -> dict[str, Entry]:
    return {r.trace: r.event.entry for r in events if isinstance(r.event, e.PositionOpened)}


def main() -> int:
    """Print what was found; exit 1 when it is anything but nothing."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=300)
    asked.add_argument("--minutes", type=float, default=75.0, help="of the demo's day, for each run")
    asked.add_argument("--speed", type=float, default=100.0, help="session seconds per second")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    matrix = Matrix(given.kills, minutes=given.minutes, speed=given.speed, seed=given.seed)
    with tempfile.TemporaryDirectory() as name:
        matrix.run(Path(name))
    for step, count in sorted(matrix.done.items()):
        print(f"  {count:4d}  {step}")
    for what, lines in matrix.found.items():
        for line in lines:
            print(f"{what}: {line}")
    counts = ", ".join(f"{len(lines)} {what}" for what, lines in matrix.found.items())
    print(f"{sum(matrix.done.values())} kills, {counts}")
    return 1 if any(matrix.found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
