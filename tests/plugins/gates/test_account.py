"""The gates buying_power and risk_limits, at their edges."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tidegate import Account, Gate, Order, Result, Side, State, Status, Verdict, WorkingOrder
from tidegate.core.domain import events as e
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.settings import Size
from tidegate.core.domain.state import Day
from tidegate.core.domain.stepping.step import advance
from tidegate.plugins.gates.buying_power import BuyingPower
from tidegate.plugins.gates.risk_limits import RiskLimits
from tidegate.testing import NOW, a_position, a_signal, a_state, run_gate

TODAY = NOW.date()


def account(power: int | str = 100_000, *, equity: int | str = 100_000, at: datetime = NOW) -> Account:
    return Account(at=at, equity=Decimal(equity), cash=Decimal(0), buying_power=Decimal(power))


# ---- buying power: a score of 4.0 is worth 600 USD, six shares of 100 USD


def sent(
    symbol: str, quantity: int, *, ago_s: float = 0.0, status: Status = Status.PLACED, filled: int = 0
) -> dict[str, WorkingOrder]:
    order = Order(
        client_order_id=f"tg-{symbol}-entry1-x",
        trace="x",
        symbol=symbol,
        leg="entry1",
        side=Side.BUY,
        quantity=Decimal(quantity),
        limit=Decimal(100),
        decision_price=Decimal(100),
        placed_at=NOW - timedelta(seconds=ago_s),
        expires_at=NOW + timedelta(minutes=1),
        entry=a_position().entry,
    )
    return {order.client_order_id: WorkingOrder(order=order, status=status, filled=Decimal(filled))}


def power(state: State) -> Verdict:
    return run_gate(BuyingPower(), a_signal(), state)


@pytest.mark.parametrize(("shares", "result"), [(88, Result.PASS), (89, Result.PASS), (90, Result.BLOCK)])
def test_entries_sent_since_the_account_was_seen_are_spoken_for(shares: int, result: Result) -> None:
    verdict = power(a_state(account=account(10_000), orders=sent("QQQ", shares)))
    assert (verdict.result, verdict.measured, verdict.unit) == (result, 600.0, "USD")
    assert verdict.limit == 9_500 - shares * 100


def test_entries_that_the_account_shows_already_do_not_count_again() -> None:
    state = a_state(account=account(10_000), orders=sent("QQQ", 94, ago_s=1))
    assert (power(state).result, power(state).limit) == (Result.PASS, 9_500)


def test_of_a_final_order_only_what_filled_counts_and_exits_do_not() -> None:
    done = sent("QQQ", 90, status=Status.CANCELED, filled=40) | sent("IWM", 9, status=Status.FILLED, filled=9)
    exit_order = sent("XOM", 50)["tg-XOM-entry1-x"]
    exit_order.order = replace(exit_order.order, entry=None, client_order_id="tg-XOM-exit1-x")
    state = a_state(account=account(10_000), done=done, orders={"tg-XOM-exit1-x": exit_order})
    assert power(state).limit == 9_500 - 4_900


def test_the_share_of_buying_power_is_the_one_that_sizing_uses() -> None:
    state = a_state(account=account(10_000), size=Size(buying_power_pct=50.0))
    assert power(state).limit == 5_000


def test_an_account_that_is_too_small_for_any_order_blocks() -> None:
    verdict = power(a_state(account=account(52)))  # 95 % of it are less than the least order
    assert (verdict.result, verdict.measured, verdict.limit) == (Result.BLOCK, 50.0, 49.4)


def test_without_an_account_or_a_price_buying_power_is_unknown() -> None:
    assert power(a_state(account=None)).reason == "no account seen yet"
    unpriced = run_gate(BuyingPower(), a_signal(decision_price=None), a_state())
    assert (unpriced.result, unpriced.reason, unpriced.blocks) == (Result.UNKNOWN, "no fresh price", True)


# ---- risk limits


def lost(equity: str, *, start: str = "100000", peak: str = "100000", on: date = TODAY) -> State:
    return a_state(account=account(equity=equity), day=Day(on, Decimal(start)), peak_equity=Decimal(peak))


@pytest.mark.parametrize(
    ("money", "result", "reason", "measured", "limit"),
    [
        (("96000", "100000", "100000"), Result.PASS, "daily loss", 4.0, 4.0),
        (("95999.99", "100000", "100000"), Result.BLOCK, "daily loss", 4.00001, 4.0),
        (("104000", "100000", "104000"), Result.PASS, "daily loss", -4.0, 4.0),
        (("80000", "80000", "100000"), Result.PASS, "daily loss", 0.0, 4.0),
        (("79999", "80000", "100000"), Result.BLOCK, "drawdown", 20.001, 20.0),
        (("11", "11.45", "11.45"), Result.PASS, "daily loss", 100 * 0.45 / 11.45, 4.0),
        (("-1", "100000", "100000"), Result.BLOCK, "daily loss", 100.001, 4.0),
    ],
)
def test_exactly_a_limit_passes_and_more_blocks(
    money: tuple[str, str, str], result: Result, reason: str, measured: float, limit: float
) -> None:
    equity, start, peak = money
    verdict = run_gate(RiskLimits(), a_signal(), lost(equity, start=start, peak=peak))
    assert (verdict.result, verdict.reason, verdict.limit) == (result, reason, limit)
    assert verdict.measured == pytest.approx(measured)
    assert (RiskLimits().halt(lost(equity, start=start, peak=peak)) is None) == (result is Result.PASS)


@pytest.mark.parametrize(("equity", "result"), [("99000", Result.PASS), ("98999.99", Result.BLOCK)])
def test_equity_may_stand_on_its_floor_and_not_below(equity: str, result: Result) -> None:
    verdict = run_gate(RiskLimits(equity_floor=99_000), a_signal(), lost(equity))
    assert verdict.result is result
    if result is Result.BLOCK:
        assert (verdict.reason, verdict.limit, verdict.unit) == ("equity", 99_000, "USD")


@pytest.mark.parametrize(
    "state",
    [
        a_state(account=None),
        a_state(day=None),
        lost("50000", on=TODAY - timedelta(days=1)),
        lost("0", start="0", peak="0"),
    ],
    ids=["no account", "no day", "yesterday's", "nothing to lose"],
)
def test_before_the_account_was_seen_today_risk_is_unknown_blocks_and_halts_nothing(state: State) -> None:
    verdict = run_gate(RiskLimits(), a_signal(), state)
    assert (verdict.result, verdict.blocks) == (Result.UNKNOWN, True)
    assert RiskLimits().halt(state) is None


def test_a_debt_halts_even_when_the_day_began_with_nothing() -> None:
    assert RiskLimits().halt(lost("-5", start="0", peak="0")) == "equity -5.00 USD, limit 0"


RULES = Rules(gates=(("gates.risk_limits", RiskLimits()),))


def seen(state: State, at: datetime, equity: str) -> None:
    """Two readings that confirm each other, the second one at `at`."""
    for each in (at - timedelta(seconds=5), at):
        advance(state, e.AccountSeen(account=account(equity=equity, at=each)), each, RULES)


def halted(state: State) -> str | None:
    return None if state.halt is None else f"{state.halt.level} by {state.halt.who}: {state.halt.reason}"


def test_a_loss_latches_a_halt_that_the_next_day_does_not_release() -> None:
    state = State()
    seen(state, NOW, "100000")
    seen(state, NOW + timedelta(hours=1), "95900")
    assert halted(state) == "entries by gates.risk_limits: daily loss 4.10 %, limit 4"
    seen(state, NOW + timedelta(days=1), "95900")
    assert state.day is not None
    assert (state.day.date, state.day.equity) == (date(2025, 3, 13), Decimal(95_900))
    assert halted(state)


def test_a_release_holds_on_the_next_day_and_not_while_the_limit_is_exceeded() -> None:
    state = State()
    seen(state, NOW - timedelta(minutes=1), "100000")
    seen(state, NOW, "95900")
    advance(state, e.RequestReceived(id=1, who="ana", name="release", args={}), NOW, RULES)
    assert not halted(state)
    seen(state, NOW + timedelta(minutes=1), "95900")
    assert halted(state)
    advance(state, e.RequestReceived(id=2, who="ana", name="release", args={}), NOW + timedelta(hours=20), RULES)
    seen(state, NOW + timedelta(hours=20), "95900")
    assert not halted(state)


def test_the_day_begins_at_midnight_in_new_york() -> None:
    state = State()
    seen(state, datetime(2025, 3, 13, 3, 59, tzinfo=UTC), "100000")
    seen(state, datetime(2025, 3, 13, 4, 1, tzinfo=UTC), "97000")
    seen(state, datetime(2025, 3, 13, 18, 0, tzinfo=UTC), "95000")
    assert state.day is not None
    assert (state.day.date, state.day.equity, state.day.sure) == (date(2025, 3, 13), Decimal(97_000), True)
    assert state.halt is None


@pytest.mark.parametrize("gate", [BuyingPower(), RiskLimits()], ids=lambda gate: gate.name)
def test_gates_about_the_account_leave_the_state_alone(gate: Gate) -> None:
    def busy() -> State:
        return a_state(a_position(), orders=sent("QQQ", 3), done=sent("IWM", 3, status=Status.FILLED, filled=3))

    state = busy()
    assert run_gate(gate, a_signal(), state).gate == gate.name
    gate.halt(state)
    assert state == busy()


def test_the_sizes_of_a_run_are_in_its_state() -> None:
    state = State()
    advance(state, e.EngineStarted(mode="paper", version="0", size=Size(max_usd=99.0)), NOW, Rules())
    assert state.size.max_usd == 99.0
