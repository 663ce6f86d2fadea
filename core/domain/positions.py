"""Positions: the record that must survive everything, from its frozen Entry to its Outcome."""

from datetime import datetime
from decimal import Decimal

import msgspec

from tidegate.core.domain.values import Component, Direction, Ignition, PositionSide, Regime, Value, Verdict

FLATTEN = "reconcile"  # the rule of an exit that a person asked for when the books differed
EXTERNAL = "external"  # the reason of an outcome that no decision of ours made


class Entry(Value, frozen=True, kw_only=True):
    """Why a position exists, frozen at open. `score` is None for a position adopted from the broker, never 0."""

    trace: str
    at: datetime
    direction: Direction
    score: float | None
    components: dict[str, Component]
    coverage: float | None
    regime: Regime
    regime_modifier: float = 1.0
    ignition_status: Ignition = Ignition.UNKNOWN
    verdicts: tuple[Verdict, ...] = ()
    owner: str = "tidegate"


class ExitDecision(Value, frozen=True, kw_only=True):
    """A full or partial exit: its rule, the numbers behind it, and the shares to trade.

    `targets` are the indices of profit targets that this decision uses up.
    """

    rule: str
    quantity: Decimal
    full: bool
    reason: str
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    targets: tuple[int, ...] = ()


class ExitLevel(Value, frozen=True, kw_only=True):
    """The price at which `rule` would exit a position."""

    rule: str
    price: float


class Target(Value, frozen=True, kw_only=True):
    """A profit target: at +`pct` % sell `fraction` of the original quantity."""

    pct: float
    fraction: float


class Position(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An open position. `quantity` is positive; `side` carries the sign.

    `original_quantity` is the sum of entry fills; `cost` and `proceeds` are dollars of entry and exit fills;
    `high_water` is the best price since open (the lowest for a short).
    """

    symbol: str
    side: PositionSide
    quantity: Decimal
    original_quantity: Decimal
    cost: Decimal
    proceeds: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    opened_at: datetime
    updated_at: datetime
    high_water: float
    entry: Entry
    targets_hit: list[int] = []
    targets: tuple[Target, ...] = ()
    reasons: list[str] = []
    exit_legs: int = 0
    stop_legs: int = 0
    leaving: ExitDecision | None = None  # decided, and waiting for the entry's rest and the stop to be canceled
    unwanted: str = ""  # why a person wants it gone: it is exited until it is
    refusals: int = 0  # exits in a row that the venue refused
    refused_at: datetime | None = None
    nearest_exit: ExitLevel | None = None
    priced_s: float = 0.0  # seconds of its life in which its price was known, until `priced_at`
    priced_at: datetime | None = None

    def mark(self, price: float, at: datetime, max_age_s: float) -> None:
        """A price that counts: it moves the high-water mark, and the time since the last one was not unwatched.

        A price covers the `max_age_s` seconds after it.
        """
        best = max if self.side.sign > 0 else min
        self.high_water = best(self.high_water, price)
        self.priced_s = self.watched_s(at, max_age_s)
        self.priced_at = at

    def watched_s(self, now: datetime, max_age_s: float) -> float:
        """Seconds since it was opened in which its price was known."""
        since = self.opened_at if self.priced_at is None else self.priced_at
        return self.priced_s + min(max_age_s, max(0.0, (now - since).total_seconds()))

    @property
    def average_price(self) -> Decimal:
        """Average entry price in dollars."""
        return self.cost / self.original_quantity

    def change_pct(self, price: float) -> float:
        """Signed gain of the position at `price`, in percent of the entry price."""
        average = float(self.average_price)
        return self.side.sign * (price / average - 1.0) * 100.0

    def open_pnl(self, price: float) -> float:
        """Unrealised profit of what is still open, in dollars."""
        return self.side.sign * float(self.quantity) * (price - float(self.average_price))

    def at_offset(self, pct: float) -> float:
        """The price at which the position gains `pct` percent (negative: loses)."""
        return float(self.average_price) * (1.0 + self.side.sign * pct / 100.0)


class Outcome(Value, frozen=True, kw_only=True):
    """A closed position. `pnl` is net of `fees`; `credit` splits it over the components that carried the signal."""

    id: str
    trace: str
    symbol: str
    direction: Direction
    side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: datetime
    closed_at: datetime
    pnl: Decimal
    fees: Decimal
    pnl_pct: float
    reasons: tuple[str, ...]
    regime: Regime
    contributions: dict[str, float]
    credit: dict[str, Decimal]

    @property
    def holding_s(self) -> float:
        """Seconds from open to close."""
        return (self.closed_at - self.opened_at).total_seconds()


class Cell(Value, frozen=True, kw_only=True):
    """A Beta belief about one component in one regime; the prior is Beta(2, 2)."""

    alpha: float = 2.0
    beta: float = 2.0

    @property
    def mean(self) -> float:
        """Posterior mean of the chance that the component's signals win."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def evidence(self) -> float:
        """Outcomes' worth of evidence beyond the prior."""
        return self.alpha + self.beta - 4.0
