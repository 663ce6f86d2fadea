"""Kit for tests of plugins: sound values to start from, and plugins asked the way the engine asks them.

    from tidegate.testing import a_signal, a_state, run_gate

    def test_a_weak_signal_is_blocked() -> None:
        assert run_gate(Threshold(min_score=3.0), a_signal(score=2.9), a_state()).blocks

Every builder takes any field of its value by keyword. They agree with each other: symbol SPY, bullish, price 100 USD,
time `NOW`, an account with 100,000 USD.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from msgspec.structs import replace

from tidegate import (
    Account,
    Alert,
    Bar,
    Cluster,
    Component,
    Direction,
    Entry,
    Gate,
    Outcome,
    Position,
    PositionSide,
    Quote,
    Regime,
    Signal,
    State,
    Verdict,
    trace_of,
)
from tidegate.core.clock import ManualClock
from tidegate.core.domain.equity import Equity
from tidegate.core.domain.events import AccountSeen, AlertReceived, BarSeen, QuoteSeen, Recorded
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.signals.judging import judge

__all__ = [
    "NOW",
    "ManualClock",
    "a_bars",
    "a_cluster",
    "a_position",
    "a_quote",
    "a_signal",
    "a_state",
    "an_alert",
    "an_outcome",
    "run_gate",
]

NOW = datetime(2025, 3, 12, 15, 0, tzinfo=UTC)
SYMBOL = "SPY"
SOURCE = "test"
TRACE = trace_of(SOURCE, "alert-1")


def an_alert(**changes: object) -> Alert:
    """A call bought for 200,000 USD that passes the base filter; `at` is the time it counts from."""
    alert = Alert(
        id="alert-1",
        symbol=SYMBOL,
        contract="SPY250314C00100000",
        option_type="call",
        strike=100.0,
        expiry=date(2025, 3, 14),
        start=NOW - timedelta(seconds=5),
        at=NOW,
        premium=200_000.0,
        ask_premium=180_000.0,
        bid_premium=20_000.0,
        volume=5_000,
        open_interest=1_000,
    )
    return replace(alert, **changes)


def a_quote(**changes: object) -> Quote:
    """A quote of 100 USD, two cents wide; bid and ask stand around another `last` as well."""
    last = changes.get("last", 100.0)
    touch = {"bid": round(last - 0.01, 4), "ask": round(last + 0.01, 4)} if isinstance(last, float) else {}
    return replace(Quote(symbol=SYMBOL, at=NOW, last=100.0), **{**touch, **changes})


def a_bars(*prices: float, symbol: str = SYMBOL, end: datetime = NOW) -> list[Bar]:
    """1-minute bars through `prices`, oldest first: three prices make two bars, the last of which ends at `end`."""
    minute = timedelta(minutes=1)
    bars, start = [], end - minute * (len(prices) - 1)
    for first, last in pairwise(prices):
        low, high = sorted((first, last))
        bars.append(Bar(symbol=symbol, start=start, end=start + minute, open=first, high=high, low=low, close=last))
        start += minute
    return bars


def a_cluster(**changes: object) -> Cluster:
    """A bullish cluster of one member, completed `NOW`."""
    cluster = Cluster(symbol=SYMBOL, direction=Direction.BULLISH, trace=TRACE, newest=NOW, members=(TRACE,))
    return replace(cluster, **changes)


def a_signal(**changes: object) -> Signal:
    """A bullish signal with score 4.0 and one known component."""
    signal = Signal(
        trace=TRACE,
        symbol=SYMBOL,
        direction=Direction.BULLISH,
        at=NOW,
        newest=NOW,
        members=(TRACE,),
        components={"options_flow": Component(value=0.5, weight=2.4)},
        coverage=1.0,
        freshness=1.0,
        regime=Regime.MIXED,
        regime_modifier=1.0,
        score=4.0,
        decision_price=100.0,
    )
    return replace(signal, **changes)


def a_position(*, bought: Decimal | int = 10, **changes: object) -> Position:
    """A long position of `bought` shares, entered by `a_signal` at 100 USD ten minutes before `NOW`."""
    signal, shares, opened = a_signal(), Decimal(bought), NOW - timedelta(minutes=10)
    entry = Entry(
        trace=TRACE,
        at=opened,
        direction=signal.direction,
        score=signal.score,
        components=signal.components,
        coverage=signal.coverage,
        regime=signal.regime,
    )
    position = Position(
        symbol=SYMBOL,
        side=PositionSide.LONG,
        quantity=shares,
        original_quantity=shares,
        cost=shares * 100,
        opened_at=opened,
        updated_at=opened,
        high_water=100.0,
        entry=entry,
    )
    return replace(position, **changes)


def an_outcome(**changes: object) -> Outcome:
    """A closed trade of ten shares that won 20 USD in MIXED, all of it credited to options_flow."""
    outcome = Outcome(
        id=TRACE,
        trace=TRACE,
        symbol=SYMBOL,
        direction=Direction.BULLISH,
        side=PositionSide.LONG,
        quantity=Decimal(10),
        entry_price=Decimal(100),
        exit_price=Decimal(102),
        opened_at=NOW - timedelta(minutes=10),
        closed_at=NOW,
        pnl=Decimal(20),
        fees=Decimal(0),
        pnl_pct=2.0,
        reasons=("target",),
        regime=Regime.MIXED,
        contributions={"options_flow": 1.2},
        credit={"options_flow": Decimal(20)},
    )
    return replace(outcome, **changes)


def a_state(*seen: Alert | Quote | Bar | Position, **changes: object) -> State:
    """The engine's state at `NOW` after it has seen these values, folded the way the engine folds them.

    Oldest first. A quote that the door for prices would doubt is seen a second before as well: its witness. The
    account holds 100,000 USD as of `NOW`. `changes` are fields of State, set last.
    """
    state, usd = State(at=NOW), Decimal(100_000)
    account = Account(at=NOW, equity=usd, cash=usd, buying_power=usd)
    for value in (replace(account, at=NOW - timedelta(seconds=60)), account, *seen):
        if isinstance(value, Position):
            state.positions[value.symbol] = value
            continue
        if isinstance(value, Quote) and _doubted(state, value):
            fold(state, _recorded(replace(value, at=value.at - timedelta(seconds=1)), state.seq + 1))
        fold(state, _recorded(value, state.seq + 1))
    told = {"equity": Equity()} if "account" in changes else {}  # the readings of another account
    return replace(state, **{"at": NOW, **told, **changes})


def _doubted(state: State, quote: Quote) -> bool:
    known = state.symbols.get(quote.symbol)
    price = state.last_price(quote.symbol)
    newer = known is None or known.quote is None or (quote.at - known.quote.at).total_seconds() > 1.0
    return newer and (price is None or abs(quote.told - price) * 100.0 > price * state.prices.jump_pct)


def _recorded(value: Account | Alert | Quote | Bar, seq: int) -> Recorded:
    match value:
        case Account():
            return Recorded(seq, value.at, "", AccountSeen(account=value))
        case Alert():
            return Recorded(seq, value.at, trace_of(SOURCE, value.id), AlertReceived(source=SOURCE, alert=value))
        case Quote():
            return Recorded(seq, value.at, "", QuoteSeen(source=SOURCE, quote=value))
        case Bar():
            return Recorded(seq, value.end, "", BarSeen(source=SOURCE, bar=value))


def run_gate(gate: Gate, signal: Signal, state: State) -> Verdict:
    """The gate's verdict as the engine records it: with its name, and with its policy when it is UNKNOWN or raises."""
    judgement, _ = judge(signal, state, Rules(gates=((gate.key(), gate),)))
    return judgement.verdicts[0]
