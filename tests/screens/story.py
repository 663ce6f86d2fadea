"""Journals made by hand for the screens: a day that goes well, and one on which everything goes wrong."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import client_order_id, trace_of
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import Cell, Entry, ExitDecision, ExitLevel, Outcome, Target
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
    Regime,
    Result,
    Side,
    Signal,
    Verdict,
    blocked,
    passed,
    unknown,
)
from tidegate.core.domain.values.broker import Account, BrokerOrder
from tidegate.core.domain.values.differences import DifferenceCase
from tidegate.core.domain.values.halts import HaltLevel
from tidegate.core.journaling.journal import Journal

START = datetime(2026, 3, 10, 13, 50, tzinfo=UTC)  # 09:50 in New York
SOURCE = "unusual_whales"
PLUGINS = (
    "sources.recording",
    "scorers.options_flow",
    "gates.concentration",
    "gates.ignition",
    "gates.pace",
    "learners.regime_beta",
)
LEARNER = PLUGINS[-1]
SECTORS = {"NVDA": "Technology", "AMD": "Technology", "AAPL": "Technology", "XOM": "Energy", "JPM": "Financials"}
MARKUP = "[red]x[/]"


def named(gate: str, verdict: Verdict) -> Verdict:
    """The verdict as the judge journals it."""
    policy = Policy.CLOSED if verdict.result is Result.UNKNOWN else None
    return Verdict(
        gate=gate,
        result=verdict.result,
        reason=verdict.reason,
        measured=verdict.measured,
        limit=verdict.limit,
        unit=verdict.unit,
        policy=policy,
    )


class Story:
    """Tells events in order and keeps the time."""

    def __init__(self, *, mode: str = "demo", shadows: tuple[str, ...] = ()) -> None:
        self.at = START
        self.told: list[e.Recorded] = []
        self.lasts: dict[str, float] = {}
        session = f"{mode} synthetic day"
        self.say(
            e.EngineStarted(mode=mode, version="0", session=session, plugins=PLUGINS, reconciles=True, shadows=shadows)
        )
        self.regime = Regime.UNKNOWN
        self.belief: dict[str, Cell] = {}

    def say(self, event: e.Event, trace: str = "", *, after: float = 0.0) -> None:
        """One event, `after` seconds after the last."""
        self.at += timedelta(seconds=after)
        self.told.append(e.Recorded(len(self.told) + 1, self.at, trace, event))  # type: ignore[arg-type] # any kind

    def turn(self, regime: Regime) -> None:
        """The regime changes."""
        changed = e.RegimeChanged(regime=regime, before=self.regime, confidence=0.9, inputs={}, reason="test")
        self.say(changed)
        self.regime = regime

    def account(self, equity: str, *, age_s: float = 0.0) -> None:
        """The account as of `age_s` seconds ago."""
        money = Decimal(equity)
        at = self.at - timedelta(seconds=age_s)
        self.say(e.AccountSeen(account=Account(at=at, equity=money, cash=money, buying_power=money)))

    def quote(self, symbol: str, last: float) -> None:
        """A price as it counts: seen a second before as well."""
        for at in (self.at - timedelta(seconds=1), self.at):
            quote = Quote(symbol=symbol, at=at, last=last, bid=last, ask=last)
            self.told.append(e.Recorded(len(self.told) + 1, at, "", e.QuoteSeen(source="alpaca", quote=quote)))

    def look_again(self) -> None:
        """Every price of a position as it stood."""
        for symbol, last in self.lasts.items():
            self.quote(symbol, last)

    def compared(self, *differences: e.DifferenceFound, orders: tuple[BrokerOrder, ...] = ()) -> None:
        """The two books, compared."""
        self.say(e.BrokerSeen(positions=(), orders=orders))
        for each in (*differences, *(e.OrderForeign(order=order) for order in orders)):
            self.say(each)
        self.say(e.Reconciled(differences=len(differences)))

    def alert(self, symbol: str, name: str, direction: Direction, price: float) -> str:
        """An alert; returns its trace."""
        trace = trace_of(SOURCE, name)
        call = direction is Direction.BULLISH
        alert = Alert(
            id=name,
            symbol=symbol,
            contract=f"{symbol}260313C00135000",
            option_type="call" if call else "put",
            strike=round(price * 1.03),
            expiry=date(2026, 3, 13),
            start=self.at - timedelta(seconds=20),
            at=self.at,
            premium=612_000.0,
            ask_premium=593_640.0,
            bid_premium=18_360.0,
            underlying_price=price,
            volume=9000,
            open_interest=800,
            rule="RepeatedHits",
            sector=SECTORS.get(symbol),
        )
        self.say(e.AlertReceived(source=SOURCE, alert=alert), trace, after=41)
        return trace

    def signal(self, symbol: str, direction: Direction, score: float, price: float) -> Signal:
        """A cluster of three alerts and its score."""
        count = len(self.told)
        members = tuple(self.alert(symbol, f"{symbol}-{count}-{n}", direction, price) for n in range(3))
        signal = Signal(
            trace=members[-1],
            symbol=symbol,
            direction=direction,
            at=self.at,
            newest=self.at,
            members=members,
            components={
                "options_flow": Component(value=0.82, weight=2.4, multiplier=1.12),
                "whale_persistence": Component(value=0.31, weight=0.7),
                "temporal_motif": Component(value=None, weight=0.6),
            },
            coverage=0.84,
            freshness=0.99,
            regime=self.regime,
            regime_modifier=1.0,
            score=score,
            decision_price=price,
        )
        self.say(e.SignalScored(signal=signal), signal.trace, after=0.004)
        return signal

    def judged(self, signal: Signal, decision: DecisionKind, reason: str, verdicts: list[Verdict]) -> None:
        """The judgement on a signal."""
        judgement = Judgement(
            signal=signal,
            decision=decision,
            verdicts=tuple(verdicts),
            reason=reason,
            quantity=Decimal(0) if decision is DecisionKind.BLOCKED else Decimal(4),
            net_delta_pct=62.4,
            ignition=Ignition.PASSED,
        )
        self.say(e.SignalJudged(judgement=judgement), signal.trace)

    def block(self, symbol: str, direction: Direction, score: float, reason: str) -> None:
        """A blocked signal."""
        signal = self.signal(symbol, direction, score, 402.5)
        over = blocked("over the limit", measured=71.2, limit=70.0, unit="%")
        verdicts = [named("concentration", over), named("ignition", unknown("no bars"))]
        self.judged(signal, DecisionKind.BLOCKED, reason, verdicts)

    def order(self, signal: Signal, quantity: str, *, ignition: Ignition = Ignition.PASSED) -> Order:
        """A placed and accepted entry."""
        self.judged(signal, DecisionKind.ENTER, "", self.all_pass())
        price = Decimal(str(signal.decision_price))
        bullish = signal.direction is Direction.BULLISH
        entry = Entry(
            trace=signal.trace,
            at=self.at,
            direction=signal.direction,
            score=signal.score,
            components=signal.components,
            coverage=signal.coverage,
            regime=signal.regime,
            ignition_status=ignition,
        )
        order = Order(
            client_order_id=client_order_id(signal.symbol, "entry1", signal.trace),
            trace=signal.trace,
            symbol=signal.symbol,
            leg="entry1",
            side=Side.BUY if bullish else Side.SELL,
            quantity=Decimal(quantity),
            limit=price + Decimal("0.04"),
            decision_price=price,
            placed_at=self.at,
            expires_at=self.at + timedelta(seconds=60),
            entry=entry,
        )
        self.say(e.OrderPlaced(order=order), signal.trace, after=0.001)
        accepted = e.OrderAccepted(client_order_id=order.client_order_id, venue_order_id="8f1c0c2e")
        self.say(accepted, signal.trace, after=0.137)
        return order

    def all_pass(self) -> list[Verdict]:
        """Every gate passes."""
        return [
            named("concentration", passed(measured=62.4, limit=70.0, unit="%")),
            named("ignition", passed(measured=0.31, limit=0.2, unit="%")),
            named("pace", passed(measured=2, limit=6, unit="entries/min")),
        ]

    def enter(self, symbol: str, quantity: str, price: float, *, last: float, score: float, short: bool = False) -> str:
        """A filled entry, marked at `last`; returns its trace."""
        direction = Direction.BEARISH if short else Direction.BULLISH
        signal = self.signal(symbol, direction, score, price)
        order = self.order(signal, quantity, ignition=Ignition.UNKNOWN if symbol == "AMD" else Ignition.PASSED)
        assert order.entry is not None
        name, shares = order.client_order_id, Decimal(quantity)
        filled = e.OrderFilled(
            client_order_id=name, execution_id=f"x-{name}", quantity=shares, price=order.decision_price
        )
        self.say(filled, signal.trace, after=0.239)
        targets = (Target(pct=2.0, fraction=0.3), Target(pct=5.0, fraction=0.3), Target(pct=10.0, fraction=0.4))
        self.say(e.PositionOpened(symbol=symbol, entry=order.entry, targets=targets), signal.trace)
        self.quote(symbol, last)
        self.lasts[symbol] = last
        stop = price * (1.03 if short else 0.97)
        rule, level = ("trailing", last * 0.989) if last > price and not short else ("stop", stop)
        self.say(e.ExitLevelMoved(symbol=symbol, level=ExitLevel(rule=rule, price=level)), signal.trace)
        return signal.trace

    def leave(self, symbol: str, trace: str, price: str, pnl: str) -> None:
        """A full exit with its attribution."""
        self.at += timedelta(seconds=600)
        decision = ExitDecision(rule="trailing", quantity=Decimal(4), full=True, reason="1.5 % from 136.40")
        self.say(e.ExitDecided(symbol=symbol, decision=decision), trace)
        order = Order(
            client_order_id=client_order_id(symbol, "exit1", trace),
            trace=trace,
            symbol=symbol,
            leg="exit1",
            side=Side.SELL,
            quantity=Decimal(4),
            limit=Decimal(price),
            decision_price=Decimal(price),
            placed_at=self.at,
            expires_at=self.at + timedelta(seconds=60),
            exit=decision,
        )
        self.say(e.OrderPlaced(order=order), trace)
        name = order.client_order_id
        filled = e.OrderFilled(
            client_order_id=name, execution_id=f"x-{name}", quantity=Decimal(4), price=Decimal(price)
        )
        self.say(filled, trace, after=0.4)
        gain = Decimal(pnl)
        outcome = Outcome(
            id=f"o-{trace}",
            trace=trace,
            symbol=symbol,
            direction=Direction.BULLISH,
            side=PositionSide.LONG,
            quantity=Decimal(4),
            entry_price=Decimal("131.20"),
            exit_price=Decimal(price),
            opened_at=START,
            closed_at=self.at,
            pnl=gain,
            fees=Decimal(0),
            pnl_pct=2.36 if gain > 0 else -1.92,
            reasons=("trailing",),
            regime=Regime.MIXED,
            contributions={"options_flow": 2.2, "whale_persistence": 0.2},
            credit={"options_flow": gain * Decimal("0.9"), "whale_persistence": gain * Decimal("0.1")},
        )
        self.say(e.PositionClosed(outcome=outcome), trace)
        won, lost = (0.9, 0.0) if gain > 0 else (0.0, 0.9)
        before = self.belief.get("MIXED/options_flow", Cell())
        self.learned("MIXED/options_flow", before.alpha + won, before.beta + lost, trace)

    def learned(self, cell: str, alpha: float, beta: float, trace: str = "", *, learner: str = LEARNER) -> None:
        """A belief moves; without a trace by a trade of an earlier day."""
        before, after = self.belief.get(cell, Cell()), Cell(alpha=alpha, beta=beta)
        trace = trace or trace_of(SOURCE, f"earlier {cell}")
        outcome = f"o-{trace}"
        self.say(e.BeliefUpdated(learner=learner, cell=cell, before=before, after=after, outcome=outcome), trace)
        self.belief[cell] = after

    def queue(self, symbol: str, score: float) -> None:
        """A signal that met a rate limit."""
        signal = self.signal(symbol, Direction.BEARISH, score, 402.5)
        self.judged(signal, DecisionKind.QUEUED, "venue limited in PANIC", self.all_pass())
        queued = e.SignalQueued(
            signal=signal,
            queued_at=self.at,
            expires_at=self.at + timedelta(seconds=900),
            attempts=1,
            reason="429 at submit",
        )
        self.say(queued, signal.trace)

    def write(self, folder: Path, gauges: dict[str, object] | None = None) -> Path:
        """The journal of the story so far, with gauges as of its last event."""
        journal = Journal.open(folder)
        journal.append(self.told)
        journal.commit()
        beat = {"pid": 1, "speed": 60, "started": START.isoformat(), "at_session": self.at.isoformat()}
        limits: dict[str, object] = {"limits": {"concentration_pct": 70.0}}
        journal.set_gauges(self.at, {"heartbeat": beat, **limits, **(gauges or {})})
        journal.close()
        return folder


def good_day() -> Story:
    """Seven positions, one working order, two closed trades, two blocks."""
    story = Story()
    story.turn(Regime.MIXED)
    story.account("10012")
    story.learned("MIXED/options_flow", 13.2, 11.7)
    story.learned("MIXED/whale_persistence", 2.9, 5.6)
    story.learned("RISK_ON/options_flow", 31.4, 18.2)
    story.learned("RISK_ON/temporal_motif", 6.1, 14.9)
    won = story.enter("MSFT", "4", 131.2, last=134.3, score=3.4)
    story.leave("MSFT", won, "134.30", "12.40")
    lost = story.enter("TSLA", "4", 131.2, last=128.7, score=2.8)
    story.leave("TSLA", lost, "128.68", "-10.08")
    story.enter("JPM", "3", 240.1, last=241.22, score=3.1)
    story.enter("XOM", "9", 104.5, last=104.1, score=2.9, short=True)
    story.enter("AAPL", "5", 212.4, last=213.05, score=3.8)
    story.block("MSFT", Direction.BULLISH, 3.4, "concentration 71.2 > 70 %; ignition: no bars")
    story.enter("AMD", "6", 98.02, last=97.75, score=3.3)
    story.enter("META", "2", 590.0, last=594.1, score=4.3)
    story.enter("SPY", "3", 571.2, last=571.2, score=2.9)
    story.enter("NVDA", "14", 131.2, last=132.88, score=4.1)
    story.block("QQQ", Direction.BEARISH, 2.8, "ignition +0.04 > -0.2 %")
    story.order(story.signal("GOOG", Direction.BULLISH, 3.9, 166.1), "5")
    story.look_again()
    story.account("10012")
    story.compared()
    return story


def bad_day() -> Story:
    """Halted, PANIC, a full queue, a quarantined plugin, a stale account, and markup in the data."""
    story = Story(mode="live", shadows=(LEARNER,))
    story.turn(Regime.MIXED)
    story.account("9312.50")
    story.learned("MIXED/options_flow", 4.2, 31.7)
    story.learned("PANIC/options_flow", 160.1, 88.0)
    story.learned(f"PANIC/{MARKUP}", 2.2, 2.4, learner="learners.other")
    story.say(e.LearnerFrozen(learner=LEARNER, frozen=True, who="kim"))
    story.enter(MARKUP[:5], "14", 131.2, last=118.9, score=4.1)
    story.enter("AMD", "60", 98.02, last=88.1, score=3.3)
    story.turn(Regime.PANIC)
    for index in range(200):
        story.queue(f"Q{index:03}", 3.0 + index % 20 / 10)
    story.block("EVIL", Direction.BULLISH, 3.4, f"{MARKUP} \x1b[31mescape [b]bold[/b] [@click=app.bell]click[/]")
    order = story.order(story.signal("HOOD", Direction.BULLISH, 3.9, 66.1), "5")
    until = story.at + timedelta(seconds=600)
    story.say(e.RateLimited(client_order_id=order.client_order_id, until=until), order.trace)
    for _ in range(5):
        story.say(e.PluginFailed(plugin="gates.ignition", reason=f"KeyError: {MARKUP}"))
    story.say(e.PluginQuarantined(plugin="gates.ignition", failures=5))
    story.compared(
        e.DifferenceFound(
            symbol="AMD", case=DifferenceCase.DIFFERS, ours=Decimal(60), theirs=Decimal(20), their_price=Decimal(97)
        ),
        e.DifferenceFound(
            symbol="IWM",
            case=DifferenceCase.MISSING_HERE,
            ours=Decimal(0),
            theirs=Decimal(-3),
            their_price=Decimal("210.5"),
        ),
        orders=(
            BrokerOrder(
                client_order_id="by-hand",
                venue_order_id="61e69015",
                symbol="KO",
                side=Side.BUY,
                quantity=Decimal(5),
                limit=Decimal(66),
                filled=Decimal(0),
                status="new",
            ),
        ),
    )
    story.look_again()
    story.say(
        e.HaltLatched(level=HaltLevel.REDUCE, reason=f"daily loss 4.1 > 4 % {MARKUP}", who="risk_limits"), after=95
    )
    return story


def plugin_gauge() -> dict[str, object]:
    """What an engine says of its plugins."""
    told: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("sources.recording", "Replays a recorded session", {"files": ["session.jsonl"]}),
        ("scorers.options_flow", "Net aggressive premium of the last hour", {"weight": 2.4}),
        ("gates.concentration", "Net long delta against its limit", {"limit_pct": 70.0, "on_error": "open"}),
        ("gates.ignition", "Momentum of the last two bars", {"change_pct": 0.2, "on_error": "closed"}),
        ("gates.pace", "Entries per minute", {"per_minute": 6}),
    )
    listed = []
    for index, (key, summary, settings) in enumerate(told):
        kind, _, name = key.partition(".")
        listed.append(
            {
                "key": key,
                "kind": kind,
                "name": name,
                "enabled": name != "pace",
                "loaded": name != "pace",
                "summary": summary,
                "settings": settings,
                "origin": dict.fromkeys(settings, "config.toml:12"),
                "problem": None,
                "calls": 1200 * index,
                "failures": 0,
                "p50_us": 12.4 * index,
                "p99_us": 87.0 * index,
            }
        )
    return {"plugins": listed}
