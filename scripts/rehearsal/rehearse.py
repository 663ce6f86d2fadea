"""Two hours of the demo's day at a venue where everything goes wrong, and what the engine did about each fault.

`make rehearse`, or `python -m scripts.rehearsal.rehearse --minutes 120 --speed 30 --seed 7 --out rehearsal.txt`. Real
HTTP and a real websocket, one process for the engine; the venue's clock runs as fast as the session, the engine's own
pauses do not, so a faster rehearsal is a harsher one. The exit code is 1 when the books differ, or a fault
has no answer.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from subprocess import Popen

import msgspec

from scripts.rehearsal.ledger import Line, Records
from scripts.rehearsal.plan import harshest
from scripts.rehearsal.stage import OPEN_MS, VENUE, Rehearsal
from tidegate.core.domain.events.effects import Find
from tidegate.core.domain.stepping.step import outstanding
from tidegate.core.domain.values import Regime
from tidegate.core.journaling.reader import Reader
from tidegate.sandbox.alpaca import Habits, Sandbox

FREE_S = 0.2  # real seconds: the place of a dead stream is free before the engine comes back
LATE_S = 0.002, 0.01, 0.005, 0.1  # real seconds to accept, to fill, to cancel, and until an order is found by its name
PARTIAL_PCT = 40.0
BEGIN_S = 30.0
QUEUE = f"[queue]\nregimes = {[regime.value for regime in Regime]}\n"
BEFORE = datetime.fromtimestamp(OPEN_MS / 1000 - 3600, UTC)
SHOWN = (
    "SignalJudged", "OrderPlaced", "OrderAccepted", "OrderFilled", "OrderRejected", "OrderCanceled", "OrderExpired",
    "OrderUnknown", "OrderAbsent", "OrderMoveRefused", "RateLimited", "OrderRetried", "EntryAbandoned", "SignalQueued",
    "QueueDrained", "QueueDropped", "QueueExpired", "VenueUnavailable", "SourceFailed", "DifferenceFound",
    "PositionCorrected", "PositionAdopted", "Reconciled", "PositionOpened", "PositionClosed", "PluginFailed",
)  # fmt: skip


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A rehearsal's result. `counts` are events of the journal by kind."""

    minutes: float
    speed: float
    seed: int
    code: int
    lines: list[Line]
    counts: dict[str, int]
    cash: Decimal
    shares: Decimal
    disagreements: list[str]

    @property
    def unanswered(self) -> list[Line]:
        """Faults for which nothing can be shown."""
        return [line for line in self.lines if not line.answered]

    @property
    def good(self) -> bool:
        """Whether the engine ended well, the books are equal, and every fault has its answer."""
        return self.code == 0 and not self.disagreements and not self.unanswered

    def kinds(self) -> dict[str, int]:
        """Faults by kind, the most frequent first."""
        return dict(Counter(line.kind for line in self.lines).most_common())


def play(  # noqa: PLR0913 - a day and a venue, by keyword
    folder: Path, *, minutes: float, speed: float, seed: int, start: float = 0.0, queue: bool = False
) -> Told:
    """One rehearsal from `start` minutes after the open; its records stay in `folder`.

    `queue`: with the signal queue of PANIC in every regime.
    """
    plan = harshest(minutes=minutes, seed=seed)
    venue = msgspec.structs.replace(VENUE, at=BEFORE, speed=0.0, seed=seed, plan=plan, hold_s=FREE_S * speed)
    settings = QUEUE if queue else ""
    with Rehearsal(folder, start=start, minutes=minutes, speed=speed, venue=venue, settings=settings) as show:
        accept, fill, cancel, found = (each * speed * 1000 for each in LATE_S)
        habits = Habits(accept_ms=accept, fill_ms=fill, cancel_ms=cancel, lookup_lag_ms=found, partial_pct=PARTIAL_PCT)
        show.box.call(lambda box: setattr(box.matching, "habits", habits))
        child = show.engine()
        _begin(show, child)
        code = child.wait()
        cash, shares = show.box.call(_held)
        return Told(
            minutes=minutes,
            speed=speed,
            seed=seed,
            code=code,
            lines=_records(show).lines() if code == 0 else [],
            counts=dict(Counter(type(each.event).__name__ for each in show.events())),
            cash=cash,
            shares=shares,
            disagreements=show.disagreements(),
        )


