"""The journal on disk: groups committed per second, and the fold of a million events from a cold start."""

import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from core.domain.events import AlertReceived, AnyEvent, Recorded, Tick
from core.domain.ids import trace_of
from core.domain.values import Alert
from core.journal import Journal

EVENTS = 1_000_000
START = datetime(2026, 10, 8, 13, 30, tzinfo=UTC)
SYMBOLS = tuple(f"S{number:02}" for number in range(40))
Row = tuple[str, str, float]


def session(count: int) -> Iterator[Recorded]:
    """Alerts on 40 symbols, half a second apart, with a tick after every ten."""
    for seq in range(1, count + 1):
        at = START + timedelta(milliseconds=500 * seq)
        event: AnyEvent = Tick()
        trace = ""
        if seq % 11:
            event = AlertReceived(source="unusual_whales", cursor=seq, alert=alert(seq, at))
            trace = trace_of("unusual_whales", event.alert.id)
        yield Recorded(seq, at, trace, event)


def alert(seq: int, at: datetime) -> Alert:
    """A directional alert with the fields that a recording has."""
    symbol = SYMBOLS[seq % len(SYMBOLS)]
    premium = 50_000.0 + seq % 400_000
    return Alert(
        id=f"alert-{seq}",
        symbol=symbol,
        contract=f"{symbol}261016C00{seq % 50:03}000",
        option_type="call" if seq % 3 else "put",
        strike=100.0 + seq % 50,
        expiry=date(2026, 10, 16),
        start=at - timedelta(seconds=2),
        at=at,
        premium=premium,
        ask_premium=premium * 0.8,
        bid_premium=premium * 0.1,
        underlying_price=100.0 + seq % 7,
        volume=900,
        open_interest=300,
        sector="Technology",
    )


def commits(folder: Path, size: int) -> Row:
    """Events per second when every `size` of them are one commit."""
    told = list(session(min(EVENTS, max(400, size * 20))))
    journal = Journal.open(folder / str(size))
    begun = perf_counter()
    for first in range(0, len(told), size):
        journal.append(told[first : first + size])
        journal.commit()
    took = perf_counter() - begun
    journal.close()
    return (f"append and commit in groups of {size}", "events/s", len(told) / took)


def written(folder: Path) -> Path:
    """A journal of a million events."""
    journal, group = Journal.open(folder / "million"), 5000
    group_of: list[Recorded] = []
    for each in session(EVENTS):
        group_of.append(each)
        if len(group_of) == group:
            journal.append(group_of)
            journal.commit()
            group_of.clear()
    journal.append(group_of)
    journal.close()
    return folder / "million"


def loads(folder: Path) -> list[Row]:
    """A start without a checkpoint, the checkpoint, and a start with it."""
    journal = Journal.open(folder)
    begun = perf_counter()
    state = journal.load()
    whole = perf_counter() - begun
    begun = perf_counter()
    journal.checkpoint(state)
    kept = perf_counter() - begun
    begun = perf_counter()
    journal.load()
    quick = perf_counter() - begun
    journal.close()
    return [
        (f"fold of {state.seq:,} events from disk", "s", whole),
        (f"events folded per second ({sys.implementation.name})", "events/s", state.seq / whole),
        ("write a checkpoint", "ms", kept * 1000),
        ("start from a checkpoint", "ms", quick * 1000),
    ]


def main() -> list[Row]:
    """Rows of name, unit and value."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [commits(folder, size) for size in (1, 10, 100, 1000)]
        return rows + loads(written(folder))


if __name__ == "__main__":
    for title, unit, value in main():
        print(f"{title:<50} {value:>14,.1f} {unit}")
