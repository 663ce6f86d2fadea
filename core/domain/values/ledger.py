"""What became of signals: one row each for the screens, and counts."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from tidegate.core.domain.values import DecisionKind, Direction

LEDGER_LIMIT = 500  # signals remembered for the screens; the journal has them all


class SignalStatus(StrEnum):
    """Where a signal stands now, in the word that a person reads."""

    BLOCKED = "blocked"
    QUEUED = "queued"
    PLACED = "placed"
    WORKING = "working"
    OPEN = "open"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELED = "canceled"
    EXPIRED = "expired"
    ABANDONED = "abandoned"
    DROPPED = "dropped"


class LedgerRow(msgspec.Struct, omit_defaults=True):
    """One signal as the screens list it. `status` is its newest."""

    trace: str
    at: datetime
    symbol: str
    direction: Direction
    score: float
    coverage: float
    decision: DecisionKind
    reason: str
    status: SignalStatus
    price: float | None = None
    quantity: Decimal = Decimal(0)
    pnl: Decimal | None = None
    pnl_pct: float | None = None


class Tally(msgspec.Struct, omit_defaults=True):
    """Counts since the journal began.

    signals = entered + blocked_signals + rejected + abandoned + dropped + expired + those still under way;
    queued = drained + dropped + expired + those still waiting; entered counts orders that the venue accepted.
    """

    alerts: int = 0
    duplicates: int = 0
    neutral: int = 0
    filtered: int = 0
    uncounted: dict[str, int] = {}
    rejected_rows: int = 0
    ignored_rows: int = 0
    signals: int = 0
    entered: int = 0
    blocked_signals: int = 0
    blocked: dict[str, int] = {}
    passed_by_policy: dict[str, int] = {}
    rejected: int = 0
    abandoned: int = 0
    queued: int = 0
    drained: int = 0
    dropped: int = 0
    expired: int = 0
    orders: int = 0
    fills: int = 0
    rate_limits: int = 0
    trades_closed: int = 0
    wins: int = 0
    losses: int = 0
    pnl: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    errors: int = 0
