"""What came of a live day, and what is wrong with it: `make liveday SPEED=40`."""

import argparse
import json
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scripts.live_day.day import LiveDay
from scripts.rehearsal.stage import books_differ, events_in, state_in
from scripts.soundness import unsound
from tidegate.core.domain import events as e
from tidegate.core.domain.state import State

METADATA = ("score", "components", "regime", "regime_modifier", "ignition_status", "trace", "direction")


def findings(day: LiveDay) -> list[str]:
    """What is wrong after a day; nothing when all is well."""
    events, state = events_in(day.state_dir), state_in(day.state_dir)
    found = [*_alerts(day, events), *_quota(day), *books_differ(day.venue, state), *_metadata(events, state)]
    return found + unsound(day.state_dir, whole=True)


def _alerts(day: LiveDay, events: list[e.Recorded]) -> list[str]:
    ours = Counter(r.event.alert.id for r in events if isinstance(r.event, e.AlertReceived))
    theirs = day.whales.call(lambda box: set(box.flow.listed))
    last = max((r.at for r in events), default=day.end)
    late = day.whales.call(
        lambda box: {a.id for a in box.flow.listed.values() if _at(a.known) > last - timedelta(minutes=1)}
    )
    said = [f"alert {name} is {count} times in the journal" for name, count in ours.items() if count > 1]
    return said + [f"alert {name} was lost" for name in sorted(theirs - set(ours) - late)]


def _at(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1e9, UTC)


def _quota(day: LiveDay) -> list[str]:
    asked = day.whales.call(lambda box: [each.at[:16] for each in box.requests if each.path.startswith("/api/")])
    busiest = max(Counter(asked).values(), default=0)
    said = [f"{len(asked):,} calls in the day"] if len(asked) > 15_000 else []
    return said + ([f"{busiest} calls in a minute"] if busiest > 120 else [])


def _metadata(events: list[e.Recorded], state: State) -> list[str]:
    opened = {r.trace: r.event.entry for r in events if isinstance(r.event, e.PositionOpened)}
    said = [
        f"{trace}: no {name}"
        for trace, entry in opened.items()
        for name in METADATA
        if getattr(entry, name) in (None, "", {})
    ]
    return said + [
        f"{symbol}: the entry changed"
        for symbol, position in state.positions.items()
        if opened.get(position.entry.trace) != position.entry
    ]


def told(day: LiveDay) -> dict[str, Any]:
    """What a person wants to know of the day."""
    events, state = events_in(day.state_dir), state_in(day.state_dir)
    calls = day.whales.call(lambda box: [each for each in box.requests if each.path.startswith("/api/")])
    return {
        "alerts": state.tally.alerts,
        "alerts of the service": day.whales.call(lambda box: len(box.flow.listed)),
        "repeated": state.tally.duplicates,
        "rejected rows": state.tally.rejected_rows,
        "calls": len(calls),
        "calls refused": sum(each.status == 429 for each in calls),
        "readings": Counter(r.event.reading.name for r in events if isinstance(r.event, e.ReadingSeen)),
        "signals": state.tally.signals,
        "entered": state.tally.entered,
        "blocked": state.tally.blocked,
        "queued": state.tally.queued,
        "drained": state.tally.drained,
        "trades": state.tally.trades_closed,
        "pnl": str(state.tally.pnl),
        "regimes": [
            f"{r.at:%H:%M} {r.event.regime} ({r.event.reason})" for r in events if isinstance(r.event, e.RegimeChanged)
        ],
        "faults": Counter(
            each.kind for box in (day.whales, day.venue) for each in box.call(lambda it: list(it.faults.log))
        ),
        "kinds": Counter(type(r.event).__name__ for r in events),
    }


def main() -> int:
    """Play a day and print what came of it; exit 1 when anything is wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--speed", type=float, default=40.0, help="the day's seconds per second")
    asked.add_argument("--minutes", type=float, default=390.0)
    asked.add_argument("--start", type=float, default=0.0, help="minutes after the open")
    asked.add_argument("--socket", action="store_true", help="listen to the socket as well")
    asked.add_argument("--keep", type=Path, help="a folder for the journal and the engine's log")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as name:
        day = LiveDay(
            given.keep or Path(name), minutes=given.minutes, speed=given.speed, start=given.start, listens=given.socket
        )
        with day:
            day.play()
            print(json.dumps(told(day), indent=1))
            wrong = findings(day)
    for line in wrong:
        print("WRONG:", line)
    print(f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
