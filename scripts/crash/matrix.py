"""The crash matrix: an engine killed with SIGKILL at named steps and at random instants, against the Alpaca sandbox.

`make crash KILLS=300`. Half of the kills fall on days of an ordinary morning, half on days of panic, on which the venue
answers orders with 429 in turns, so that signals queue. Each kill is aimed at one step of its day, the one with the
fewest kills so far; a step that does not come within a while leaves the kill to whatever moment that is, and is counted
apart. After each day both books, the queue and every position's protection are audited, and its fields are compared
with those of a day without a kill.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from scripts.crash.audit import duplicates, lost
from scripts.crash.compare import Told, changed, differences, missing, told
from scripts.crash.days import KINDS, PIECES, SETTINGS, Kind
from scripts.crash.steps import PANIC, QUEUED, Striker
from scripts.rehearsal.stage import VENUE, Rehearsal
from tidegate.core.errors import JournalError
from tidegate.sandbox.alpaca import Sandbox


class Found(msgspec.Struct, kw_only=True):
    """Kills at their step and at another moment, by step; and what was found, by what it is."""

    at: Counter[str] = msgspec.field(default_factory=Counter)
    elsewhere: Counter[str] = msgspec.field(default_factory=Counter)
    duplicates: list[str] = []
    lost: list[str] = []
    differences: list[str] = []

    @property
    def kills(self) -> int:
        """All of them."""
        return self.at.total() + self.elsewhere.total()

    def add(self, other: "Found") -> None:
        """Take another's counts and findings in."""
        self.at += other.at
        self.elsewhere += other.elsewhere
        for name in ("duplicates", "lost", "differences"):
            getattr(self, name).extend(getattr(other, name))


class Matrix:
    """Kills days of one kind until there were enough, and notes what it found."""

    def __init__(self, kind: Kind, *, minutes: float, speed: float, seed: int) -> None:
        self.kind, self.minutes, self.speed, self.seed = kind, minutes, speed, seed
        self.found = Found()

    def run(self, folder: Path, kills: int) -> Found:
        """A whole day, then days with kills."""
        whole = self._day(folder / "whole", kills=0)
        day = 0
        while self.found.kills < kills:
            day += 1
            before, begun = self.found.kills, time.monotonic()
            here = self._day(folder / str(day), kills=kills - before)
            self.found.lost += self._named(str(day), missing(here, whole))
            self.found.differences += self._named(str(day), differences(here, whole))
            common = len(here.entries.keys() & whole.entries.keys())
            print(
                f"{self.kind.name} {day}: {self.found.kills - before} kills in {time.monotonic() - begun:.0f} s,"
                f" {len(here.entries)} trades, {common} of them also in the whole day's {len(whole.entries)},"
                f" {len(here.rescored)} signals queued",
                flush=True,
            )
        return self.found

    def _day(self, folder: Path, *, kills: int) -> Told:
        venue = msgspec.structs.replace(VENUE, plan=self.kind.plan)
        start, minutes, speed = self.kind.start, self.minutes, self.speed
        with Rehearsal(folder, start=start, minutes=minutes, speed=speed, settings=SETTINGS, venue=venue) as show:
            show.box.call(_in_pieces)
            self._kill(show, kills)
            events = show.events()
            here = told(events)
            self.found.duplicates += self._named(folder.name, duplicates(show, events))
            self.found.lost += self._named(folder.name, lost(show, events))
            self.found.differences += self._named(folder.name, changed(show, events, here))
        return here

    def _kill(self, show: Rehearsal, kills: int) -> None:
        """Kill up to so many engines of one day, and let the last one come to its end."""
        striker = Striker(show, seed=self.seed + self.found.kills)
        for tried in range(kills):
            child = show.engine()
            step = self._next(waiting=tried > 0 and _waits(show))
            came = striker.strike(child, step)
            if came is None:
                break
            (self.found.at if came else self.found.elsewhere)[step] += 1
        else:
            child = show.engine()
        if child.wait() != 0:
            raise SystemExit(f"the engine failed:\n{(show.folder / 'engine.log').read_text()[-3000:]}")

    def _next(self, *, waiting: bool) -> str:
        """The step with the fewest kills so far; nothing can be taken from a queue in which nothing waits."""
        steps = (step for step in self.kind.steps if waiting or step not in QUEUED)
        return min(steps, key=lambda step: self.found.at[step] + self.found.elsewhere[step])

    def _named(self, day: str, lines: Iterable[str]) -> list[str]:
        return [f"{self.kind.name} {day}: {line}" for line in lines]


def _in_pieces(box: Sandbox) -> None:
    box.matching.habits = PIECES


def _not_a_cut(line: logging.LogRecord) -> bool:
    return line.exc_info is None or not isinstance(line.exc_info[1], ConnectionError)


def part(kind: Kind, kills: int, given: argparse.Namespace, folder: Path) -> Found:
    """One kind's share of the matrix. To a venue, a client that dies in mid-sentence is no error worth a line."""
    logging.getLogger("aiohttp.server").addFilter(_not_a_cut)
    matrix = Matrix(kind, minutes=given.minutes, speed=given.speed, seed=given.seed)
    return matrix.run(folder / kind.name, kills)


def _waits(show: Rehearsal) -> bool:
    """Whether a signal waits; none does where a kill came before the journal."""
    with suppress(JournalError):
        return bool(show.state().queue)
    return False


def both(given: argparse.Namespace, folder: Path) -> Found:
    """The whole matrix, its kinds at the same time."""
    found = Found()
    with ProcessPoolExecutor(len(KINDS)) as pool:
        shares = [(given.kills + n) // len(KINDS) for n in range(len(KINDS))]
        for each in pool.map(part, KINDS, shares, [given] * len(KINDS), [folder] * len(KINDS)):
            found.add(each)
    return found


def main() -> int:
    """Print what was found; exit 1 when it is anything but nothing."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=300)
    asked.add_argument("--minutes", type=float, default=30.0, help="of the demo's day, for each run")
    asked.add_argument("--speed", type=float, default=60.0, help="session seconds per second")
    asked.add_argument("--seed", type=int, default=1)
    with tempfile.TemporaryDirectory() as name:
        found = both(asked.parse_args(), Path(name))
    print("  at the step   at another moment")
    for step in PANIC:
        print(f"  {found.at[step]:11d} {found.elsewhere[step]:19d}   {step}")
    findings = {"duplicates": found.duplicates, "lost": found.lost, "field differences": found.differences}
    for what, lines in findings.items():
        for line in lines:
            print(f"{what}: {line}")
    counts = ", ".join(f"{len(lines)} {what}" for what, lines in findings.items())
    print(f"{found.kills} kills, {counts}")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
