"""The JSON shapes of `tidegate audit` (docs/json.md)."""

from datetime import datetime

from tidegate.output.shapes import Shape


class SampleShape(Shape, frozen=True, kw_only=True):
    """A group of trades. Dollars; `mean`, `low` and `high` (95 %) are per trade, and null when there are too few.

    `slippage` is what the fills cost against the decision price (negative: they were better), over the
    `slippage_known` trades for which it is known; `fees` and `slippage` are null for components.
    """

    name: str
    trades: int
    wins: int
    losses: int
    pnl: str
    fees: str | None
    slippage: str | None
    slippage_known: int
    mean: float | None
    low: float | None
    high: float | None
    conclusion: str


class TradeShape(Shape, frozen=True, kw_only=True):
    """One closed position; `exits` are the rules whose orders were filled."""

    trace: str
    symbol: str
    side: str
    regime: str
    quantity: str
    entry_price: str
    exit_price: str
    pnl: str
    fees: str
    slippage: str | None
    exits: list[str]
    opened_at: datetime
    closed_at: datetime


class BlockShape(Shape, frozen=True, kw_only=True):
    """Why a gate stopped so many signals at their first judgement; numbers in the reason are written as #."""

    gate: str
    result: str
    policy: str | None
    reason: str
    signals: int


class QueueOutcomeShape(Shape, frozen=True, kw_only=True):
    """What became of queued signals; `waiting`: of those queued in the week, not yet decided at its end."""

    queued: int
    drained: int
    dropped: int
    expired: int
    waiting: int
    reasons: dict[str, int]


class LearnedShape(Shape, frozen=True, kw_only=True):
    """What outcomes did to a cell: its mean before the first and after the last, and each outcome's trace."""

    learner: str
    cell: str
    moves: int
    before: float
    after: float
    traces: list[str]


class FaultShape(Shape, frozen=True, kw_only=True):
    """A fault of one kind from one place: how often, when, and the newest reason."""

    kind: str
    place: str
    count: int
    first: datetime
    last: datetime
    example: str


class HappenedShape(Shape, frozen=True, kw_only=True):
    """One event of the journal in words."""

    seq: int
    at: datetime
    kind: str
    trace: str
    text: str


class AuditShape(Shape, frozen=True, kw_only=True):
    """`audit`: one week of the journal. `empty`: no event in it; `over`: the journal goes beyond it."""

    week: str
    since: datetime
    until: datetime
    empty: bool
    over: bool
    events: int
    first_at: datetime | None
    last_at: datetime | None
    modes: list[str]
    unreadable: list[int]
    tampered: list[str]
    alerts: int
    signals: int
    decisions: dict[str, int]
    orders: int
    fills: int
    open_at_end: list[str]
    total: SampleShape
    by_regime: list[SampleShape]
    by_component: list[SampleShape]
    by_exit: list[SampleShape]
    by_symbol: list[SampleShape]
    trades: list[TradeShape]
    blocks: list[BlockShape]
    passed_by_policy: dict[str, int]
    queue: QueueOutcomeShape
    learned: list[LearnedShape]
    steered: list[HappenedShape]
    compared: int
    differences: list[HappenedShape]
    faults: list[FaultShape]
    halts: list[HappenedShape]
    lockdown: str
    lockdowns: list[HappenedShape]
    runs: list[HappenedShape]
    notes: list[str]
