"""What one run of the source has counted, for screens; nothing here decides anything."""

from datetime import datetime

import msgspec

KINDS_LIMIT = 40
SAMPLE_CHARS = 200
OTHER = "other"


class Tally(msgspec.Struct, kw_only=True):
    """Counts since the start of the process.

    `rows` came, of which `duplicates` were known, `filtered` not wanted, and `rejects` unusable, by kind; `samples`
    are the newest text of each kind. `dropped` frames of the socket found the queue full; `joins` counts its
    connections. `at` is when the last new alert came, `answered_at` when the service last answered at all. `troubles`
    is what does not work now, and why.
    """

    via: str = "rest"
    at: datetime | None = None
    answered_at: datetime | None = None
    rows: int = 0
    alerts: int = 0
    duplicates: int = 0
    filtered: int = 0
    dropped: int = 0
    queued: int = 0
    joins: int = 0
    rejects: dict[str, int] = {}
    samples: dict[str, str] = {}
    troubles: dict[str, str] = {}

    def rejected(self, reason: str, sample: bytes) -> int:
        """Count what cannot be used by the kind of its reason; how many of the kind there are now."""
        kind = kind_of(reason)
        if kind not in self.rejects and len(self.rejects) >= KINDS_LIMIT:
            kind = OTHER
        self.rejects[kind] = self.rejects.get(kind, 0) + 1
        self.samples[kind] = sample[:SAMPLE_CHARS].decode(errors="replace")
        return self.rejects[kind]


def kind_of(reason: str) -> str:
    """The field that a reason begins with; its first three words when it names none."""
    field, colon, _ = reason.partition(":")
    return field if colon and len(field) <= 40 else " ".join(reason.split()[:3])
