"""The state: a fold of the journal. `fold` (in `fold.py`) is the only writer; everybody else reads.

It is one msgspec struct, so a checkpoint is its JSON. Containers that grow are bounded here or in `fold`.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from tidegate.core.domain.equity import Equity
from tidegate.core.domain.orders import Purpose, WorkingOrder
from tidegate.core.domain.positions import Cell, Position
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.settings import Alerts, Prices, Size
from tidegate.core.domain.values import Bar, Direction, OptionMark, Quote, Reading, Regime, Signal, Uncounted
from tidegate.core.domain.values.broker import Account, BrokerOrder, BrokerPosition
from tidegate.core.domain.values.differences import Difference
from tidegate.core.domain.values.halts import Halt
from tidegate.core.domain.values.ledger import LedgerRow, Tally
from tidegate.core.domain.values.lockdown import Lockdown

SEEN_LIMIT = 50_000  # alert ids remembered for duplicates, at least
SEEN_BATCH = 5_000  # forgotten together: removing a dict's first key again and again is slow
DONE_LIMIT = 200  # final orders remembered
FEED_GAP_S = 1_800.0  # a feed silent for longer was not watched in between
CLOSES_LIMIT = 90  # daily closes: 60 for the high, and a few days to look back on
BARS_LIMIT = 5
MOVES_LIMIT = 2_000  # moves of one learner that can be rolled back


class FlowItem(msgspec.Struct, array_like=True):
    """An admitted directional alert in a symbol's 60-minute window."""

    at: datetime
    trace: str
    direction: Direction
    premium: float
    window: str  # contract and start: alerts that share it aggregate the same trades; "" when it does not count
    counts: bool  # passes the base filter and does not repeat an earlier window


class Symbol(msgspec.Struct, omit_defaults=True):
    """What we know of one symbol."""

    flow: list[FlowItem] = []
    windows: dict[str, None] = {}  # the windows of `flow`, to find a repeated one at once
    quote: Quote | None = None  # the last one told, which need not count: `door` says what does
    book: Quote | None = None  # the last one told with bid and ask
    door: Door | None = None
    bars: list[Bar] = []
    readings: dict[str, Reading] = {}
    signaled: dict[Direction, datetime] = {}
    entered_at: datetime | None = None
    sector: str | None = None
    uncounted: Uncounted | None = None  # why the newest alert does not count; None when it does


class Waiting(msgspec.Struct, frozen=True):
    """A complete cluster that waits for a price of its symbol to count, at most `until`."""

    symbol: str
    direction: Direction
    newest: datetime
    members: tuple[str, ...]
    until: datetime


class QueueItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """A signal that waits for the venue. `in_flight`: taken, and its order not yet answered."""

    signal: Signal
    queued_at: datetime
    expires_at: datetime
    attempts: int
    reason: str
    in_flight: bool = False


class RegimeState(msgspec.Struct, omit_defaults=True):
    """The regime and what it is read from: daily closes, oldest first; `close_at` dates the last one.

    `days` counts the closes since the regime began; one that began within a day starts at -1, as that day's own close
    is no better day.
    """

    regime: Regime = Regime.UNKNOWN
    since: datetime | None = None
    confidence: float = 0.0
    inputs: dict[str, float] = {}
    closes: list[float] = []
    close_at: datetime | None = None
    days: int = 0


class Move(msgspec.Struct, frozen=True, array_like=True):
    """What a learner's cell was before the event `seq`."""

    seq: int
    cell: str
    before: Cell


class Day(msgspec.Struct, frozen=True, omit_defaults=True):
    """The New York trading day: its date, and the equity (dollars) that it began with.

    `close` is what the broker said of the last close, None when it said nothing; `rolled`: it was of the day before.
    `sure`: two readings agree on where the day began.
    """

    date: date
    equity: Decimal
    close: Decimal | None = None
    rolled: bool = True
    sure: bool = True

    @property
    def by_close(self) -> bool:
        """Whether it began with a close, and not with a reading."""
        return self.close is not None and self.rolled


