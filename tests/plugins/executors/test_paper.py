"""The paper venue: deterministic, never twice, and honest about limits and outages."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tidegate import (
    Fact,
    Order,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderUnknown,
    PositionSide,
    RateLimited,
    Side,
    State,
    Status,
    VenueUnavailable,
    WorkingOrder,
)
from tidegate.core.domain.order_building import limit_price
from tidegate.core.domain.settings import Orders
from tidegate.plugins.executors.paper.plugin import Paper
from tidegate.plugins.executors.paper.venue import Window
from tidegate.testing import a_position, a_quote, a_state

T0 = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)
Said = list[tuple[datetime, Fact]]


def window(start_s: float, end_s: float) -> Window:
    return Window(start=T0 + timedelta(seconds=start_s), end=T0 + timedelta(seconds=end_s))


def order(name: str = "1", *, quantity: str = "4", price: str = "100", buys: bool = True, entry: bool = True) -> Order:
    decided, side = Decimal(price), Side.BUY if buys else Side.SELL
    return Order(
        client_order_id=f"tg-SPY-entry1-uw_{name}",
        trace=f"uw_{name}",
        symbol="SPY",
        leg="entry1",
        side=side,
        quantity=Decimal(quantity),
        limit=limit_price(side, decided, Orders()),
        decision_price=decided,
        placed_at=T0,
        expires_at=T0 + timedelta(seconds=60),
        entry=a_position().entry if entry else None,
    )


class Desk:
    """A line that keeps what the venue says."""

    def __init__(self, paper: Paper, state: State | None = None) -> None:
        self.paper, self.said, self._state = paper, Said(), state or State(at=T0)
        asyncio.run(paper.open(self))

    def now(self) -> datetime:
        return T0

    def state(self) -> State:
        return self._state

    def publish(self, at: datetime, fact: Fact) -> None:
        self.said.append((at, fact))

    def _heard(self) -> Said:
        said, self.said = self.said, []
        return said

    def submit(self, sent: Order, after_s: float = 0.0) -> Said:
        asyncio.run(self.paper.submit(sent, T0 + timedelta(seconds=after_s)))
        return self._heard()

    def find(self, sent: Order) -> Said:
        asyncio.run(self.paper.find(sent))
        return self._heard()

    def cancel(self, sent: Order) -> Said:
        asyncio.run(self.paper.cancel(sent))
        return self._heard()


def submitted(paper: Paper, sent: Order) -> Said:
    return Desk(paper).submit(sent)


def fills(said: Said) -> list[OrderFilled]:
    return [fact for _, fact in said if isinstance(fact, OrderFilled)]


def kinds(said: Said) -> list[type[Fact]]:
    return [type(fact) for _, fact in said]


def test_an_order_is_accepted_and_filled_within_the_latencies() -> None:
    said = submitted(Paper(partial_pct=0), order())
    assert kinds(said) == [OrderAccepted, OrderFilled]
    (accepted, _), (filled, _) = said
    assert timedelta(milliseconds=60) <= accepted - T0 <= timedelta(milliseconds=180)
    assert timedelta(milliseconds=120) <= filled - accepted <= timedelta(milliseconds=360)


def test_a_second_submit_is_answered_by_the_same_facts() -> None:
    desk = Desk(Paper())
    assert desk.submit(order()) == desk.submit(order(), after_s=30)


def test_find_says_the_same_again_even_after_a_restart() -> None:
    first = Desk(Paper())
    said = first.submit(order())
    assert first.find(order()) == said
    assert Desk(Paper()).find(order()) == said


def test_find_after_a_restart_knows_a_retried_order() -> None:
    paper = Paper(rate_limits=(window(-5, 30),))
    assert kinds(submitted(paper, order())) == [RateLimited]
    said = Desk(paper).submit(order(), after_s=40)
    assert kinds(said)[0] is OrderAccepted
    working = WorkingOrder(order=order(), attempts=2, sent_at=T0 + timedelta(seconds=40))
    state = State(at=T0, ticked_at=T0 + timedelta(seconds=50), orders={order().client_order_id: working})
    assert Desk(paper, state).find(order()) == said


def test_another_seed_is_another_venue() -> None:
    assert submitted(Paper(), order()) != submitted(Paper(seed=8), order())


@given(
    quantity=st.integers(1, 500),
    cents=st.integers(5, 90_000),
    name=st.text("0123456789abcdef", min_size=1, max_size=4),
    buys=st.booleans(),
    bps=st.floats(0, 100),
)
def test_fills_add_up_and_never_pass_the_limit(*, quantity: int, cents: int, name: str, buys: bool, bps: float) -> None:
    sent = order(name, quantity=str(quantity), price=str(Decimal(cents) / 100), buys=buys)
    parts = fills(submitted(Paper(partial_pct=100, slippage_bps=bps), sent))
    assert sum(part.quantity for part in parts) == quantity
    assert all(part.quantity > 0 and part.quantity == int(part.quantity) for part in parts)
    assert len({part.execution_id for part in parts}) == len(parts) <= 3
    for part in parts:
        assert part.price <= sent.limit if buys else part.price >= sent.limit
        worst = Decimal(str(2 * bps / 10_000)) * sent.decision_price + Decimal("0.005")
        assert abs(part.price - sent.decision_price) <= worst


def test_fractional_shares_are_conserved() -> None:
    parts = fills(submitted(Paper(partial_pct=100), order(quantity="2.7183")))
    assert len(parts) > 1
    assert sum(part.quantity for part in parts) == Decimal("2.7183")


def test_slippage_is_against_us() -> None:
    for name in map(str, range(50)):
        assert fills(submitted(Paper(), order(name, price="500")))[0].price >= 500
        assert fills(submitted(Paper(), order(name, price="500", buys=False)))[0].price <= 500


def test_prices_are_cents_and_below_a_dollar_hundredths_of_cents() -> None:
    exponents = {
        fills(submitted(Paper(slippage_bps=30), order(price=price)))[0].price.as_tuple().exponent
        for price in ("12.34", "0.5")
    }
    assert exponents == {-2, -4}


def test_about_the_share_asked_for_fills_in_parts_and_is_rejected() -> None:
    paper = Paper(partial_pct=15, reject_pct=5)
    counts = Counter(
        "rejected" if kinds(said)[0] is OrderRejected else "parts" if len(fills(said)) > 1 else "whole"
        for said in (submitted(paper, order(str(number))) for number in range(1000))
    )
    assert 20 <= counts["rejected"] <= 85
    assert 100 <= counts["parts"] <= 200


def test_exits_are_never_refused() -> None:
    said = submitted(Paper(reject_pct=100), order(entry=False))
    assert OrderRejected not in kinds(said)
    assert kinds(submitted(Paper(reject_pct=100), order())) == [OrderRejected]


def test_fees_are_per_share_in_cents() -> None:
    parts = fills(submitted(Paper(partial_pct=0, fee_per_share=Decimal("0.005")), order(quantity="7")))
    assert [part.fee for part in parts] == [Decimal("0.04")]


def test_an_order_inside_a_rate_limit_does_not_arrive() -> None:
    desk = Desk(Paper(rate_limits=(window(0, 60),)))
    (_, limited), *rest = desk.submit(order())
    assert not rest
    assert isinstance(limited, RateLimited)
    assert limited.until == T0 + timedelta(seconds=60)
    said = desk.submit(order(), after_s=60)
    assert kinds(said)[0] is OrderAccepted
    assert said[0][0] > T0 + timedelta(seconds=60)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    paper = Paper(rate_limits=(window(0, 60),))
    assert kinds(Desk(paper).submit(order(), after_s=59.999)) == [RateLimited]
    assert kinds(Desk(paper).submit(order(), after_s=60)) != [RateLimited]
    assert kinds(Desk(paper).submit(order(), after_s=-0.001)) != [RateLimited]


def test_an_order_lost_in_an_outage_is_found_after_it_and_traded_once() -> None:
    desk = Desk(Paper(outages=(window(0, 90),)))
    assert kinds(desk.submit(order())) == [OrderUnknown]
    found = desk.find(order())
    assert [fact.__class__.__name__ for _, fact in found[:2]] == ["OrderUnknown", "OrderAccepted"]
    assert all(at > T0 + timedelta(seconds=90) for at, fact in found if not isinstance(fact, OrderUnknown))
    assert desk.find(order()) == found
    assert Desk(Paper(outages=(window(0, 90),))).find(order()) == found


def test_a_cancel_comes_too_late_unless_the_order_never_arrived() -> None:
    desk = Desk(Paper())
    said = desk.submit(order())
    assert desk.cancel(order()) == said
    limited = WorkingOrder(order=order(), status=Status.LIMITED)
    waiting = Desk(Paper(), State(at=T0, orders={order().client_order_id: limited}))
    assert kinds(waiting.cancel(order())) == [OrderCanceled]


def test_the_account_follows_the_journal_and_the_prices() -> None:
    long = a_position(symbol="SPY", bought=10)
    short = a_position(symbol="QQQ", bought=4, side=PositionSide.SHORT)
    state = a_state(long, short, a_quote(symbol="SPY", last=110.0), a_quote(symbol="QQQ", last=50.0))
    state.cash_flow = Decimal("-600.005")
    desk = Desk(Paper(), state)
    seen = asyncio.run(desk.paper.account(T0))
    assert seen is not None
    account = seen.account
    assert account.at == T0
    assert account.cash == Decimal("9400.00")
    assert account.equity == Decimal("10300.00")  # 9,400 + 1,100 - 200
    assert account.buying_power == Decimal("19299.99")  # twice equity less 1,300 gross


def test_the_account_is_silent_during_an_outage() -> None:
    desk = Desk(Paper(outages=(window(0, 90),)))
    assert asyncio.run(desk.paper.account(T0)) is None
    assert kinds(desk.said) == [VenueUnavailable]
    assert asyncio.run(desk.paper.account(T0 + timedelta(seconds=90))) is not None


def test_buying_power_is_never_below_zero() -> None:
    state = a_state(a_position(symbol="SPY", bought=1000), a_quote(symbol="SPY", last=100.0))
    state.cash_flow = Decimal(-100_000)
    seen = asyncio.run(Desk(Paper(), state).paper.account(T0))
    assert seen is not None
    assert seen.account.buying_power == 0


@pytest.mark.parametrize(
    "table",
    [
        {"cash": "0"},
        {"fee_per_share": "-1"},
        {"partial_pct": 101},
        {"accept_ms": -1},
        {"rate_limits": [{"start": T0, "end": T0}]},
        {"outages": [{"start": datetime(2025, 1, 1), "end": T0}]},  # noqa: DTZ001 - a naive time is the point
        {"outages": [{"start": T0, "end": T0 + timedelta(1), "why": "x"}]},
        {"sedd": 7},
    ],
)
def test_a_table_that_cannot_be_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(table, Paper)


def test_a_table_of_config_becomes_a_venue() -> None:
    table = {"cash": "25000", "outages": [{"start": T0, "end": T0 + timedelta(minutes=2)}]}
    paper = msgspec.convert(table, Paper)
    assert (paper.cash, paper.outages) == (Decimal(25_000), (window(0, 120),))
    assert replace(paper, seed=9).seed == 9


def test_a_venue_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        asyncio.run(Paper().submit(order(), T0))
