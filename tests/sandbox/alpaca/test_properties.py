"""Whatever clients ask and prices do, the venue's book stays sound."""

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest

from tests.sandbox.alpaca.client import balanced
from tidegate.sandbox.alpaca import Habits, Sandbox, SandboxThread, Settings
from tidegate.sandbox.alpaca.venue.orders import Change, OrderRequest, StopLoss, TakeProfit
from tidegate.sandbox.answers import Refusal

SYMBOLS = ("KO", "AAPL", "F")
KINDS = ("market", "limit", "stop", "stop_limit")


def price(chance: Random, last: Decimal, low: float, high: float) -> Decimal:
    return (last * Decimal(str(chance.uniform(low, high)))).quantize(Decimal("0.01"))


def request(chance: Random, box: Sandbox) -> OrderRequest:
    """Any order of a client that holds no shorts: it sells only what it has, or tries to."""
    symbol = chance.choice(SYMBOLS)
    last, kind = box.market.tapes[symbol].last, chance.choice(KINDS)
    group = chance.choice(("", "", "", "bracket", "oto", "oco"))
    below, above = price(chance, last, 0.96, 0.99), price(chance, last, 1.01, 1.04)
    return OrderRequest(
        symbol=symbol,
        side=chance.choice(("buy", "sell")) if box.book.account.quantity(symbol) > 0 else "buy",
        type="limit" if group else kind,  # type: ignore[arg-type] # one of KINDS
        time_in_force=chance.choice(("day", "gtc", "ioc")),
        qty=Decimal(chance.randrange(1, 40)) if chance.random() < 0.8 else Decimal("1.5"),
        limit_price=price(chance, last, 0.98, 1.02) if group or "limit" in kind else None,
        stop_price=chance.choice((below, above)) if not group and "stop" in kind else None,
        order_class=group,  # type: ignore[arg-type] # one of the classes above
        take_profit=TakeProfit(above) if group in {"bracket", "oco"} else None,
        stop_loss=StopLoss(below) if group else None,
    )


def act(chance: Random, box: Sandbox) -> None:
    """One thing that a client, the market or time may do."""
    at, open_orders = box.instant(), box.book.working()
    match chance.choice(("place", "place", "place", "cancel", "replace", "close", "price", "price", "time")):
        case "place":
            box.order_entry.submit(request(chance, box), at)
        case "cancel" if open_orders:
            box.order_entry.cancel(chance.choice(open_orders), at)
        case "replace" if open_orders:
            box.order_entry.replace(chance.choice(open_orders), Change(qty=Decimal(chance.randrange(1, 30))), at)
        case "close":
            box.order_entry.close(chance.choice(SYMBOLS), at)
        case "price":
            symbol = chance.choice(SYMBOLS)
            box.market.set_price(symbol, price(chance, box.market.tapes[symbol].last, 0.97, 1.03))
            box.market.set_depth(symbol, chance.choice((None, None, 5, 20)))
        case _:
            box.clock.move(by=chance.choice((0.003, 0.05, 60, 3600, 86_400)))


def sound(box: Sandbox) -> None:
    """What must hold between any two moments."""
    for order in box.book.orders.values():
        assert order.qty is None or order.filled_qty <= order.qty or order.status == "replaced", order
        assert (order.status == "filled") == (order.filled_at is not None)
    for symbol in box.book.account.positions:
        row = box.book.position(symbol)
        assert row["side"] == ("long" if Decimal(str(row["qty"])) > 0 else "short")
    assert {each.id for each in box.book.working()} == {each.id for each in box.book.orders.values() if each.open}


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_cash_and_shares_are_those_of_the_fills(seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    with SandboxThread(Settings(speed=0, seed=seed)) as thread:
        thread.call(lambda box: live(chance, box))


def live(chance: Random, box: Sandbox) -> None:
    box.matching.habits = Habits(partial_pct=50)
    for _ in range(400):
        with suppress(Refusal):
            act(chance, box)
        sound(box)
    assert balanced(box)
    assert box.book.fills
    assert turned(box) == []


def turned(box: Sandbox) -> list[str]:
    """Executions that made a short of a long."""
    held, found = dict[str, Decimal](), []
    for fill in box.book.fills:
        held[fill.order.symbol] = held.get(fill.order.symbol, Decimal(0)) + fill.order.sign * fill.quantity
        if held[fill.order.symbol] < 0:
            found.append(fill.id)
    return found
