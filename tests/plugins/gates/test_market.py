"""The gates spread and exposure, at their edges."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tidegate import Account, Alert, Order, PositionSide, Quote, Result, Side, Signal, State, Verdict, WorkingOrder
from tidegate.core.domain.values import OnError
from tidegate.plugins.gates.exposure import ExposureGate
from tidegate.plugins.gates.spread import Spread
from tidegate.testing import NOW, a_position, a_quote, a_signal, a_state, an_alert, run_gate

# ---- spread


@pytest.mark.parametrize(
    ("bid", "ask", "result"),
    [
        (99.75, 100.25, Result.PASS),  # exactly 50 bps
        (99.749, 100.251, Result.BLOCK),
        (100.0, 100.0, Result.PASS),  # locked
        (0.798, 0.802, Result.PASS),  # 50 bps as well, in numbers that float cannot hold
    ],
)
def test_a_spread_of_exactly_fifty_basis_points_passes(bid: float, ask: float, result: Result) -> None:
    verdict = run_gate(Spread(), a_signal(), a_state(a_quote(bid=bid, ask=ask)))
    assert (verdict.result, verdict.limit, verdict.unit) == (result, 50.0, "bps")
    assert verdict.measured == pytest.approx((ask - bid) / (ask + bid) * 20_000)


@pytest.mark.parametrize(
    ("quotes", "reason"),
    [
        ([], "no bid and ask seen"),
        ([a_quote(bid=None, ask=None)], "no bid and ask seen"),
        ([a_quote(bid=None)], "no bid and ask seen"),
        ([a_quote(symbol="QQQ")], "no bid and ask seen"),
        ([a_quote(at=NOW - timedelta(seconds=61))], "bid and ask are 61 s old"),
        ([a_quote(bid=0.0)], "bid 0 and ask 100.01 make no market"),
        ([a_quote(bid=100.02)], "bid 100.02 and ask 100.01 make no market"),
    ],
    ids=["none", "a price alone", "one side", "another symbol", "old", "no bid", "crossed"],
)
def test_without_a_fresh_market_the_spread_is_unknown_and_its_policy_decides(quotes: list[Quote], reason: str) -> None:
    verdict = run_gate(Spread(), a_signal(), a_state(*quotes))
    assert (verdict.result, verdict.reason, verdict.policy, verdict.blocks) == (Result.UNKNOWN, reason, "open", False)
    assert run_gate(Spread(on_error=OnError.CLOSED), a_signal(), a_state(*quotes)).blocks


def test_a_quote_exactly_as_old_as_allowed_is_known() -> None:
    assert run_gate(Spread(), a_signal(), a_state(a_quote(at=NOW - timedelta(seconds=60)))).result is Result.PASS


def test_a_touch_of_which_one_side_has_left_is_none() -> None:
    verdict = run_gate(Spread(), a_signal(), a_state(a_quote(at=NOW - timedelta(seconds=3)), a_quote(ask=None)))
    assert (verdict.result, verdict.reason) == (Result.UNKNOWN, "no bid and ask seen")


def test_the_price_in_an_alert_is_no_price() -> None:
    state = a_state(a_quote(at=NOW - timedelta(seconds=3)), an_alert(underlying_price=101.0))
    assert state.price("SPY") == 100.0
    assert run_gate(Spread(), a_signal(), state).result is Result.PASS


def test_an_older_quote_does_not_replace_a_newer_one() -> None:
    state = a_state(a_quote(), a_quote(at=NOW - timedelta(seconds=30), bid=90.0, ask=110.0))
    assert run_gate(Spread(), a_signal(), state).measured == pytest.approx(2.0)


# ---- exposure: 100 USD a share


def account(equity: int) -> Account:
    return Account(at=NOW, equity=Decimal(equity), cash=Decimal(0), buying_power=Decimal(1_000_000))


def quoted(*symbols: str) -> list[Quote]:
    return [a_quote(symbol=symbol) for symbol in symbols]


def in_sector(symbol: str, sector: str) -> Alert:
    return an_alert(id=symbol, symbol=symbol, sector=sector)


def exposed(state: State, signal: Signal | None = None, **settings: Any) -> Verdict:  # noqa: ANN401 - any field
    return run_gate(ExposureGate(**settings), signal or a_signal(score=4.0), state)


def entry_order(symbol: str, quantity: int, side: Side = Side.BUY) -> dict[str, WorkingOrder]:
    order = Order(
        client_order_id=f"tg-{symbol}-entry1-x",
        trace="x",
        symbol=symbol,
        leg="entry1",
        side=side,
        quantity=Decimal(quantity),
        limit=Decimal(100),
        decision_price=Decimal(100),
        placed_at=NOW,
        expires_at=NOW + timedelta(minutes=1),
        entry=a_position().entry,
    )
    return {order.client_order_id: WorkingOrder(order=order)}


@pytest.mark.parametrize(("equity", "result"), [(6_000, Result.PASS), (5_999, Result.BLOCK)])
def test_an_order_of_exactly_a_tenth_of_equity_passes(equity: int, result: Result) -> None:
    verdict = exposed(a_state(account=account(equity)))  # a score of 4.0 is worth 600 USD
    assert (verdict.result, verdict.limit, verdict.unit) == (result, 10.0, "%")
    assert verdict.measured == pytest.approx(100 * 600 / equity)


@pytest.mark.parametrize("side", PositionSide)
def test_what_is_held_and_what_is_being_entered_count_with_this_order_long_or_short(side: PositionSide) -> None:
    order = Side.SELL if side is PositionSide.LONG else Side.BUY
    held = a_state(a_position(bought=20, side=side), a_quote(), orders=entry_order("SPY", 74, order))
    assert exposed(held).measured == 10.0
    held.orders = entry_order("SPY", 75, order)
    assert (exposed(held).result, exposed(held).reason) == (Result.BLOCK, "too much in SPY")


@pytest.mark.parametrize(("quantity", "result"), [(294, Result.PASS), (295, Result.BLOCK)])
def test_a_sector_holds_thirty_percent_of_equity_this_order_included(quantity: int, result: Result) -> None:
    state = a_state(
        *(in_sector(symbol, "Energy") for symbol in ("SPY", "XOM", "CVX")),
        in_sector("KO", "Food"),
        *quoted("XOM", "SPY", "CVX", "KO"),
        a_position(symbol="XOM", bought=quantity - 100),
        a_position(symbol="CVX", bought=100, side=PositionSide.SHORT),
        a_position(symbol="KO", bought=900),
    )
    verdict = exposed(state)
    assert (verdict.result, verdict.limit) == (result, 30.0)
    assert verdict.measured == pytest.approx(quantity / 10 + 0.6)
    assert verdict.reason == ("Energy" if result is Result.PASS else "too much in Energy")


def test_a_symbol_without_a_sector_is_judged_by_itself_or_unknown_as_the_settings_say() -> None:
    state = a_state(a_position(symbol="QQQ", bought=500), *quoted("QQQ", "SPY"))
    assert exposed(state).result is Result.PASS
    assert exposed(state).reason == "SPY; sector unknown, not judged"
    strict = exposed(state, unknown_sector="closed")
    assert (strict.result, strict.reason, strict.blocks) == (Result.UNKNOWN, "sector unknown", True)
    assert exposed(state, symbol_pct=0.1, unknown_sector="closed").result is Result.BLOCK


@pytest.mark.parametrize(
    ("state", "signal", "reason"),
    [
        (a_state(account=None), a_signal(), "no account seen yet"),
        (a_state(account=account(0)), a_signal(), "equity is not above zero"),
        (a_state(a_position(symbol="QQQ")), a_signal(), "a position has no price"),
        (a_state(), a_signal(decision_price=None), "no fresh price"),
    ],
)
def test_what_cannot_be_added_up_is_unknown_and_blocks(state: State, signal: Signal, reason: str) -> None:
    verdict = exposed(state, signal)
    assert (verdict.result, verdict.reason, verdict.blocks) == (Result.UNKNOWN, reason, True)


@pytest.mark.parametrize("gate", [Spread(), ExposureGate()], ids=lambda gate: gate.name)
def test_these_gates_leave_the_state_alone(gate: Spread | ExposureGate) -> None:
    def busy() -> State:
        return a_state(a_position(), a_quote(), orders=entry_order("QQQ", 3))

    state = busy()
    assert run_gate(gate, a_signal(), state).gate == gate.name
    assert state == busy()