class Venue(msgspec.Struct, omit_defaults=True):
    """Whether the venue can be asked."""

    limited_until: datetime | None = None
    unavailable: str | None = None


class State(msgspec.Struct, omit_defaults=True):
    """Everything the engine remembers."""

    seq: int = 0
    at: datetime | None = None
    mode: str = ""
    session: str = ""
    running: bool = False
    stop_reason: str = ""
    storage_failed: str | None = None
    plugins: tuple[str, ...] = ()
    available: tuple[str, ...] = ()
    alerts: Alerts = Alerts()
    size: Size = Size()
    prices: Prices = Prices()
    toggled: dict[str, bool] = {}
    failures: dict[str, int] = {}
    quarantined: list[str] = []
    seen: dict[str, None] = {}
    feed_since: datetime | None = None  # watched without a gap since then
    feed_at: datetime | None = None
    cursors: dict[str, int] = {}
    symbols: dict[str, Symbol] = {}
    bare: dict[str, None] = {}  # symbols replayed on their last prices: the recording has no bid and ask of them
    doubted: dict[str, None] = {}  # symbols whose newest price waits for its witness
    waiting: dict[str, Waiting] = {}  # by the trace of the alert that completed the cluster
    market: dict[str, Reading] = {}
    account: Account | None = None
    account_due: datetime | None = None
    reconciles: bool = False
    protects: bool = False
    broker_at: datetime | None = None
    reconciled_at: datetime | None = None  # since the engine started; None while a start waits for a clean book
    unreconciled_since: datetime | None = None  # when the books began to differ, or the engine to wait for them
    differences: dict[str, Difference] = {}
    lacking: dict[str, datetime] = {}  # since when the broker lacks shares of ours, without a proof
    agreed_cash: Decimal | None = None  # the broker's cash less our own cash flow when the books last agreed
    ignored: dict[str, Difference] = {}  # what a person said to leave alone: theirs - ours of it
    foreign: dict[str, BrokerOrder] = {}
    untraded: dict[str, BrokerPosition] = {}  # what the broker holds and nobody here trades: options, coins
    options: dict[str, OptionMark] = {}  # by contract: what the account holds or works of them moves like
    touched: dict[str, datetime] = {}  # when a symbol's last position was closed
    day: Day | None = None
    peak_equity: Decimal = Decimal(0)  # the highest equity that was confirmed, dollars; 0 before there is one
    equity: Equity = msgspec.field(default_factory=Equity)
    ticked_at: datetime | None = None
    tick_told: bool = False  # the last tick was told by a recording
    entering: dict[str, Signal] = {}  # signals whose entry order the venue has not answered
    orders: dict[str, WorkingOrder] = {}
    done: dict[str, WorkingOrder] = {}  # final orders, newest last, for late and repeated answers
    positions: dict[str, Position] = {}
    queue: dict[str, QueueItem] = {}
    beliefs: dict[str, dict[str, Cell]] = {}
    learned: dict[str, None] = {}
    shadows: tuple[str, ...] = ()  # learners in shadow mode
    promoted: dict[str, dict[str, Cell]] = {}  # what learners in shadow mode apply
    frozen: list[str] = []  # learners that do not learn now
    moves: dict[str, list[Move]] = {}  # each learner's latest moves, oldest first, for a rollback
    moves_from: dict[str, int] = {}  # learner -> the event after which its moves are remembered
    regime: RegimeState = msgspec.field(default_factory=RegimeState)
    halt: Halt | None = None
    lockdown: Lockdown | None = None
    venue: Venue = msgspec.field(default_factory=Venue)
    entry_times: list[datetime] = []
    cash_flow: Decimal = Decimal(0)  # dollars in (+) and out (-) by fills and fees
    ledger: list[LedgerRow] = []
    tally: Tally = msgspec.field(default_factory=Tally)

    @property
    def now(self) -> datetime:
        """The time of the last event; it never runs backward."""
        if self.at is None:
            raise ValueError("the state has seen no event yet")
        return self.at

    @property
    def lowest_equity(self) -> Decimal | None:
        """The lowest of the last readings, dollars: what an entry may count on. None before there is one."""
        told = [each.equity for each in self.equity.told]
        return min(told) if told else (None if self.account is None else self.account.equity)

    @property
    def proven_equity(self) -> Decimal | None:
        """The highest of the last readings, dollars: a loss below it is real. None while only one was told."""
        if self.equity.told:
            return max(each.equity for each in self.equity.told) if self.equity.confirmed else None
        return None if self.account is None else self.account.equity

    def price(self, symbol: str) -> float | None:
        """The price of a symbol in dollars, if one counts that is not older than `prices.max_age_s`; else None."""
        known = self.symbols.get(symbol)
        if known is None or known.door is None:
            return None
        return known.door.counted(self.now, self.prices.max_age_s)

    def interval(self, symbol: str) -> tuple[float, float] | None:
        """Both ends of a wide touch that is not older than `prices.max_age_s`; None when the newest is not wide."""
        known = self.symbols.get(symbol)
        if known is None or known.door is None:
            return None
        return known.door.interval(self.now, self.prices.max_age_s)

    def last_price(self, symbol: str) -> float | None:
        """The last price that counted, however old, else the broker's: to show and to book, never to decide on."""
        known = self.symbols.get(symbol)
        if known is None or known.door is None:
            return None
        return known.door.known()

    def priced_at(self, symbol: str) -> datetime | None:
        """When the last price that counted was last looked at; None when none has counted."""
        known = self.symbols.get(symbol)
        return known.door.at if known is not None and known.door is not None else None

    def book_price(self, symbol: str) -> float | None:
        """What a position counts at: the last price for `prices.book_max_age_s`, then the broker's, if it told one."""
        known = self.symbols.get(symbol)
        door = known.door if known is not None else None
        return None if door is None else door.booked(self.now, self.prices.book_max_age_s)

    def touch(self, symbol: str) -> Quote | None:
        """The bid and ask of the last look that found both, as of that look; None when nobody stands there."""
        known = self.symbols.get(symbol)
        door = known.door if known is not None else None
        if door is None or door.bid is None or door.ask is None or door.touch_at is None:
            return None
        return Quote(symbol=symbol, at=door.touch_at, last=door.price or door.bid, bid=door.bid, ask=door.ask)

    def working(self, symbol: str) -> list[WorkingOrder]:
        """The entry and exit orders on a symbol that are not final; a protective stop only waits."""
        return [o for o in self.orders.values() if o.order.symbol == symbol and o.purpose is not Purpose.STOP]

    @property
    def busy(self) -> bool:
        """Whether an order, an exit or a signal that waits is under way; a stop that has arrived only stands there."""
        return (
            bool(self.queue or self.waiting)
            or any(each.purpose is not Purpose.STOP or not each.arrived for each in self.orders.values())
            or any(position.leaving is not None for position in self.positions.values())
        )

    def protection(self, symbol: str) -> WorkingOrder | None:
        """The protective stop that the venue holds, or is asked to hold, on a symbol."""
        stops = (o for o in self.orders.values() if o.order.symbol == symbol and o.purpose is Purpose.STOP)
        return next(stops, None)

    def active(self, plugin: str) -> bool:
        """Whether the plugin ("kind.name") is neither switched off nor quarantined."""
        if not self.toggled and not self.quarantined:
            return True
        return self.toggled.get(plugin, True) and plugin not in self.quarantined


encode_state = msgspec.json.Encoder(decimal_format="string").encode
decode_state = msgspec.json.Decoder(State).decode
