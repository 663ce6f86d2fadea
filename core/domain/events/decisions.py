"""Decisions: what `step` made of the facts and the state; the same facts give the same decisions again."""

from datetime import datetime
from decimal import Decimal

from tidegate.core.domain.events.facts import Event
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, Entry, ExitDecision, ExitLevel, Outcome, Target
from tidegate.core.domain.values import Direction, Judgement, PositionSide, Regime, Signal, Uncounted
from tidegate.core.domain.values.broker import BrokerOrder
from tidegate.core.domain.values.differences import DifferenceCase, Settlement
from tidegate.core.domain.values.halts import HaltLevel


class Decision(Event, frozen=True, kw_only=True):
    """Follows from the facts before it."""


class AlertUncounted(Decision, frozen=True, kw_only=True):
    """An alert does not count, for one reason."""

    reason: Uncounted


class PriceAwaited(Decision, frozen=True, kw_only=True):
    """A cluster is complete, and no price of its symbol counts: it is scored once one does, or at `until`."""

    symbol: str
    direction: Direction
    newest: datetime
    members: tuple[str, ...]
    until: datetime


class SignalScored(Decision, frozen=True, kw_only=True):
    """A cluster became a signal, or a queued signal was scored anew (`signal.attempt` > 1)."""

    signal: Signal


class SignalJudged(Decision, frozen=True, kw_only=True):
    """Every verdict on a signal and what becomes of it."""

    judgement: Judgement


class SignalQueued(Decision, frozen=True, kw_only=True):
    """A signal waits for a rate-limited venue until `expires_at`; `attempts` counts its tries."""

    signal: Signal
    queued_at: datetime
    expires_at: datetime
    attempts: int
    reason: str


class QueueTaken(Decision, frozen=True, kw_only=True):
    """The next signal of the queue is tried."""


class QueueDrained(Decision, frozen=True, kw_only=True):
    """A queued signal's order reached the venue."""


class QueueDropped(Decision, frozen=True, kw_only=True):
    """A queued signal was given up: judged anew and blocked, rejected, or pushed out by a better one."""

    reason: str


class QueueExpired(Decision, frozen=True, kw_only=True):
    """A queued signal grew too old."""


class OrderPlaced(Decision, frozen=True, kw_only=True):
    """Intent: on disk before the venue hears of it."""

    order: Order


class OrderRetried(Decision, frozen=True, kw_only=True):
    """The same order, the same id, once more after a rate limit."""

    client_order_id: str
    attempt: int


class EntryAbandoned(Decision, frozen=True, kw_only=True):
    """A rate-limited entry outside PANIC that outlived its freshness."""

    client_order_id: str
    reason: str


class PositionOpened(Decision, frozen=True, kw_only=True):
    """The first fill of an entry opened a position."""

    symbol: str
    entry: Entry
    targets: tuple[Target, ...] = ()


class ExitLevelMoved(Decision, frozen=True, kw_only=True):
    """The nearest exit of a position changed."""

    symbol: str
    level: ExitLevel | None


class ExitDecided(Decision, frozen=True, kw_only=True):
    """A rule wants out, in full or in part."""

    symbol: str
    decision: ExitDecision


class PositionClosed(Decision, frozen=True, kw_only=True):
    """The last share went; the outcome is attributed."""

    outcome: Outcome


class BeliefUpdated(Decision, frozen=True, kw_only=True):
    """A learner moved one cell because of one outcome. `cell` is "REGIME/component"."""

    learner: str
    cell: str
    before: Cell
    after: Cell
    outcome: str


class BeliefReset(Decision, frozen=True, kw_only=True):
    """A person set cells of a learner back to the prior."""

    learner: str
    cells: tuple[str, ...]
    who: str


class BeliefRolledBack(Decision, frozen=True, kw_only=True):
    """A person undid what a learner learned after the event `seq`; `cells` as they were then."""

    learner: str
    seq: int
    cells: dict[str, Cell]
    who: str


class BeliefPromoted(Decision, frozen=True, kw_only=True):
    """A person had a learner in shadow mode apply what it knows: these cells, until the next promotion."""

    learner: str
    cells: dict[str, Cell]
    who: str


class LearnerFrozen(Decision, frozen=True, kw_only=True):
    """A person stopped a learner from learning, or (`frozen` false) let it go on; what it knows stays in use."""

    learner: str
    frozen: bool
    who: str


class RegimeChanged(Decision, frozen=True, kw_only=True):
    """The market's regime, how sure we are (0..1), and the inputs it was read from.

    `intraday`: it began within a day, so that day's close is not yet a better one.
    """

    regime: Regime
    before: Regime
    confidence: float
    inputs: dict[str, float]
    reason: str
    intraday: bool = False


class HaltLatched(Decision, frozen=True, kw_only=True):
    """A halt begins; it lasts until a person releases it."""

    level: HaltLevel
    reason: str
    who: str


class HaltReleased(Decision, frozen=True, kw_only=True):
    """A person released the halt."""

    who: str


class DrawdownRestarted(Decision, frozen=True, kw_only=True):
    """A person had the drawdown counted from here: `equity` dollars are the peak now."""

    who: str
    equity: Decimal


class LockdownLifted(Decision, frozen=True, kw_only=True):
    """A person ended the lockdown."""

    who: str


class PluginToggled(Decision, frozen=True, kw_only=True):
    """A person switched a plugin ("kind.name") on or off."""

    plugin: str
    enabled: bool
    who: str


class PluginFailed(Decision, frozen=True, kw_only=True):
    """A plugin raised or answered nonsense; the rest went on."""

    plugin: str
    reason: str


class PluginQuarantined(Decision, frozen=True, kw_only=True):
    """A plugin failed too often and is left out for the rest of this run."""

    plugin: str
    failures: int


class DifferenceFound(Decision, frozen=True, kw_only=True):
    """Our book and the broker's disagree about a symbol. Quantities are signed shares (short is negative)."""

    symbol: str
    case: DifferenceCase
    ours: Decimal
    theirs: Decimal
    their_price: Decimal | None = None


class DifferenceSettled(Decision, frozen=True, kw_only=True):
    """A difference was answered, by a person or, while running, by the engine; or the books agree again."""

    symbol: str
    answer: Settlement
    who: str


class Reconciled(Decision, frozen=True, kw_only=True):
    """The books were compared; `differences` symbols disagreed."""

    differences: int


class PositionAdopted(Decision, frozen=True, kw_only=True):
    """The broker holds what we did not know: it is ours now, with an Entry that admits knowing nothing more."""

    symbol: str
    side: PositionSide
    quantity: Decimal
    average_price: Decimal
    entry: Entry


class PositionCorrected(Decision, frozen=True, kw_only=True):
    """The broker's quantity took the place of ours; everything else that is known of the position stays.

    `average_price` is that of all shares afterwards; `split` the new shares per old one, where a split explains it.
    """

    symbol: str
    before: Decimal
    after: Decimal
    average_price: Decimal
    split: Decimal | None = None


class OrderForeign(Decision, frozen=True, kw_only=True):
    """The broker works an order that is not ours; it is left alone and shown."""

    order: BrokerOrder
