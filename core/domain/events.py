"""Everything that can be written in the journal.

A `Fact` came from outside (a source, the venue, a person, the clock). A `Decision` is what `step` made of the facts
and the state; re-running `step` over the facts of a journal produces its decisions again. New fields get defaults;
a new meaning is a new kind.
"""

from datetime import datetime
from decimal import Decimal
from typing import Union, get_args

import msgspec

from core.domain.orders import Order
from core.domain.positions import Cell, Entry, ExitDecision, ExitLevel, Outcome, Target
from core.domain.settings import Alerts
from core.domain.values import Account, Alert, Bar, Judgement, Quote, Reading, Regime, Signal


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, tag_field="kind"):
    """One fact or decision; its class name is its kind."""


class Fact(Event, frozen=True, kw_only=True):
    """Came from outside."""


class Decision(Event, frozen=True, kw_only=True):
    """Follows from the facts before it."""


# ---- facts: the engine and people


class EngineStarted(Fact, frozen=True, kw_only=True):
    """A run begins with these plugins (of those `available`, as "kind.name") and this alert filter.

    Quarantines and toggles of the last run end here.
    """

    mode: str
    version: str
    session: str = ""
    plugins: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
    alerts: Alerts = Alerts()


class EngineStopped(Fact, frozen=True, kw_only=True):
    """A clean end of a run."""

    reason: str


class RequestReceived(Fact, frozen=True, kw_only=True):
    """A person asks: halt, release, plugin, stop. A recorded operator has id 0, and a source and cursor instead."""

    id: int
    who: str
    name: str
    args: dict[str, str] = {}
    source: str = ""
    cursor: int = 0


class Tick(Fact, frozen=True, kw_only=True):
    """Time passed; due work (expiries, retries, the queue, time exits) is looked at."""


# ---- facts: sources. `cursor` counts a source's items, so that a restart resumes after the last one journaled.


class SourceFact(Fact, frozen=True, kw_only=True):
    """Said by a source."""

    source: str
    cursor: int = 0


class AlertReceived(SourceFact, frozen=True, kw_only=True):
    """A new alert."""

    alert: Alert


class AlertRepeated(SourceFact, frozen=True, kw_only=True):
    """An alert whose id was seen before."""

    alert_id: str


class InputRejected(SourceFact, frozen=True, kw_only=True):
    """A row that could not be used: where it stands and what is wrong with it."""

    where: str
    reason: str


class InputIgnored(SourceFact, frozen=True, kw_only=True):
    """A row that is not ours to use: a join ack, another channel."""

    where: str
    what: str


class QuoteSeen(SourceFact, frozen=True, kw_only=True):
    """A quote that decisions may use; at most one per symbol and second."""

    quote: Quote


class BarSeen(SourceFact, frozen=True, kw_only=True):
    """A completed bar."""

    bar: Bar


class ReadingSeen(SourceFact, frozen=True, kw_only=True):
    """A dated observation; "daily_close" and "vix" feed the regime."""

    reading: Reading


class SourceFailed(Fact, frozen=True, kw_only=True):
    """A source raised and will be restarted after a pause."""

    source: str
    reason: str


# ---- facts: the venue


class AccountSeen(Fact, frozen=True, kw_only=True):
    """The venue's account."""

    account: Account


class OrderFact(Fact, frozen=True, kw_only=True):
    """The venue about one of our orders."""

    client_order_id: str


class OrderAccepted(OrderFact, frozen=True, kw_only=True):
    """The venue has the order."""

    venue_order_id: str


class OrderFilled(OrderFact, frozen=True, kw_only=True):
    """One execution, keyed by the venue's execution id. `fee` in dollars."""

    execution_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal = Decimal(0)


class OrderCanceled(OrderFact, frozen=True, kw_only=True):
    """Confirmed canceled; what was filled stays filled."""


class OrderExpired(OrderFact, frozen=True, kw_only=True):
    """Its time in force ran out."""


class OrderRejected(OrderFact, frozen=True, kw_only=True):
    """Refused for good."""

    code: str
    reason: str


class OrderUnknown(OrderFact, frozen=True, kw_only=True):
    """Its fate is uncertain; the venue is asked by client order id."""

    reason: str


class OrderAbsent(OrderFact, frozen=True, kw_only=True):
    """The venue does not know the client order id, so the same id may be sent again."""


class RateLimited(OrderFact, frozen=True, kw_only=True):
    """429: the order did not arrive; the venue answers again at `until`."""

    until: datetime
    reason: str = "429"


class VenueUnavailable(Fact, frozen=True, kw_only=True):
    """The venue could not be asked (an outage, a refused connection)."""

    reason: str


# ---- decisions


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


class RegimeChanged(Decision, frozen=True, kw_only=True):
    """The market's regime, how sure we are (0..1), and the inputs it was read from."""

    regime: Regime
    before: Regime
    confidence: float
    inputs: dict[str, float]
    reason: str


class HaltLatched(Decision, frozen=True, kw_only=True):
    """Entries stop ("entries", "reduce") or everything is sold ("flatten"), until a person releases it."""

    level: str
    reason: str
    who: str


class HaltReleased(Decision, frozen=True, kw_only=True):
    """A person released the halt."""

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


AnyEvent = Union[  # noqa: UP007 - spelled out for the decoder
    EngineStarted, EngineStopped, RequestReceived, Tick,
    AlertReceived, AlertRepeated, InputRejected, InputIgnored, QuoteSeen, BarSeen, ReadingSeen, SourceFailed,
    AccountSeen, OrderAccepted, OrderFilled, OrderCanceled, OrderExpired, OrderRejected, OrderUnknown, OrderAbsent,
    RateLimited, VenueUnavailable,
    SignalScored, SignalJudged, SignalQueued, QueueTaken, QueueDrained, QueueDropped, QueueExpired,
    OrderPlaced, OrderRetried, EntryAbandoned, PositionOpened, ExitLevelMoved, ExitDecided, PositionClosed,
    BeliefUpdated, RegimeChanged, HaltLatched, HaltReleased, PluginToggled, PluginFailed, PluginQuarantined,
]  # fmt: skip
KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(AnyEvent)}


class Recorded(msgspec.Struct, frozen=True):
    """An event with its place in the journal: sequence number, time (UTC) and trace ("" when it has none)."""

    seq: int
    at: datetime
    trace: str
    event: AnyEvent


encode = msgspec.json.Encoder(decimal_format="string").encode
decode = msgspec.json.Decoder(AnyEvent).decode


# ---- effects: what the loop performs after the commit


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do at the edge."""


class Submit(Effect, frozen=True, kw_only=True):
    """Send an order to the venue."""

    order: Order


class Find(Effect, frozen=True, kw_only=True):
    """Ask the venue what became of an order."""

    order: Order


class Cancel(Effect, frozen=True, kw_only=True):
    """Ask the venue to cancel an order."""

    order: Order


class AskAccount(Effect, frozen=True, kw_only=True):
    """Ask the venue for the account."""


class Answer(Effect, frozen=True, kw_only=True):
    """Answer a request of a person."""

    request: int
    ok: bool
    text: str


class ApplyToggle(Effect, frozen=True, kw_only=True):
    """Load or leave a plugin and remember it in the overlay file."""

    plugin: str
    enabled: bool


class Stop(Effect, frozen=True, kw_only=True):
    """End the run cleanly."""

    reason: str
