"""Signals, and what is thought of one: components, verdicts, the judgement."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec.structs import replace

from tidegate.core.domain.values.value import Value


class Direction(StrEnum):
    """Where an alert or signal points; NEUTRAL never becomes an order."""

    BULLISH = "bullish"
    BEARISH = "bearish"
    NEUTRAL = "neutral"


class Regime(StrEnum):
    """The market's state, best first; UNKNOWN scores as MIXED and is shown as unknown."""

    RISK_ON = "RISK_ON"
    MIXED = "MIXED"
    RISK_OFF = "RISK_OFF"
    PANIC = "PANIC"
    UNKNOWN = "UNKNOWN"


class Uncounted(StrEnum):
    """Why an alert does not count: the first that applies, in this order."""

    EXPIRED = "expired"  # before it traded
    ADJUSTED = "adjusted"  # the root of an adjusted contract, which delivers something else than 100 shares
    INDEX = "index"  # there are no shares to trade
    IMPLAUSIBLE = "implausible"  # its underlying price is not the market's of its own minute
    REPEAT = "repeat"  # a counted alert told of the same contract and time
    MULTILEG = "multileg"
    NEUTRAL = "neutral"  # the aggressor is unknown
    PREMIUM = "premium"  # too small
    DAYS_TO_EXPIRY = "days_to_expiry"  # too many
    VOLUME = "volume"  # not above the open interest
    NO_TIME_VALUE = "no_time_value"  # a dividend play, or a replacement of stock


class Result(StrEnum):
    """A gate's answer."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    BLOCK = "BLOCK"
    UNKNOWN = "UNKNOWN"


class DecisionKind(StrEnum):
    """What becomes of a judged signal."""

    ENTER = "ENTER"
    BLOCKED = "BLOCKED"
    QUEUED = "QUEUED"


class Ignition(StrEnum):
    """The momentum-ignition status stored with a position."""

    PASSED = "passed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"
    NOT_CHECKED = "not_checked"


class OnError(StrEnum):
    """What a gate's UNKNOWN means: OPEN lets the entry pass, visibly; CLOSED blocks it."""

    OPEN = "open"
    CLOSED = "closed"


class Policy(StrEnum):
    """What became of a verdict that is no PASS: as in `OnError`, or a BLOCK that its gate only notes (OBSERVED)."""

    OPEN = "open"
    CLOSED = "closed"
    OBSERVED = "observed"


class Component(Value, frozen=True, kw_only=True):
    """One component of a score: `value` in [-1, 1] (None is UNKNOWN), its weight and learned multiplier."""

    value: float | None = None
    weight: float
    multiplier: float = 1.0

    @property
    def contribution(self) -> float:
        """Weight x multiplier x value; 0.0 when unknown."""
        return 0.0 if self.value is None else self.weight * self.multiplier * self.value


class Signal(Value, frozen=True, kw_only=True):
    """A scored cluster. `trace` is the completing alert's; `members` are the traces of all its alerts.

    `score` is in [0, 8 x 1.2]; `coverage` and `freshness` in [0, 1]; `newest` is the time of the cluster's newest
    alert; `attempt` counts scorings of the same signal (the queue scores it anew).
    """

    trace: str
    symbol: str
    direction: Direction
    at: datetime
    newest: datetime
    members: tuple[str, ...]
    components: dict[str, Component]
    coverage: float
    freshness: float
    regime: Regime
    regime_modifier: float
    score: float
    decision_price: float | None = None
    attempt: int = 1
    shadow_score: float | None = None  # what the newest belief of learners in shadow mode would have made of it


class Verdict(Value, frozen=True, kw_only=True):
    """One gate's answer. `policy` says what became of it where that is not plain; None where it is."""

    gate: str = ""
    result: Result
    reason: str = ""
    measured: float | None = None
    limit: float | None = None
    unit: str = ""
    policy: Policy | None = None

    @property
    def blocks(self) -> bool:
        """Whether this verdict stops the entry."""
        return self.result is not Result.PASS and not self.passes_by_policy

    @property
    def passes_by_policy(self) -> bool:
        """Whether the entry goes on although the gate did not pass it."""
        return self.policy == (Policy.OPEN if self.result is Result.UNKNOWN else Policy.OBSERVED)


def passed(*, measured: float | None = None, limit: float | None = None, unit: str = "", reason: str = "") -> Verdict:
    """A PASS verdict."""
    return Verdict(result=Result.PASS, reason=reason, measured=measured, limit=limit, unit=unit)


def blocked(reason: str, *, measured: float | None = None, limit: float | None = None, unit: str = "") -> Verdict:
    """A BLOCK verdict."""
    return Verdict(result=Result.BLOCK, reason=reason, measured=measured, limit=limit, unit=unit)


def observed(verdict: Verdict) -> Verdict:
    """The same verdict, noted without stopping anything."""
    return replace(verdict, policy=Policy.OBSERVED)


def unknown(reason: str, *, measured: float | None = None, limit: float | None = None, unit: str = "") -> Verdict:
    """An UNKNOWN verdict: the gate lacks what it needs to judge."""
    return Verdict(result=Result.UNKNOWN, reason=reason, measured=measured, limit=limit, unit=unit)


class Judgement(Value, frozen=True, kw_only=True):
    """All verdicts on one signal and the decision. `quantity` is in shares, 0 unless the decision allows an entry."""

    signal: Signal
    decision: DecisionKind
    verdicts: tuple[Verdict, ...]
    reason: str = ""
    quantity: Decimal = Decimal(0)
    net_delta_pct: float | None = None
    ignition: Ignition = Ignition.NOT_CHECKED
