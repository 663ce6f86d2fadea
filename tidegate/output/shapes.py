"""The public JSON shapes, as docs/json.md describes them. Fields may be added; none is renamed or removed.

Exact amounts (shares, and dollars of orders, positions and the account) are strings in plain decimal notation;
measurements (market prices, scores, percents, seconds, counts) are numbers. Times are ISO 8601 in UTC. Unknown is null.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One JSON object; every field is always there."""


class HaltShape(Shape, frozen=True, kw_only=True):
    """A latched stop."""

    level: str
    reason: str
    who: str
    at: datetime


class StatusShape(Shape, frozen=True, kw_only=True):
    """`status`: the engine in one look. `state` is "running" or "stopped"; `venue` why it cannot be asked, else null.

    `books` is "agree", "differ", "not compared yet", or empty where the venue has no book of its own. Without an exact
    net delta, `net_delta_between` are the least and the most it can be, if those are known, and `net_delta_reason` why.
    """

    pid: int | None
    mode: str
    state: str
    seq: int
    at: datetime | None
    regime: str
    net_delta_pct: float | None
    net_delta_between: tuple[float, float] | None
    net_delta_reason: str
    equity: str | None
    halt: HaltShape | None
    lockdown: str | None
    session: str
    started: datetime | None
    stop_reason: str
    positions: int
    queue: int
    venue: str | None
    books: str
    quarantined: list[str]
    folder: str


class ComponentShape(Shape, frozen=True, kw_only=True):
    """One component of a score; `value` is null when it was unknown."""

    value: float | None
    weight: float
    multiplier: float


class TargetShape(Shape, frozen=True, kw_only=True):
    """A profit target and whether it was used up."""

    pct: float
    fraction: float
    hit: bool


class PositionShape(Shape, frozen=True, kw_only=True):
    """`positions`: one open position; the object's key is its symbol."""

    entry_ts: datetime
    entry_price: str
    qty: str
    side: str
    entry_score: float | None
    components: dict[str, ComponentShape]
    market_regime: str
    direction: str
    regime_modifier: float
    ignition_status: str
    correlation_id: str
    updated_at: datetime
    targets: list[TargetShape]
    high_water: float
    owner: str
    last: float | None
    priced_at: datetime | None
    unrealized: str | None


class QueueShape(Shape, frozen=True, kw_only=True):
    """`queue`: one signal that waits for the venue."""

    trace: str
    symbol: str
    direction: str
    score: float
    queued_at: datetime
    expires_at: datetime
    attempts: int
    reason: str


class VerdictShape(Shape, frozen=True, kw_only=True):
    """One gate's answer; `policy` is what became of UNKNOWN ("open", "closed"), or "observed"; else null."""

    gate: str
    result: str
    policy: str | None
    measured: float | None
    limit: float | None
    unit: str
    reason: str


class WhyShape(Shape, frozen=True, kw_only=True):
    """`why`: one judgement; a queued signal that is judged anew has one for each time."""

    trace: str
    at: datetime
    symbol: str
    direction: str
    score: float
    coverage: float
    decision: str
    verdicts: list[VerdictShape]


class TraceShape(Shape, frozen=True, kw_only=True):
    """`trace`: the ids of its alerts, and its events: seq, at, kind and the event's own fields."""

    trace: str
    alerts: list[str]
    events: list[dict[str, Any]]


class SummaryShape(Shape, frozen=True, kw_only=True):
    """`demo --json` and `replay --json`: what one recording came to.

    rows = alerts + duplicates + rows_rejected + rows_ignored + prices, bars, readings and requests of the recording;
    alerts = neutral + filtered + those that count; signals = entered + blocked_signals + rejected + abandoned
    + dropped + expired + those still under way; queued = drained + dropped + expired + those still waiting.
    """

    alerts: int
    duplicates: int
    neutral: int
    filtered: int
    signals: int
    entered: int
    blocked_signals: int
    blocked: dict[str, int]
    queued: int
    drained: int
    dropped: int
    expired: int
    rejected: int
    abandoned: int
    orders: int
    fills: int
    positions_open: int
    trades_closed: int
    pnl: str
    traces_complete: int
    errors: int
    alerts_per_second: float
    rows_rejected: int
    rows_ignored: int
    damaged: list[str]
    notes: list[str]
    events_hash: str
    session: str
    finished: bool
    folder: str | None


class PluginShape(Shape, frozen=True, kw_only=True):
    """`plugins`: one plugin; `origin` says which layer of the configuration decided, `problem` why it is left out."""

    key: str
    kind: str
    name: str
    enabled: bool
    loaded: bool
    origin: str
    summary: str
    settings: dict[str, Any]
    problem: str | None


class SettingShape(Shape, frozen=True, kw_only=True):
    """`config show`: one effective value and where it comes from."""

    key: str
    value: Any
    layer: str
    file: str | None
    line: int | None


class DifferenceShape(Shape, frozen=True, kw_only=True):
    """One disagreement with the broker; quantities are signed shares (a short is negative)."""

    symbol: str
    case: str
    ours: Decimal
    theirs: Decimal
    their_price: Decimal | None


class ReconcileShape(Shape, frozen=True, kw_only=True):
    """`reconcile`: what waits for an answer or is left alone, and the broker's that is not ours: orders, no stocks."""

    reconciled_at: datetime | None
    differences: list[DifferenceShape]
    ignored: list[DifferenceShape]
    foreign_orders: list[BrokerOrder]
    untraded_positions: list[BrokerPosition]


class AnswerShape(Shape, frozen=True, kw_only=True):
    """`halt`, `release`, `stop`, `plugins enable|disable`: what became of a request.

    `answered` is false when no engine was there to answer; the request then waits in the journal (or, for a plugin,
    the overlay file already says so).
    """

    request: int | None
    answered: bool
    ok: bool
    text: str


class ErrorShape(Shape, frozen=True, kw_only=True):
    """What is inside {"error": ...}: whose fault it is, the exit code, and each message as a sentence."""

    kind: str
    exit_code: int
    messages: list[str]


class CheckShape(Shape, frozen=True, kw_only=True):
    """`config check`: what would run. A configuration with mistakes prints {"error": ...} instead."""

    ok: bool
    mode: str
    plugins: list[str]


class DiagnosisShape(Shape, frozen=True, kw_only=True):
    """One row of `doctor`: what was examined, "ok", "warn", "fail" or "skip", what was seen, and what to do next."""

    name: str
    result: str
    seen: str
    next: str


class DoctorShape(Shape, frozen=True, kw_only=True):
    """`doctor`: `ok` is false when a row failed."""

    ok: bool
    rows: list[DiagnosisShape]


class VersionShape(Shape, frozen=True, kw_only=True):
    """`version`."""

    tidegate: str
    python: str
    platform: str
