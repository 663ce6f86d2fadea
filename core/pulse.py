"""How the engine itself is: how late its loop comes, how much memory it took, what the journal takes on the disk."""

import asyncio
import resource
import sys
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from shutil import disk_usage
from time import monotonic

import msgspec

from tidegate.core.journaling.database import FILE

EVERY_S = 0.25
LOOK_BACK = 240  # beats: a minute
PEAK_UNIT = 1 if sys.platform == "darwin" else 1024  # bytes of what getrusage counts in


class PulseGauge(msgspec.Struct, frozen=True, kw_only=True):
    """`lag_ms` is the longest delay of the last minute, `worst_ms` of the run; None before the first beat.

    `pending` counts events that are decided and not yet on disk; `committed_at` is when the last group went there.
    """

    lag_ms: float | None
    worst_ms: float | None
    peak_bytes: int
    pending: int
    committed_at: datetime | None


class DiskGauge(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes that the journal and its write-ahead log take, and those that are free beside it; None: unknown."""

    bytes: int | None = None
    free_bytes: int | None = None


def disk_gauge(folder: Path) -> DiskGauge:
    """What the journal in a state folder takes, and may still take."""
    try:
        size = sum(each.stat().st_size for each in (folder / FILE, folder / f"{FILE}-wal") if each.exists())
        return DiskGauge(bytes=size, free_bytes=disk_usage(folder).free)
    except OSError:
        return DiskGauge()


class Pulse:
    """Wakes up a few times a second and remembers by how much it came too late."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque(maxlen=LOOK_BACK)
        self._worst_ms: float | None = None
        self._committed_at: datetime | None = None

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            due = monotonic() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.beat(monotonic() - due)

    def beat(self, late_s: float) -> None:
        """Remember one delay."""
        late_ms = round(max(0.0, late_s) * 1000.0, 1)
        self._late_ms.append(late_ms)
        self._worst_ms = late_ms if self._worst_ms is None else max(self._worst_ms, late_ms)

    def committed(self) -> None:
        """The journal was written."""
        self._committed_at = datetime.now(UTC)

    def gauge(self, *, pending: int) -> PulseGauge:
        """What to show."""
        return PulseGauge(
            lag_ms=max(self._late_ms, default=None),
            worst_ms=self._worst_ms,
            peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * PEAK_UNIT,
            pending=pending,
            committed_at=self._committed_at,
        )
