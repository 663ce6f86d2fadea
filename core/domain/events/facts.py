"""Facts: what came from outside (a source, the venue, a person, the clock).

New fields get defaults; a new meaning is a new kind. `regular`, where a fact has it: the exchange traded then, so that
the fact may move a price; a fold has no calendar to ask.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from tidegate.core.domain.orders import Status
from tidegate.core.domain.settings import Alerts, Prices, Size
from tidegate.core.domain.values import Alert, Bar, OptionMark, Quote, Reading
from tidegate.core.domain.values.broker import Account, BrokerOrder, BrokerPosition
from tidegate.core.domain.values.lockdown import Seal


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag=True, tag_field="kind"):
    """One fact or decision; its class name is its kind."""


class Fact(Event, frozen=True, kw_only=True):
    """Came from outside."""


# ---- facts: the engine and people


class EngineStarted(Fact, frozen=True, kw_only=True):
    """A run begins with these plugins (of those `available`, as "kind.name"), and these settings that a fold needs.

    Quarantines and toggles of the last run end here. `reconciles` and `protects` say what the venue can do. `config`
    is the effective configuration as JSON with sorted keys, and `code` identifies the code that decides: with both, a
    run's decisions can be made again.
    """

    mode: str
    version: str
    session: str = ""
    plugins: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
    alerts: Alerts = Alerts()
    size: Size = Size()
    prices: Prices = Prices()
    reconciles: bool = False
    protects: bool = False
    shadows: tuple[str, ...] = ()  # learners whose newest belief is only compared, not applied
    config: str = ""
    code: str = ""


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
    """Time passed; due work (expiries, retries, the queue, time exits) is looked at.

    One that a recording tells again has a source and a cursor.
    """

    source: str = ""
    cursor: int = 0
    regular: bool = True


class StorageFailed(Fact, frozen=True, kw_only=True):
    """The journal cannot be written (a full disk): no entries from here on; exits go on from memory."""

    reason: str


class StorageRecovered(Fact, frozen=True, kw_only=True):
    """The journal can be written again, and everything since it failed is in it."""


class DiskLow(Fact, frozen=True, kw_only=True):
    """Too little room beside the journal: megabytes that are free, and the limit."""

    free_mb: float
    limit_mb: float


class ClockSkewed(Fact, frozen=True, kw_only=True):
    """The machine's clock is `skew_s` seconds ahead (+) or behind (-) of what it is held `against`."""

    skew_s: float
    limit_s: float
    against: str


class LockdownSealed(Fact, frozen=True, kw_only=True):
    """What runs was read and sealed, because of a request (0: of a recorded operator)."""

    seal: Seal
    reason: str
    who: str
    until: date | None = None
    request: int = 0


class LockdownRefused(Fact, frozen=True, kw_only=True):
    """Nothing was sealed: what runs is not what is installed and configured, or could not be read."""

    reason: str
    request: int = 0


class DriftSeen(Fact, frozen=True, kw_only=True):
    """Under a lockdown, all that is not as it was sealed, a sentence each; none when it is again as it was."""

    changes: tuple[str, ...]


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
    """A quote that decisions may use; one per symbol and second, more when it moves.

    `bare`: it is of a recording that has no bid and ask of the symbol at all, so that its last price must do.
    """

    quote: Quote
    bare: bool = False
    regular: bool = True


class BarSeen(SourceFact, frozen=True, kw_only=True):
    """A completed bar."""

    bar: Bar
    regular: bool = True


class OptionSeen(SourceFact, frozen=True, kw_only=True):
    """What a contract of the account's book moves like; told when that changed, and again while it stands."""

    mark: OptionMark


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
    regular: bool = True


class BrokerSeen(Fact, frozen=True, kw_only=True):
    """The broker's whole book at one moment: every position, every open order (held legs too).

    That moment lies between `asked_at` and now: the answer may have been long on its way.
    """

    positions: tuple[BrokerPosition, ...]
    orders: tuple[BrokerOrder, ...] = ()
    asked_at: datetime | None = None
    regular: bool = True


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


class OrderMoveRefused(Fact, frozen=True, kw_only=True):
    """Evidence that the order state machine does not allow in this status: kept to read, never applied."""

    client_order_id: str
    status: Status
    said: str
    details: str


class VenueUnavailable(Fact, frozen=True, kw_only=True):
    """The venue could not be asked (an outage, a refused connection)."""

    reason: str
