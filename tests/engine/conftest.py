"""A short story that touches everything a state remembers: a win, an open position, a queued and a blocked signal."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import client_order_id, trace_of
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, Entry, ExitDecision, Outcome, Target
from tidegate.core.domain.values import (
    Alert,
    Component,
    DecisionKind,
    Direction,
    Ignition,
    Judgement,
    Policy,
    PositionSide,
    Quote,
    Reading,
    Regime,
    Result,
    Side,
    Signal,
    Verdict,
)
from tidegate.core.domain.values.halts import HaltLevel

START = datetime(2026, 10, 8, 14, 30, tzinfo=UTC)
SOURCE = "unusual_whales"
COMPONENTS = {"options_flow": Component(value=0.5, weight=2.4), "dark_pool": Component(weight=1.3)}


class Teller:
    """Numbers and dates events, one second apart."""

    def __init__(self) -> None:
        self.told: list[e.Recorded] = []

    def tell(self, event: e.AnyEvent, trace: str = "") -> None:
        seq = len(self.told) + 1
        self.told.append(e.Recorded(seq, START + timedelta(seconds=seq), trace, event))

    def alerts(self, symbol: str) -> tuple[str, ...]:
        for number in range(3):
            alert = Alert(
                id=f"{symbol}-{number}",
                symbol=symbol,
                contract=f"{symbol}261016C00100000",
                option_type="call",
                strike=100.0,
                expiry=date(2026, 10, 16),
                start=START + timedelta(seconds=len(self.told)),
                at=START + timedelta(seconds=len(self.told)),
                premium=250_000.0 + number,
                ask_premium=240_000.0,
                bid_premium=10_000.0,
                underlying_price=100.0,
            )
            self.tell(e.AlertReceived(source=SOURCE, cursor=number + 1, alert=alert), trace_of(SOURCE, alert.id))
        return tuple(trace_of(SOURCE, f"{symbol}-{number}") for number in range(3))

    def signal(self, symbol: str, decision: DecisionKind, *verdicts: Verdict) -> Signal:
        members = self.alerts(symbol)
        at = self.told[-1].at
        signal = Signal(
            trace=members[-1],
            symbol=symbol,
            direction=Direction.BULLISH,
            at=at,
            newest=at,
            members=members,
            components=COMPONENTS,
            coverage=0.65,
            freshness=1.0,
            regime=Regime.PANIC,
            regime_modifier=0.5,
            score=3.25,
            decision_price=100.0,
        )
        self.tell(e.SignalScored(signal=signal), signal.trace)
        judgement = Judgement(signal=signal, decision=decision, verdicts=verdicts, quantity=Decimal(6))
        self.tell(e.SignalJudged(judgement=judgement), signal.trace)
        return signal

    def order(self, signal: Signal, leg: str, quantity: str, *, entry: Entry | None = None) -> str:
        name = client_order_id(signal.symbol, leg, signal.trace)
        order = Order(
            client_order_id=name,
            trace=signal.trace,
            symbol=signal.symbol,
            leg=leg,
            side=Side.BUY if entry is not None else Side.SELL,
            quantity=Decimal(quantity),
            limit=Decimal("100.30"),
            decision_price=Decimal(100),
            placed_at=START,
            expires_at=START + timedelta(seconds=60),
            entry=entry,
        )
        self.tell(e.OrderPlaced(order=order), signal.trace)
        self.tell(e.OrderAccepted(client_order_id=name, venue_order_id=f"venue-{signal.symbol}-{leg}"), signal.trace)
        return name

    def fill(self, signal: Signal, name: str, number: int, quantity: str, price: str) -> None:
        fill = e.OrderFilled(
            client_order_id=name,
            execution_id=f"{name}-{number}",
            quantity=Decimal(quantity),
            price=Decimal(price),
            fee=Decimal("0.01"),
        )
        self.tell(fill, signal.trace)

    def open(self, symbol: str) -> Signal:
        verdicts = (
            Verdict(gate="concentration", result=Result.PASS, measured=12.5, limit=70.0, unit="%"),
            Verdict(gate="ignition", result=Result.UNKNOWN, reason="no bars", policy=Policy.OPEN),
        )
        signal = self.signal(symbol, DecisionKind.ENTER, *verdicts)
        entry = Entry(
            trace=signal.trace,
            at=signal.at,
            direction=signal.direction,
            score=signal.score,
            components=COMPONENTS,
            coverage=0.65,
            regime=Regime.PANIC,
            regime_modifier=0.5,
            ignition_status=Ignition.NOT_CHECKED,
            verdicts=verdicts,
        )
        name = self.order(signal, "entry", "6", entry=entry)
        self.fill(signal, name, 1, "2", "100.10")
        opened = e.PositionOpened(symbol=symbol, entry=entry, targets=(Target(pct=2.0, fraction=0.3),))
        self.tell(opened, signal.trace)
        self.fill(signal, name, 2, "4", "100.10")
        return signal

    def exit(self, signal: Signal, leg: str, quantity: str, *, rule: str) -> None:
        decision = ExitDecision(rule=rule, quantity=Decimal(quantity), full=False, reason="it was time", targets=(0,))
        self.tell(e.ExitDecided(symbol=signal.symbol, decision=decision), signal.trace)
        self.fill(signal, self.order(signal, leg, quantity), 1, quantity, "105.10")

    def close(self, signal: Signal) -> None:
        outcome = Outcome(
            id=signal.trace,
            trace=signal.trace,
            symbol=signal.symbol,
            direction=signal.direction,
            side=PositionSide.LONG,
            quantity=Decimal(6),
            entry_price=Decimal("100.10"),
            exit_price=Decimal("105.10"),
            opened_at=START,
            closed_at=self.told[-1].at,
            pnl=Decimal("29.96"),
            fees=Decimal("0.04"),
            pnl_pct=4.99,
            reasons=("targets", "trailing"),
            regime=Regime.PANIC,
            contributions={"options_flow": 1.2},
            credit={"options_flow": Decimal("29.96")},
        )
        self.tell(e.PositionClosed(outcome=outcome), signal.trace)
        moved = e.BeliefUpdated(
            learner="learners.regime_beta",
            cell="PANIC/options_flow",
            before=Cell(),
            after=Cell(alpha=3.0),
            outcome=outcome.id,
        )
        self.tell(moved, signal.trace)


@pytest.fixture
def story() -> list[e.Recorded]:
    teller = Teller()
    teller.tell(e.EngineStarted(mode="replay", version="1", plugins=("gates.halt",), available=("gates.halt",)))
    close = Reading(name="daily_close", at=START - timedelta(days=1), value=571.25, max_age_s=86400.0)
    teller.tell(e.ReadingSeen(source="recording", cursor=1, reading=close))
    change = e.RegimeChanged(
        regime=Regime.PANIC, before=Regime.UNKNOWN, confidence=0.9, inputs={"volatility": 41.5}, reason="volatility"
    )
    teller.tell(change)
    won = teller.open("AAA")
    teller.tell(e.QuoteSeen(source="recording", cursor=2, quote=Quote(symbol="AAA", at=START, last=105.1, bid=105.0)))
    teller.exit(won, "exit1", "2", rule="targets")
    teller.exit(won, "exit2", "4", rule="trailing")
    teller.close(won)
    teller.exit(teller.open("BBB"), "exit1", "2", rule="targets")
    waiting = teller.signal("CCC", DecisionKind.QUEUED)
    until = waiting.at + timedelta(seconds=900)
    queued = e.SignalQueued(signal=waiting, queued_at=waiting.at, expires_at=until, attempts=1, reason="429 in PANIC")
    teller.tell(queued, waiting.trace)
    verdict = Verdict(gate="concentration", result=Result.BLOCK, measured=71.2, limit=70.0, unit="%")
    teller.signal("DDD", DecisionKind.BLOCKED, verdict)
    teller.tell(e.HaltLatched(level=HaltLevel.ENTRIES, reason="lunch", who="tester"))
    teller.tell(e.PluginToggled(plugin="gates.halt", enabled=False, who="tester"))
    return teller.told
