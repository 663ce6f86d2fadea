"""Leaving under arbitrary fills, cancels, prices and halts, long and short, at a venue that also holds stops."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tidegate import trace_of
from tidegate.core.domain import events as e
from tidegate.core.domain.orders import Order
from tidegate.core.domain.positions import ExitDecision, ExitLevel, Outcome, Position, Target
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.exit_rules import decide
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Direction, PositionSide
from tidegate.plugins.exits.stop import Stop
from tidegate.plugins.exits.target import TargetExit, due
from tidegate.plugins.exits.trailing import Trailing
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state

SIDES = st.sampled_from([Direction.BULLISH, Direction.BEARISH])
RULES = Rules(exits=tuple((rule.key(), rule) for rule in (Stop(), Trailing(), TargetExit())))

action = st.one_of(
    st.tuples(st.just("enter"), st.just(0)),
    st.tuples(st.just("price"), st.integers(92, 108)),
    st.tuples(st.just("fill"), st.integers(1, 4)),
    st.tuples(st.just("confirm"), st.just(0)),
    st.tuples(st.just("refuse"), st.just(0)),
    st.tuples(st.just("halt"), st.integers(0, 3)),
    st.tuples(st.just("tick"), st.integers(1, 90)),
    st.tuples(st.just("expire"), st.just(0)),
    st.tuples(st.just("exchange"), st.integers(0, 1)),
)


class Run:
    """One symbol at a venue that accepts at once, and fills, cancels and refuses when it is told to."""

    def __init__(self, direction: Direction) -> None:
        self.state, self.at, self.direction = a_state(a_quote()), NOW, direction
        self.working: dict[str, Order] = {}
        self.left: dict[str, Decimal] = {}
        self.unwanted: set[str] = set()
        self.sent: list[str] = []
        self.outcomes: list[Outcome] = []
        self.trades, self.open = 0, True
        self.rules = replace(RULES, is_open=lambda _: self.open)
        self.take(e.EngineStarted(mode="paper", version="0", protects=True))

    def take(self, fact: e.Event) -> None:
        news = admit(self.state, fact, self.at) if isinstance(fact, e.Fact) else fact
        if news is None:
            return
        records, effects = advance(self.state, news, self.at, self.rules)  # type: ignore[arg-type] # signals too, as if scored
        self.outcomes += [each.event.outcome for each in records if isinstance(each.event, e.PositionClosed)]
        for effect in effects:
            if isinstance(effect, e.Submit):
                self.submit(effect.order)
            elif isinstance(effect, e.Cancel):
                self.unwanted.add(effect.order.client_order_id)
        self.check()

    def submit(self, order: Order) -> None:
        name = order.client_order_id
        if order.exit is not None:
            assert self.open
            assert not [other for other in self.working.values() if other.client_order_id != name]
        self.sent.append(name)
        self.working[name], self.left[name] = order, order.quantity
        self.take(e.OrderAccepted(client_order_id=name, venue_order_id=f"v-{name}"))

    def check(self) -> None:
        """What closes is never for more shares than are open."""
        position = self.state.positions.get("SPY")
        closing = [working for working in self.state.orders.values() if working.order.entry is None]
        assert sum(working.remaining for working in closing) <= (position.quantity if position is not None else 0)
        assert len(closing) <= 1

    def end(self, name: str, fact: e.Fact) -> None:
        del self.working[name], self.left[name]
        self.unwanted.discard(name)
        self.take(fact)

    def fill(self, shares: Decimal) -> None:
        for name in list(self.working)[:1]:
            part, order = min(shares, self.left[name]), self.working[name]
            self.left[name] -= part
            fill = e.OrderFilled(
                client_order_id=name, execution_id=f"{name}/{self.left[name]}", quantity=part, price=order.limit
            )
            if self.left[name] == 0:
                self.end(name, fill)
            else:
                self.take(fill)

    def act(self, kind: str, amount: int) -> None:
        self.at += timedelta(seconds=amount if kind == "tick" else 2)
        match kind:
            case "enter" if not self.state.positions and not self.working and self.state.halt is None:
                self.trades += 1
                trace = trace_of("test", f"trade-{self.trades}")
                self.take(e.SignalScored(signal=a_signal(trace=trace, direction=self.direction, at=self.at)))
            case "price":
                self.take(e.QuoteSeen(source="s", quote=a_quote(at=self.at, last=float(amount))))
            case "fill":
                self.fill(Decimal(amount))
            case "exchange":
                self.open = bool(amount)
            case "halt":
                self.halt(amount)
            case "tick":
                self.take(e.Tick())
            case _:
                self.answer(kind)

    def answer(self, kind: str) -> None:
        """The venue confirms the cancels that were asked for, refuses the exits, or lets all but the stops expire."""
        match kind:
            case "confirm":
                for name in sorted(self.unwanted & set(self.working)):
                    self.end(name, e.OrderCanceled(client_order_id=name))
            case "refuse":
                for name in [name for name, order in self.working.items() if order.exit is not None]:
                    self.end(name, e.OrderRejected(client_order_id=name, code="403", reason="held"))
            case "expire":
                for name in [name for name, order in self.working.items() if order.stop is None]:
                    self.end(name, e.OrderExpired(client_order_id=name))

    def halt(self, level: int) -> None:
        """A person halts, or with level 0 releases."""
        args = {"level": ("", "entries", "reduce", "flatten")[level]}
        self.take(e.RequestReceived(id=0, who="me", name="halt" if level else "release", args=args))


@given(SIDES, st.lists(action, max_size=50))
def test_an_exit_goes_out_alone_no_id_is_used_twice_and_flatten_ends_with_nothing_open(
    direction: Direction, drawn: list[tuple[str, int]]
) -> None:
    run = Run(direction)
    end = [("exchange", 1), ("halt", 3), *[("confirm", 0), ("fill", 99), ("tick", 61)] * 6]
    for each in [("enter", 0), ("fill", 2), *drawn, *end]:
        run.act(*each)
    assert (run.state.positions, run.state.orders) == ({}, {})
    assert len(run.sent) == len(set(run.sent))
    assert sum((outcome.pnl for outcome in run.outcomes), Decimal(0)) == run.state.cash_flow


@given(st.lists(action, max_size=40))
def test_under_reduce_no_entry_works_on_once_its_cancel_is_confirmed(drawn: list[tuple[str, int]]) -> None:
    run = Run(Direction.BULLISH)
    for each in [("enter", 0), *drawn, ("halt", 2), ("confirm", 0)]:
        run.act(*each)
    assert not [order for order in run.working.values() if order.entry is not None]


@given(SIDES, st.lists(action, max_size=40))
def test_a_closed_exchange_finds_a_stop_behind_every_position_and_no_exit_on_its_way(
    direction: Direction, drawn: list[tuple[str, int]]
) -> None:
    run = Run(direction)
    end = [("exchange", 0), *[("expire", 0), ("confirm", 0), ("tick", 61)] * 3]
    for each in [("enter", 0), ("fill", 2), *drawn, *end]:
        run.act(*each)
    if (position := run.state.positions.get("SPY")) is not None:
        (stop,) = run.state.orders.values()
        assert (stop.order.stop is not None, stop.remaining) == (True, position.quantity)
        assert position.leaving is None
        assert [index for index in position.targets_hit if due(position, index) > 0] == []


class Wants:
    """An exit that wants so many shares."""

    def __init__(self, index: int, shares: int, *, full: bool) -> None:
        self.index, self.shares, self.full = index, shares, full

    def check(self, position: Position, state: State) -> ExitDecision | None:
        return ExitDecision(
            rule=f"r{self.index}", quantity=Decimal(self.shares), full=self.full, reason="so", targets=(self.index,)
        )

    def level(self, position: Position, state: State) -> ExitLevel | None:
        raise NotImplementedError

    def plan(self) -> tuple[Target, ...]:
        return ()


wishes = st.lists(st.tuples(st.integers(0, 8), st.sampled_from([False, False, True])), max_size=6)


@given(wishes, st.integers(1, 12), st.sampled_from(PositionSide))
def test_partial_exits_add_up_until_the_first_full_one(
    wanted: list[tuple[int, bool]], held: int, side: PositionSide
) -> None:
    rules = Rules(exits=tuple((f"exits.r{k}", Wants(k, shares, full=full)) for k, (shares, full) in enumerate(wanted)))
    decision, failures = decide(a_position(bought=held, side=side), a_state(a_quote()), rules)
    asked = [(k, shares, full) for k, (shares, full) in enumerate(wanted) if shares > 0]
    first = next((k for k, shares, full in asked if full or shares >= held), None)
    total = sum(shares for _, shares, _ in asked)
    assert failures == []
    if not asked:
        assert decision is None
        return
    assert decision is not None
    assert decision.quantity == (held if first is not None else min(held, total))
    assert decision.full == (decision.quantity == held)
    assert decision.targets == ((first,) if first is not None else tuple(k for k, _, _ in asked))
