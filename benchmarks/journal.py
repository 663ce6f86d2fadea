"""The journal on disk: groups committed per second, and the fold of a million events from a cold start."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from tidegate.core.domain.events import AlertReceived, QuoteSeen, Recorded, Tick
from tidegate.core.domain.ids import trace_of
from tidegate.core.domain.values import Alert, Quote
from tidegate.core.journaling.journal import Journal

EVENTS = 1_000_000
START = datetime(2026, 10, 8, 13, 30, tzinfo=UTC)
SYMBOLS = tuple(f"S{number:02}" for number in range(40))
Row = tuple[str, str, float]


def session(count: int) -> Iterator[Recorded]:
    """Of ten events four are alerts on 40 symbols, five are quotes and one is a tick; two events a second."""
    for seq in range(1, count + 1):
        at = START + timedelta(milliseconds=500 * seq)
        symbol = SYMBOLS[seq * 7 % len(SYMBOLS)]
        if seq % 10 == 0:
            yield Recorded(seq, at, "", Tick())
        elif seq % 2:
            quote = Quote(symbol=symbol, at=at, last=100.0 + seq % 7, bid=99.9, ask=107.1)
            yield Recorded(seq, at, "", QuoteSeen(source="unusual_whales", cursor=seq, quote=quote))
        else:
            said = AlertReceived(source="unusual_whales", cursor=seq, alert=alert(seq, symbol, at))
            yield Recorded(seq, at, trace_of("unusual_whales", said.alert.id), said)


def alert(seq: int, symbol: str, at: datetime) -> Alert:
    """A directional alert with the fields that a recording has."""
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
        ("fold from disk", "events/s", state.seq / whole),
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
