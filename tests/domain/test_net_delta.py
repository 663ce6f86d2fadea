from datetime import timedelta
from decimal import Decimal

import pytest

from tidegate.core.domain.net_delta import net_delta_pct
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.state import State, Symbol
from tidegate.core.domain.values import PositionSide
from tidegate.core.domain.values.broker import Account
from tidegate.core.domain.values.differences import Difference, DifferenceCase
from tidegate.testing import NOW, a_position, a_state


def book(equity: str = "10000", *, age_s: float = 0.0) -> State:
    at = NOW - timedelta(seconds=age_s)
    account = Account(at=at, equity=Decimal(equity), cash=Decimal(equity), buying_power=Decimal(equity))
    state = a_state(account=account)
    state.at = NOW
    state.positions.clear()
    return state


def hold(state: State, symbol: str, side: PositionSide, shares: int, price: float) -> None:
    state.positions[symbol] = a_position(symbol=symbol, side=side, quantity=Decimal(shares))
    state.symbols[symbol] = Symbol(door=Door(price=price, at=NOW))


def test_longs_add_and_shorts_subtract() -> None:
    state = book()
    hold(state, "AAA", PositionSide.LONG, 50, 100.0)
    hold(state, "BBB", PositionSide.SHORT, 10, 100.0)
    assert net_delta_pct(state) == pytest.approx(40.0)


def test_an_empty_book_is_zero_and_not_unknown() -> None:
    assert net_delta_pct(book()) == 0.0


@pytest.mark.parametrize("equity", ["0", "-1"])
def test_equity_at_or_below_zero_is_unknown(equity: str) -> None:
    assert net_delta_pct(book(equity)) is None


@pytest.mark.parametrize(("age_s", "known"), [(60.0, True), (60.001, False)])
def test_equity_older_than_a_minute_is_unknown(age_s: float, known: bool) -> None:
    assert (net_delta_pct(book(age_s=age_s)) is not None) is known


def test_a_position_without_a_price_makes_the_book_unknown() -> None:
    state = book()
    hold(state, "AAA", PositionSide.LONG, 1, 100.0)
    state.symbols["AAA"].door = None
    assert net_delta_pct(state) is None


def test_no_account_is_unknown() -> None:
    state = book()
    state.account = None
    assert net_delta_pct(state) is None


@pytest.mark.parametrize(("market", "known", "expected"), [("90", None, 45.0), (None, None, 40.0), ("90", 100.0, 50.0)])
def test_stock_that_a_person_said_to_leave_alone_counts_at_the_best_known_price(
    market: str | None, known: float | None, expected: float
) -> None:
    state = book()
    price = None if market is None else Decimal(market)
    state.ignored["CCC"] = Difference(DifferenceCase.MISSING_HERE, Decimal(0), Decimal(50), Decimal(80), price)
    if known is not None:
        state.symbols["CCC"] = Symbol(door=Door(price=known, at=NOW))
    assert net_delta_pct(state) == pytest.approx(expected)


def test_stock_left_alone_whose_price_nobody_knows_makes_the_net_delta_unknown() -> None:
    state = book()
    state.ignored["CCC"] = Difference(DifferenceCase.MISSING_HERE, Decimal(0), Decimal(50), None)
    assert net_delta_pct(state) is None