def _begin(show: Rehearsal, child: "Popen[bytes]") -> None:
    """Let the venue's time run with the session's, and the plan's windows count, from the engine's first event on."""
    end = time.monotonic() + BEGIN_S
    while not show.marks and child.poll() is None and time.monotonic() < end:
        time.sleep(0.001)
    at = show.events()[0].at

    def begin(box: Sandbox) -> None:
        box.clock.move(to=at, speed=show.speed)
        box.faults.set(box.faults.plan)

    show.box.call(begin)


def _records(show: Rehearsal) -> Records:
    with closing(Reader.open(show.state_dir)) as journal:
        unread = journal.gauges()["venue"].body["rows_left_out"]
    faults, requests, orders = show.box.call(
        lambda box: (list(box.faults.log), list(box.requests), list(box.book.orders.values()))
    )
    return Records(
        plan=show.box.call(lambda box: box.faults.plan),
        faults=faults,
        requests=requests,
        events=show.events(),
        marks=show.marks,
        filled={order.client_order_id: order.filled_qty for order in orders},
        names={order.id: order.client_order_id for order in orders},
        unread=unread,
        open=frozenset(each.order.client_order_id for each in outstanding(show.state()) if isinstance(each, Find)),
    )


def _held(box: Sandbox) -> tuple[Decimal, Decimal]:
    account = box.book.account
    return account.cash, sum((abs(each.quantity) for each in account.positions.values()), Decimal(0))


def text_of(told: Told) -> str:
    """The ledger and its totals."""
    lines = [f"{each.at:%H:%M:%S.%f} {each.kind:13} {each.struck}\n    -> {each.did}" for each in told.lines]
    lines += ["", "faults injected"]
    lines += [f"  {count:5d}  {kind}" for kind, count in told.kinds().items()]
    lines += [f"  {len(told.lines):5d}  in all, {len(told.unanswered)} without an answer", "", "the engine's journal"]
    lines += [f"  {told.counts.get(kind, 0):5d}  {kind}" for kind in SHOWN]
    lines += ["", f"books: cash {told.cash} USD and {told.shares:f} shares at the venue"]
    lines += [f"DIFFERENCE {said}" for said in told.disagreements] or ["books: equal to the cent and to the share"]
    lines += [f"NO ANSWER {each.at:%H:%M:%S.%f} {each.kind} {each.struck}: {each.did}" for each in told.unanswered]
    return "\n".join(lines)


def main() -> int:
    """Play, tell, compare."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=120.0, help="of the demo's day")
    asked.add_argument("--speed", type=float, default=30.0, help="session seconds per second")
    asked.add_argument("--seed", type=int, default=7, help="of every chance in the plan and at the venue")
    asked.add_argument("--json", action="store_true", help="one document instead of text")
    asked.add_argument("--out", type=Path, help="a file for the same")
    asked.add_argument("--queue", action="store_true", help="signals that meet a rate limit wait as they do in PANIC")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        told = play(Path(name), minutes=given.minutes, speed=given.speed, seed=given.seed, queue=given.queue)
        log = (Path(name) / "engine.log").read_text()
    text = msgspec.json.format(msgspec.json.encode(told)).decode() if given.json else text_of(told)
    print(text)
    if given.out is not None:
        given.out.write_text(text + "\n")
    if told.code != 0:
        print(f"the engine ended with code {told.code}:\n{log[-3000:]}", file=sys.stderr)
    return 0 if told.good else 1


if __name__ == "__main__":
    sys.exit(main())
