"""Properties of the domain under arbitrary facts, with the built-in plugins and a small venue that answers at will."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.orders import Order, Status
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Guard, Settings
from tidegate.core.domain.state import State, decode_state, encode_state
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Quote, Reading, Regime, Signal, Verdict
from tidegate.core.domain.values.broker import Account
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit
from tidegate.plugins.exits.time_limit import TimeLimit
from tidegate.plugins.exits.trailing import Trailing
from tidegate.plugins.gates.already_positioned import AlreadyPositioned
from tidegate.plugins.gates.concentration import Concentration
from tidegate.plugins.learners.regime_beta import RegimeBeta
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.plugins.scorers.alerts.temporal_motif import TemporalMotif
from tidegate.testing import NOW, a_signal, a_state, an_alert

SYMBOLS = ("AAA", "BBB", "SPY")


def keyed(*plugins: object) -> tuple[tuple[str, object], ...]:
    return tuple((type(plugin).key(), plugin) for plugin in plugins)  # type: ignore[attr-defined] # every plugin has one


RULES = Rules(
    scorers=keyed(OptionsFlow(), TemporalMotif()),  # type: ignore[arg-type] # keyed() is untyped on purpose
    gates=keyed(Concentration(), AlreadyPositioned()),  # type: ignore[arg-type] # the same
    exits=keyed(Stop(), Trailing(), TargetExit(), TimeLimit(minutes=5.0)),  # type: ignore[arg-type] # the same
    learners=keyed(RegimeBeta(min_evidence=0.5)),  # type: ignore[arg-type] # the same
)

action = st.one_of(
    st.tuples(st.just("alert"), st.sampled_from(SYMBOLS), st.booleans(), st.integers(100, 900)),
    st.tuples(st.just("quote"), st.sampled_from(SYMBOLS), st.booleans(), st.integers(80, 120)),
    st.tuples(st.just("tick"), st.just("SPY"), st.booleans(), st.integers(1, 100)),
    st.tuples(st.just("venue"), st.just("SPY"), st.booleans(), st.integers(0, 5)),
)


class Run:
    """A run of the domain in memory; the venue answers each order as the last "venue" action says."""

    def __init__(self) -> None:
        self.state, self.mood = State(), 0
        self.records: list[e.Recorded] = []
        self.at, self.prices = NOW, dict[str, float]()
        self.take(e.EngineStarted(mode="test", version="0"))
        self.account()

    def take(self, fact: e.Fact) -> None:
        news = admit(self.state, fact, self.at)
        if news is None:
            return
        records, effects = advance(self.state, news, self.at, RULES)
        self.records += records
        for effect in effects:
            if isinstance(effect, e.Submit):
                for answer in self.answers(effect.order):
                    self.take(answer)

    def account(self) -> None:
        cash = Decimal(10_000) + self.state.cash_flow
        self.take(e.AccountSeen(account=Account(at=self.at, equity=Decimal(10_000), cash=cash, buying_power=cash)))

    def look(self, symbol: str, price: float) -> None:
        """A touch, seen again a second later."""
        self.prices[symbol] = price
        for _ in range(2):
            self.at += timedelta(seconds=1)
            self.take(
                e.QuoteSeen(
                    source="s", quote=Quote(symbol=symbol, at=self.at, last=price, bid=price - 0.01, ask=price + 0.01)
                )
            )

    def answers(self, order: Order) -> Iterator[e.Fact]:
        name = order.client_order_id
        if self.mood == 1:
            yield e.RateLimited(client_order_id=name, until=self.at + timedelta(seconds=30))
            return
        if self.mood == 2:
            yield e.OrderRejected(client_order_id=name, code="403", reason="no")
            return
        yield e.OrderAccepted(client_order_id=name, venue_order_id=f"v-{name}")
        half = (order.quantity / 2).to_integral_value()
        parts = [half, order.quantity - half] if self.mood in (3, 4) else [order.quantity]
        for number, part in enumerate(parts[: 1 if self.mood == 4 else 2]):
            if part > 0:
                yield e.OrderFilled(
                    client_order_id=name,
                    execution_id=f"{name}-{number}",
                    quantity=part,
                    price=order.limit,
                    fee=Decimal("0.01"),
                )
        if self.mood == 4:
            yield e.OrderExpired(client_order_id=name)

    def act(self, number: int, kind: str, symbol: str, up: bool, amount: int) -> None:
        self.at += timedelta(seconds=amount if kind == "tick" else 7)
        if kind == "alert":
            self.look(symbol, self.prices.get(symbol, 100.0))
            side = "call" if up else "put"
            alert = an_alert(
                id=f"a{number}",
                symbol=symbol,
                contract=f"{symbol}{number}",
                option_type=side,
                start=self.at,
                at=self.at,
                premium=amount * 1000.0,
                ask_premium=amount * 1000.0,
                bid_premium=0.0,
                volume=9,
                open_interest=0,
                underlying_price=None,
            )
            self.take(e.AlertReceived(source="s", alert=alert))
        elif kind == "quote":
            self.look(symbol, float(amount))
        elif kind == "tick":
            for known, price in self.prices.items():
                self.look(known, price)
            self.take(e.Tick())
            self.account()
        else:
            self.mood = amount


def warm(run: Run) -> Run:
    for symbol in SYMBOLS:
        run.look(symbol, 100.0)
    for number in range(6):
        run.act(1000 + number, "alert", SYMBOLS[number % 2], True, 300 + number * 50)  # noqa: FBT003 - bullish
    return run


actions = st.lists(action, max_size=60)


def played(drawn: list[tuple[str, str, bool, int]]) -> Run:
    run = Run()
    if drawn and drawn[0][2]:  # half of the runs happen in PANIC, where signals queue
        for fact in closes_for(Regime.PANIC, run.at):
            run.take(fact)
    warm(run)
    for number, each in enumerate(drawn):
        run.act(number, *each)
    return run


def test_the_warm_up_opens_positions_so_that_the_properties_are_about_something() -> None:
    assert set(warm(Run()).state.positions) == {"AAA", "BBB"}


def test_a_panic_with_rate_limits_fills_and_works_the_queue() -> None:
    alerts: list[tuple[str, str, bool, int]] = [("alert", "SPY", False, 200 + i) for i in range(4)]
    limited = played([("venue", "SPY", True, 1), *alerts])
    assert len(limited.state.queue) == 1
    drained = played([("venue", "SPY", True, 1), *alerts, ("venue", "SPY", True, 0), ("tick", "SPY", True, 60)])
    assert drained.state.tally.drained == 1
    stale = played([("venue", "SPY", True, 1), *alerts, ("venue", "SPY", True, 0)])
    stale.at += timedelta(seconds=70)
    stale.take(e.Tick())
    assert (len(stale.state.queue), stale.state.tally.dropped) == (1, 0)  # it waits for a price that counts
    refused = played([("venue", "SPY", True, 1), *alerts, ("venue", "SPY", True, 2), ("tick", "SPY", True, 60)])
    assert (refused.state.tally.dropped, refused.state.tally.rejected, refused.state.queue) == (1, 0, {})
    waited = played(
        [("venue", "SPY", True, 1), *alerts, *[("quote", "SPY", True, 100), ("tick", "SPY", True, 100)] * 10]
    )
    assert waited.state.tally.expired == 1


@given(actions, st.integers(0, 400))
def test_folding_a_prefix_from_a_checkpoint_and_then_the_rest_equals_folding_all(
    drawn: list[tuple[str, str, bool, int]], cut: int
) -> None:
    run = played(drawn)
    state = State()
    for record in run.records[:cut]:
        fold(state, record)
    state = decode_state(encode_state(state))
    for record in run.records[cut:]:
        fold(state, e.Recorded(record.seq, record.at, record.trace, e.decode(e.encode(record.event))))
    assert state == run.state


@given(actions)
def test_stepping_the_facts_of_a_journal_again_reproduces_its_events(drawn: list[tuple[str, str, bool, int]]) -> None:
    run = played(drawn)
    state, again = State(), []
    for record in run.records:
        if isinstance(record.event, e.Fact):
            again += advance(state, record.event, record.at, RULES)[0]
    assert again == run.records


@given(actions)
def test_cash_and_shares_are_conserved(drawn: list[tuple[str, str, bool, int]]) -> None:
    run = played(drawn)
    orders: dict[str, Order] = {}
    cash, outcomes = Decimal(0), Decimal(0)
    shares: defaultdict[str, Decimal] = defaultdict(Decimal)
    for record in run.records:
        match record.event:
            case e.OrderPlaced(order=order):
                orders[order.client_order_id] = order
            case e.OrderFilled() as fill:
                order = orders[fill.client_order_id]
                cash -= order.side.sign * fill.quantity * fill.price + fill.fee
                shares[order.symbol] += order.side.sign * fill.quantity
            case e.PositionClosed(outcome=outcome):
                outcomes += outcome.pnl
                assert sum(outcome.credit.values(), Decimal(0)) in (outcome.pnl, Decimal(0))
    held = {name: p.side.sign * p.quantity for name, p in run.state.positions.items()}
    assert {name: total for name, total in shares.items() if total} == held
    assert run.state.cash_flow == cash
    open_cost = sum((p.side.sign * (p.proceeds - p.cost) - p.fees for p in run.state.positions.values()), Decimal(0))
    assert cash == outcomes + open_cost


@given(actions)
def test_every_signal_and_every_queued_signal_is_accounted_for(drawn: list[tuple[str, str, bool, int]]) -> None:
    state = played(drawn).state
    tally = state.tally
    assert tally.queued == tally.drained + tally.dropped + tally.expired + len(state.queue)
    waiting = sum(1 for w in state.orders.values() if w.order.entry is not None and w.venue_order_id is None)
    waiting += sum(1 for item in state.queue.values() if not item.in_flight)
    ended = tally.blocked_signals + tally.rejected + tally.abandoned + tally.dropped + tally.expired
    assert tally.signals == tally.entered + ended + waiting


@given(actions)
def test_an_order_id_is_never_placed_again_once_the_venue_has_it(drawn: list[tuple[str, str, bool, int]]) -> None:
    arrived: set[str] = set()
    for record in played(drawn).records:
        match record.event:
            case e.OrderPlaced(order=order):
                assert order.client_order_id not in arrived
            case e.OrderAccepted(client_order_id=name):
                arrived.add(name)
            case _:
                pass


@given(actions)
def test_a_position_never_lacks_its_trace_modifier_and_ignition_status(drawn: list[tuple[str, str, bool, int]]) -> None:
    for position in played(drawn).state.positions.values():
        assert position.entry.trace.startswith("uw_")
        assert position.entry.regime_modifier in (0.5, 1.0, 1.2)
        assert position.entry.ignition_status == "not_checked"


class Raising:
    on_error = "closed"

    def __init__(self, error: Exception | object) -> None:
        self.error = error

    def check(self, signal: Signal, state: State) -> Verdict:
        if isinstance(self.error, Exception):
            raise self.error
        return self.error  # type: ignore[return-value] # nonsense on purpose


nonsense = st.one_of(
    st.none(), st.integers(), st.text(), st.sampled_from([ValueError("x"), KeyError(1), RecursionError()])
)


@given(st.lists(nonsense, min_size=1, max_size=8))
def test_no_gates_exception_or_nonsense_leaves_the_judge(answers: list[object]) -> None:
    gates = tuple((f"gates.g{i}", Raising(answer)) for i, answer in enumerate(answers))
    rules = Rules(gates=gates, settings=Settings(guard=Guard(max_failures=1)))  # type: ignore[arg-type] # on purpose
    state = a_state()
    records, _ = advance(state, e.Tick(), NOW, rules)
    records, _ = advance(state, e.SignalScored(signal=a_signal()), NOW, rules)  # type: ignore[arg-type] # as if scored
    judged = [r.event for r in records if isinstance(r.event, e.SignalJudged)]
    assert len(judged) == 1
    assert all(v.blocks for v in judged[0].judgement.verdicts if v.gate != "size")
    assert sorted(state.quarantined) == sorted(key for key, _ in gates)


regimes = st.sampled_from([Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC])


def closes_for(regime: Regime, at: datetime) -> Iterator[e.Fact]:
    move = {Regime.RISK_ON: 0.002, Regime.MIXED: 0.0115, Regime.RISK_OFF: 0.018, Regime.PANIC: 0.04}[regime]
    price = 100.0
    for day in range(70):
        price *= 1.0 + (move if day % 2 else -move) + 0.0003
        when = at - timedelta(days=70 - day)
        yield e.ReadingSeen(
            source="s", reading=Reading(name="daily_close", symbol="SPY", at=when, value=price, max_age_s=1e6)
        )


@pytest.mark.parametrize("regime", [Regime.RISK_ON, Regime.MIXED, Regime.RISK_OFF, Regime.PANIC])
def test_an_outcome_moves_only_cells_of_the_regime_at_its_entry(regime: Regime) -> None:
    run = Run()
    for fact in closes_for(regime, run.at):
        run.take(fact)
    assert run.state.regime.regime is regime
    warm(run)
    for position in list(run.state.positions):
        run.act(1, "quote", position, True, 120)  # noqa: FBT003 - up
    cells = [cell for belief in run.state.beliefs.values() for cell in belief]
    assert cells
    assert {cell.partition("/")[0] for cell in cells} == {regime.value}
    assert run.state.orders == {}
    assert all(w.status is Status.FILLED for w in run.state.done.values())
