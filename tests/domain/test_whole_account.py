"""The whole account counts: options by their delta, a person's orders by shares, dollars and legs."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tidegate.core.domain import events as e
from tidegate.core.domain.folding.fold import fold
from tidegate.core.domain.net_delta import exposures, net_delta, net_delta_pct
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.state import State, Symbol
from tidegate.core.domain.values import OPTION, DeltaOrigin, OptionMark, PositionSide, Result, Side, contract_of
from tidegate.core.domain.values.broker import HELD, Account, BrokerOrder, BrokerPosition
from tidegate.core.domain.values.differences import Difference, DifferenceCase
from tidegate.core.domain.views import dashboard
from tidegate.output import presenting, text
from tidegate.plugins.gates.concentration import Concentration
from tidegate.testing import NOW, a_position, a_signal, a_state, run_gate

CALL, PUT, JUNK = "SPY261218C00600000", "SPY261218P00500000", "SPY1261218C00600000"
EQUITY = 100_000


def account() -> State:
    """An account of 100,000 USD with no position; SPY at 600, KO at 50."""
    money = Decimal(EQUITY)
    state = a_state(account=Account(at=NOW, equity=money, cash=money, buying_power=money))
    state.positions.clear()
    state.symbols = {"SPY": Symbol(door=Door(price=600.0, at=NOW)), "KO": Symbol(door=Door(price=50.0, at=NOW))}
    state.at = NOW
    return state


def contracts(symbol: str, count: int) -> BrokerPosition:
    side = PositionSide.LONG if count > 0 else PositionSide.SHORT
    return BrokerPosition(
        symbol=symbol, side=side, quantity=Decimal(abs(count)), average_price=Decimal(6), asset_class=OPTION
    )


def an_order(symbol: str, side: Side, quantity: str = "0", **more: object) -> BrokerOrder:
    made = BrokerOrder(
        client_order_id=f"theirs {symbol}",
        venue_order_id=f"id {symbol} {side}",
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        filled=Decimal(0),
        status="new",
    )
    return replace(made, **more)


def a_mark(symbol: str, delta: float | None, *, age_s: float = 0.0, reason: str = "") -> OptionMark:
    contract = contract_of(symbol)
    assert contract is not None
    origin = DeltaOrigin.VENUE if delta is not None else None
    at = NOW - timedelta(seconds=age_s)
    return OptionMark(contract=contract, at=at, underlying_price=600.0, delta=delta, origin=origin, reason=reason)


def seen(
    state: State,
    *positions: BrokerPosition,
    orders: tuple[BrokerOrder, ...] = (),
    marks: Mapping[str, float] | None = None,
) -> State:
    """The broker's book was read, and a source told these contracts' deltas."""
    told: list[e.AnyEvent] = [e.BrokerSeen(asked_at=NOW, positions=positions, orders=orders)]
    told += [e.OrderForeign(order=order) for order in orders]
    told += [e.OptionSeen(source="test", mark=a_mark(symbol, delta)) for symbol, delta in (marks or {}).items()]
    for event in told:
        fold(state, e.Recorded(state.seq + 1, NOW, "", event))
    return state


def test_ten_long_calls_an_order_by_dollars_and_shares_bought_by_hand_count_to_the_dollar() -> None:
    bought = an_order("KO", Side.BUY, notional=Decimal(1500))
    state = seen(account(), contracts(CALL, 10), orders=(bought,), marks={CALL: 0.05})
    state.ignored["KO"] = Difference(DifferenceCase.MISSING_HERE, Decimal(0), Decimal(20), Decimal(48))
    parts = exposures(state)
    assert parts is not None
    assert [(each.symbol, each.market_value, each.working, each.ours) for each in parts] == [
        ("KO", 1_000.0, False, False),
        ("SPY", 30_000.0, False, False),
        ("KO", 1_500.0, True, False),
    ]
    assert net_delta_pct(state) == pytest.approx(32.5)
    book = dashboard(state).book
    assert (book.held, book.options, book.working) == (31_000.0, 30_000.0, 1_500.0)
    shown = text.status(presenting.status(state, pid=None, started=None, folder="here"))
    assert "net delta    32.5 % of equity" in shown
    assert run_gate(Concentration(limit_pct=32.0), a_signal(), state).result is Result.BLOCK
    assert run_gate(Concentration(limit_pct=33.0), a_signal(), state).result is Result.PASS


def test_a_short_call_and_a_long_put_lower_the_net_delta() -> None:
    state = seen(account(), contracts(CALL, -1), contracts(PUT, 2), marks={CALL: 0.5, PUT: -0.25})
    assert net_delta_pct(state) == pytest.approx(-60.0)


@pytest.mark.parametrize(
    ("limit", "result"), [(59.0, Result.UNKNOWN), (60.0, Result.PASS), (0.5, Result.UNKNOWN), (70.0, Result.PASS)]
)
def test_a_contract_without_a_delta_makes_the_gate_unknown_only_when_the_limit_lies_between_what_it_can_be(
    limit: float, result: Result
) -> None:
    verdict = run_gate(Concentration(limit_pct=limit), a_signal(), seen(account(), contracts(JUNK, 1)))
    assert verdict.result is result
    if result is Result.UNKNOWN:
        assert verdict.reason == f"between 0.0 and 60.0 %: {JUNK} has no delta: adjusted contract"


def test_a_book_that_is_too_long_whatever_the_contract_does_is_blocked() -> None:
    state = seen(account(), contracts(JUNK, 1))
    state.positions["KO"] = a_position(symbol="KO", quantity=Decimal(1_500))
    assert run_gate(Concentration(), a_signal(), state).result is Result.BLOCK


@pytest.mark.parametrize(
    ("symbol", "reason"),
    [
        ("NOT AN OPTION", "NOT AN OPTION: symbol not understood"),
        ("XYZ261218C00100000", "XYZ261218C00100000 has no price of XYZ"),
    ],
)
def test_what_has_not_even_bounds_is_named_everywhere_and_never_counts_as_nothing(symbol: str, reason: str) -> None:
    state = seen(account(), contracts(symbol, 1))
    assert exposures(state) is None
    assert net_delta(state) is None
    assert dashboard(state).book.why == reason
    verdict = run_gate(Concentration(), a_signal(), state)
    assert (verdict.result, verdict.reason) == (Result.UNKNOWN, reason)
    assert f"unknown: {reason}" in text.status(presenting.status(state, pid=None, started=None, folder="here"))


def test_a_mark_that_is_too_old_is_no_delta() -> None:
    state = seen(account(), contracts(CALL, 1))
    state.options[CALL] = a_mark(CALL, 0.5, age_s=901.0)
    net = net_delta(state)
    assert net is not None
    assert (net.low, net.high, net.reason) == (0.0, 60.0, f"{CALL} has no delta: 901 s old")


def test_a_coin_counts_at_the_brokers_price_and_without_one_is_named() -> None:
    coin = BrokerPosition(
        symbol="BTC/USD",
        side=PositionSide.LONG,
        quantity=Decimal("0.5"),
        average_price=Decimal(1),
        asset_class="crypto",
    )
    assert net_delta_pct(seen(account(), replace(coin, price=Decimal(60_000)))) == pytest.approx(30.0)
    assert dashboard(seen(account(), coin)).book.why == "BTC/USD (crypto) has no price"


@pytest.mark.parametrize(
    ("order", "dollars"),
    [
        (an_order("KO", Side.BUY, "100", limit=Decimal(49)), 4_900.0),
        (an_order("KO", Side.BUY, "100"), 5_000.0),
        (an_order("KO", Side.SELL, "100", limit=Decimal(51)), -5_100.0),
        (an_order("KO", Side.BUY, "100", filled=Decimal(60), limit=Decimal(50)), 2_000.0),
        (an_order("KO", Side.SELL, "100", status=HELD, limit=Decimal(60)), 0.0),
        (an_order("KO", Side.SELL, notional=Decimal(700)), -700.0),
        (an_order(CALL, Side.BUY, "2", asset_class=OPTION, limit=Decimal(6)), 60_000.0),
    ],
)
def test_an_order_of_a_person_counts_at_what_is_left_of_it(order: BrokerOrder, dollars: float) -> None:
    state = seen(account(), orders=(order,), marks={CALL: 0.5})
    assert sum(each.market_value for each in exposures(state) or ()) == pytest.approx(dollars)


@pytest.mark.parametrize(("quantity", "dollars"), [("100", 5_000.0), ("150", 2_500.0)])
def test_an_order_that_closes_counts_only_for_what_it_would_turn_round(quantity: str, dollars: float) -> None:
    state = seen(account(), orders=(an_order("KO", Side.SELL, quantity),))
    state.positions["KO"] = a_position(symbol="KO", quantity=Decimal(100))
    assert sum(each.market_value for each in exposures(state) or ()) == pytest.approx(dollars)


def test_what_is_gone_from_the_brokers_book_is_forgotten() -> None:
    state = seen(account(), contracts(CALL, 1), orders=(an_order("KO", Side.BUY, "1"),), marks={CALL: 0.5})
    seen(state)
    assert (state.options, state.foreign, exposures(state)) == ({}, {}, [])


@given(st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.floats(0, 1)), min_size=1, max_size=3))
def test_net_delta_is_linear_in_contracts_odd_in_side_and_does_not_care_for_the_order_of_rows(
    rows: list[tuple[int, float]],
) -> None:
    named = [(f"SPY261218C00{600 + at:03}000", count, delta) for at, (count, delta) in enumerate(rows)]
    marks = {symbol: delta for symbol, _, delta in named}
    expected = sum(count * 100 * delta * 600.0 for _, count, delta in named) / EQUITY * 100.0
    for turned in permutations(named):
        held = [contracts(symbol, count) for symbol, count, _ in turned]
        assert net_delta_pct(seen(account(), *held, marks=marks)) == pytest.approx(expected)
    doubled = [contracts(symbol, -2 * count) for symbol, count, _ in named]
    assert net_delta_pct(seen(account(), *doubled, marks=marks)) == pytest.approx(-2 * expected)
