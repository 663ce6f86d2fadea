"""A scratch engine for probes: facts go in, the domain's own code says what follows; no journal, venue or clock."""

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

import tidegate
from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, ExitDecision, ExitLevel, Outcome, Position, Target
from tidegate.core.domain.rules import Cluster, Learner, Rules
from tidegate.core.domain.settings import Settings
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Quote, Regime
from tidegate.core.domain.values.broker import Account
from tidegate.testing import NOW, an_alert

SOURCE, LEARNER = "health", "learners.health"
PRICE, WON, LOST = Decimal(100), Decimal(110), Decimal(90)
CASH = Decimal(1_000_000)


class Sure:
    """A scorer that always says yes."""

    weight = 1.0

    def score(self, _: Cluster, __: State) -> float | None:
        """Full support."""
        return 1.0


class Leaving:
    """An exit that leaves as soon as the price has moved by a dollar."""

    def check(self, position: Position, state: State) -> ExitDecision | None:
        """Everything, once the price moved."""
        price = state.price(position.symbol)
        if price is None or abs(price - float(PRICE)) < 1.0:
            return None
        return ExitDecision(rule="health", quantity=position.quantity, full=True, reason="the price moved")

    def level(self, _: Position, __: State) -> ExitLevel | None:
        """None."""
        return None

    def plan(self) -> tuple[Target, ...]:
        """None."""
        return ()


class Noting:
    """A learner that notes every outcome in its regime."""

    def multipliers(self, _: Regime, __: dict[str, Cell]) -> dict[str, float]:
        """None."""
        return {}

    def learn(self, outcome: Outcome, belief: dict[str, Cell]) -> dict[str, Cell]:
        """One more in this regime."""
        name = f"{outcome.regime}/health"
        return {name: Cell(alpha=belief.get(name, Cell()).alpha + 1.0)}


def rules_of(settings: Settings, *learners: tuple[str, Learner]) -> Rules:
    """Rules that let every signal in, with the orders' and the queue's settings of the real configuration."""
    return Rules(
        settings=Settings(orders=settings.orders, queue=settings.queue),
        scorers=(("scorers.health", Sure()),),
        exits=(("exits.health", Leaving()),),
        learners=learners,
    )


class Scratch:
    """A state of its own; `told` holds every event."""

    def __init__(self, rules: Rules, *, regime: Regime = Regime.MIXED, reconciles: bool = False) -> None:
        self.state, self.at, self._rules = State(), NOW, rules
        self.told: list[e.Recorded] = []
        self._reconciles = reconciles
        self._alerts = self._fills = 0
        self.start()
        self.tell(e.AccountSeen(account=Account(at=self.at, equity=CASH, cash=CASH, buying_power=CASH)))
        self.change(regime)

    def start(self) -> None:
        """A run begins."""
        keys = tuple(key for key, _ in self._rules.learners)
        self.tell(
            e.EngineStarted(mode="health", version=tidegate.__version__, plugins=keys, reconciles=self._reconciles)
        )

    def tell(self, fact: e.Fact, *, after_s: float = 1.0) -> list[e.Event]:
        """What a fact brings about, itself included."""
        self.at += timedelta(seconds=after_s)
        records, _ = advance(self.state, fact, self.at, self._rules)
        self.told += records
        return [each.event for each in records]

    def change(self, regime: Regime) -> None:
        """The market's regime from now on."""
        change = e.RegimeChanged(
            regime=regime, before=self.state.regime.regime, confidence=1.0, inputs={}, reason="probe"
        )
        record = e.Recorded(self.state.seq + 1, self.at, "", change)
        fold(self.state, record)
        self.told.append(record)

    def enter(self, symbol: str = "TEST") -> Order:
        """The order of a bullish signal. Raises LookupError when none comes of it."""
        said: list[e.Event] = []
        self.price(symbol, PRICE)
        for _ in range(self.state.alerts.cluster_size):
            self._alerts += 1
            alert = an_alert(
                id=f"probe-{self._alerts}",
                symbol=symbol,
                contract=f"{symbol}{self._alerts}",
                start=self.at,
                at=self.at,
            )
            said = self.tell(e.AlertReceived(source=SOURCE, cursor=self._alerts, alert=replace(alert, at=self.at)))
        for each in said:
            if isinstance(each, e.OrderPlaced):
                return each.order
        raise LookupError("no order came of a cluster of alerts")

    def fill(self, order: Order, price: Decimal = PRICE) -> None:
        """Accept and fill an order."""
        name, self._fills = order.client_order_id, self._fills + 1
        self.tell(e.OrderAccepted(client_order_id=name, venue_order_id=f"venue-{self._fills}"))
        self.tell(
            e.OrderFilled(
                client_order_id=name, execution_id=f"fill-{self._fills}", quantity=order.quantity, price=price
            )
        )

    def price(self, symbol: str, last: Decimal) -> None:
        """A price, and its witness."""
        for _ in range(2):
            at, usd = self.at + timedelta(seconds=1), float(last)
            quote = Quote(symbol=symbol, at=at, last=usd, bid=usd, ask=usd)
            self.tell(e.QuoteSeen(source=SOURCE, cursor=self._alerts, quote=quote))

    def leave(self, symbol: str, price: Decimal) -> None:
        """Let the exit act and fill its order."""
        self.price(symbol, price)
        for working in self.state.working(symbol):
            self.fill(working.order, price)


def traded(settings: Settings) -> Scratch:
    """A scratch engine after one trade that won."""
    scratch = Scratch(rules_of(settings, (LEARNER, Noting())))
    scratch.fill(scratch.enter())
    scratch.leave("TEST", WON)
    return scratch
