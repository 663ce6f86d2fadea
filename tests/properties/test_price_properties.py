"""No single false price moves a mark, sends an exit, sizes an order or changes the regime; two that agree do."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Bar, PositionSide, Quote, Reading, Regime
from tidegate.core.domain.values.broker import Account, BrokerPosition
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.plugins.exits.trailing import Trailing
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.testing import NOW, a_position, an_alert

EXITS = tuple((rule.key(), rule) for rule in (Stop(), Trailing(), TargetExit()))
RULES = Rules(exits=EXITS, scorers=((OptionsFlow.key(), OptionsFlow()),))
HELD, WANTED, INDEX = "HELD", "WANT", "SPY"
TRUE = 100.0
prices = st.floats(0.0001, 1e9) | st.floats(80.0, 120.0)


class Market:
    """Ten shares of HELD bought at 100, calm closes of the index, and touches at 100 each second."""

    def __init__(self) -> None:
        self.state, self.at, self.told = State(), NOW, list[e.Event]()
        self.take(e.EngineStarted(mode="test", version="0"))
        money = Decimal(10_000)
        self.take(e.AccountSeen(account=Account(at=self.at, equity=money, cash=money, buying_power=money)))
        for day in range(70):
            close, at = TRUE * (1.0 + day * 1e-4 - 0.0069), self.at - timedelta(days=70 - day)
            reading = Reading(name="daily_close", symbol=INDEX, at=at, value=close, max_age_s=1e7)
            self.take(e.ReadingSeen(source="s", reading=reading))
        self.state.positions[HELD] = a_position(symbol=HELD, targets=TargetExit().plan(), updated_at=NOW)
        self.calm(3)

    def take(self, fact: e.Fact, after_s: float = 0.0) -> None:
        self.at += timedelta(seconds=after_s)
        news = admit(self.state, fact, self.at)
        if news is not None:
            records, _ = advance(self.state, news, self.at, RULES)
            self.told += [record.event for record in records]

    def quote(self, symbol: str, last: float, bid: float | None, ask: float | None) -> None:
        self.take(e.QuoteSeen(source="s", quote=Quote(symbol=symbol, at=self.at, last=last, bid=bid, ask=ask)))

    def calm(self, seconds: int) -> None:
        for _ in range(seconds):
            self.at += timedelta(seconds=1)
            for symbol in (HELD, WANTED, INDEX):
                self.quote(symbol, TRUE, TRUE - 0.01, TRUE + 0.01)

    def alerts(self, symbol: str, underlying: float | None = None) -> None:
        """A cluster."""
        for number in range(3):
            self.at += timedelta(milliseconds=10)
            alert = an_alert(
                id=f"{symbol}{number}{self.at}",
                symbol=symbol,
                contract=f"{symbol}{number}",
                start=self.at,
                at=self.at,
                underlying_price=underlying,
            )
            self.take(e.AlertReceived(source="s", alert=alert))

    def of(self, kind: type[e.Event]) -> list[e.Event]:
        return [event for event in self.told if isinstance(event, kind)]


false_fact = st.one_of(
    st.tuples(st.just("touch"), prices, st.floats(0.0, 0.3)),
    st.tuples(st.just("print"), prices, st.just(0.0)),
    st.tuples(st.just("last beside the true touch"), prices, st.just(0.0)),
    st.tuples(st.just("half a touch"), prices, st.just(0.0)),
    st.tuples(st.just("bar"), prices, st.just(0.0)),
    st.tuples(st.just("broker"), prices, st.just(0.0)),
    st.tuples(st.just("alert"), prices, st.just(0.0)),
    st.tuples(st.just("touch after hours"), prices, st.just(0.0)),
)


def tell(market: Market, symbol: str, kind: str, price: float, width: float) -> None:
    """One fact, as false as it may be."""
    match kind:
        case "touch":
            market.quote(symbol, price, price * (1.0 - width), price * (1.0 + width))
        case "print":
            market.quote(symbol, price, None, None)
        case "last beside the true touch":
            market.quote(symbol, price, TRUE - 0.01, TRUE + 0.01)
        case "half a touch":
            market.quote(symbol, price, None, price)
        case "bar":
            start = market.at - timedelta(minutes=1)
            bar = Bar(symbol=symbol, start=start, end=market.at, open=price, high=price, low=price, close=price)
            market.take(e.BarSeen(source="s", bar=bar))
        case "broker":
            told = Decimal(str(round(price, 4)))
            row = BrokerPosition(
                symbol=symbol, side=PositionSide.LONG, quantity=Decimal(10), average_price=Decimal(100), price=told
            )
            market.take(e.BrokerSeen(positions=(row,) if symbol == HELD and told else ()))
        case "touch after hours":
            quote = Quote(symbol=symbol, at=market.at + timedelta(seconds=30), last=price, bid=price, ask=price)
            advance(market.state, e.QuoteSeen(source="s", quote=quote), market.at, Rules(exits=EXITS, is_open=never))
        case _:
            market.take(
                e.AlertReceived(
                    source="s", alert=an_alert(id="false", symbol=symbol, at=market.at, underlying_price=price)
                )
            )


def never(_: object) -> bool:
    return False


def near(price: float) -> bool:
    """Within the one percent that is no jump."""
    return abs(price / TRUE - 1.0) <= 0.0101


@given(false_fact, st.sampled_from([HELD, INDEX]), st.floats(1.0, 9.0))
def test_no_single_fact_moves_a_mark_sends_an_exit_or_changes_the_regime(
    fact: tuple[str, float, float], symbol: str, later_s: float
) -> None:
    market = Market()
    assert market.state.regime.regime is Regime.RISK_ON
    market.at += timedelta(seconds=1)
    tell(market, symbol, *fact)
    market.at += timedelta(seconds=later_s - 1.0 if fact[0].startswith("touch") else later_s)
    market.calm(3)
    market.take(e.Tick(), 1.0)
    assert market.of(e.ExitDecided) == []
    assert abs(market.state.positions[HELD].high_water / TRUE - 1.0) < 0.0101
    assert market.state.regime.regime is Regime.RISK_ON
    assert market.state.price(symbol) == TRUE


@given(false_fact, st.booleans())
def test_no_single_fact_sizes_an_order(fact: tuple[str, float, float], before: bool) -> None:
    market = Market()
    market.at += timedelta(seconds=1)
    if before:
        tell(market, WANTED, *fact)
    market.alerts(WANTED, None if before else fact[1])
    market.calm(3)
    for placed in market.of(e.OrderPlaced):
        assert isinstance(placed, e.OrderPlaced)
        assert near(float(placed.order.decision_price))


@given(st.floats(50.0, 96.0), st.floats(1.0, 2.5))
def test_two_that_agree_do_all_of_it_within_their_second(price: float, later_s: float) -> None:
    market = Market()
    for _ in range(2):
        market.at += timedelta(seconds=later_s)
        for symbol in (HELD, INDEX):
            market.quote(symbol, price, price - 0.01, price + 0.01)
    (decided,) = market.of(e.ExitDecided)
    assert isinstance(decided, e.ExitDecided)
    assert decided.decision.rule == "stop"
    assert market.state.regime.regime is Regime.PANIC


@given(st.floats(50.0, 96.0))
def test_a_touch_that_stands_does_all_of_it_at_the_next_tick_after_three_seconds(price: float) -> None:
    market = Market()
    market.at += timedelta(seconds=1)
    for symbol in (HELD, INDEX):
        market.quote(symbol, price, price - 0.01, price + 0.01)
    market.take(e.Tick(), 2.9)
    assert (market.of(e.ExitDecided), market.state.regime.regime) == ([], Regime.RISK_ON)
    market.take(e.Tick(), 0.1)
    assert len(market.of(e.ExitDecided)) == 1
    assert market.state.regime.regime is Regime.PANIC


@given(st.floats(101.6, 104.0), st.floats(0.03, 0.3))
def test_a_wide_touch_sells_only_where_both_its_ends_are_past_the_level(high: float, width: float) -> None:
    market = Market()
    for ask in (high, 97.5, 96.9):
        for _ in range(2):
            market.at += timedelta(seconds=1)
            market.quote(HELD, TRUE, ask * (1.0 - width), ask)
        decided = market.of(e.ExitDecided)
        assert len(decided) == (1 if ask < 97.0 else 0)
    (sold,) = decided
    assert isinstance(sold, e.ExitDecided)
    assert sold.decision.measured is not None
    assert abs(sold.decision.measured - -3.1) < 1e-6  # the ask is what it reports
    (placed,) = market.of(e.OrderPlaced)
    assert isinstance(placed, e.OrderPlaced)
    assert float(placed.order.decision_price) == 96.9 * (1.0 - width)  # and the bid what takes the order


def test_an_entry_waits_for_a_price_over_a_restart_and_is_then_blocked_by_name() -> None:
    market = Market()
    market.alerts("NONE")
    assert [type(event) for event in market.told[-1:]] == [e.PriceAwaited]
    market.state = decode_state(encode_state(market.state))
    market.take(e.Tick(), 14.9)
    assert market.of(e.SignalScored) == []
    market.take(e.Tick(), 0.1)
    (judged,) = market.of(e.SignalJudged)
    assert isinstance(judged, e.SignalJudged)
    assert judged.judgement.reason == "size: no market price"
    assert market.state.waiting == {}


def test_an_entry_that_waits_goes_with_the_first_price_that_counts_and_makes_one_signal_only() -> None:
    market = Market()
    market.alerts("LATE")
    market.alerts("LATE")
    for _ in range(2):
        market.at += timedelta(seconds=1)
        market.quote("LATE", 50.0, 49.99, 50.01)
    (scored,) = market.of(e.SignalScored)
    assert isinstance(scored, e.SignalScored)
    assert scored.signal.decision_price == 50.0
    assert len(market.of(e.PriceAwaited)) == 1
