"""What Alpaca refuses: each once, in a plain sentence with the code and a next action, as the trace tells it."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.plugins.executors.alpaca.bench import POST, Bench, an_order, on_the_bench
from tidegate import OrderAccepted, OrderRejected, Side, Status
from tidegate.core.domain.views.timeline import trace_view
from tidegate.sandbox.alpaca import Failure

Prepare = Callable[[Bench], Awaitable[object]]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What makes the venue refuse, and what the trace says: after the code, a sentence, and after "Next: " an action.

    `posts` counts the requests for it: 0 when it is plain beforehand that the venue would refuse.
    """

    prepare: Prepare
    order: dict[str, Any] = {}
    code: str = "40310000"
    sentence: str
    action: str
    posts: int = 1


def answered(status: int, code: int | None, message: str) -> Prepare:
    """The venue answers orders with these words."""

    async def prepare(bench: Bench) -> None:
        bench.box.faults.add(Failure(**POST, status=status, code=code, message=message))

    return prepare


def account(**flags: object) -> Prepare:
    async def prepare(bench: Bench) -> None:
        found = bench.box.book.account
        found.flags = msgspec.structs.replace(found.flags, **flags)

    return prepare


def asset(**changes: bool) -> Prepare:
    async def prepare(bench: Bench) -> None:
        bench.box.market.set_asset("KO", **changes)

    return prepare


async def nothing(_: Bench) -> None:
    """The order itself is wrong."""


async def another_sells(bench: Bench) -> None:
    bench.box.order_entry.give("KO", Decimal(5), Decimal(66))
    await bench.ask("POST", "/v2/orders", json=resting("sell", "69"))


async def another_holds_the_shares(bench: Bench) -> None:
    bench.box.order_entry.give("KO", Decimal(4), Decimal(66))
    await bench.ask("POST", "/v2/orders", json=resting("sell", "90"))


def resting(side: str, limit: str) -> dict[str, str]:
    order = {"symbol": "KO", "side": side, "type": "limit", "limit_price": limit, "qty": "4"}
    return {**order, "time_in_force": "day", "client_order_id": "by-hand"}


SHORT, CLOSING = {"side": Side.SELL, "limit": "60"}, {"side": Side.SELL, "limit": "60", "entry": False}
CASES = {
    "wrong keys": Case(
        prepare=answered(401, None, "unauthorized."),
        code="401",
        sentence="Alpaca refused the keys (unauthorized.)",
        action="check the key variables; paper keys work with the paper endpoint only",
    ),
    "expired keys": Case(
        prepare=answered(403, 40310000, "forbidden."),
        sentence="Alpaca refused the keys for this (forbidden.)",
        action="check which account the keys belong to, and its permissions",
    ),
    "account blocked": Case(
        prepare=account(account_blocked=True),
        sentence="The account may not trade (account is not allowed to trade)",
        action="ask Alpaca why, on its dashboard",
    ),
    "suspended": Case(
        prepare=account(trade_suspended_by_user=True),
        sentence="Trading is suspended in the account's configuration (new orders are rejected by user request)",
        action="lift the suspension there",
    ),
    "market closed": Case(
        prepare=answered(422, 42210000, "market is closed"),
        code="42210000",
        sentence="The market is closed for this kind of order (market is closed)",
        action="wait for the next session",
    ),
    "halted": Case(
        prepare=answered(422, 42210000, "trading in KO is halted"),
        code="42210000",
        sentence="Trading in this symbol is halted (trading in KO is halted)",
        action="wait for it to resume; positions keep their exits",
    ),
    "not shortable": Case(
        prepare=asset(shortable=False),
        order=SHORT,
        code="asset",
        sentence="KO cannot be sold short at Alpaca",
        action="nothing to do",
        posts=0,
    ),
    "no shorts": Case(
        prepare=account(shorting_enabled=False),
        order=SHORT,
        sentence="The account may not sell short (account is not allowed to short)",
        action="allow shorting at Alpaca, or do without bearish signals",
    ),
    "not fractionable": Case(
        prepare=asset(fractionable=False),
        order={"quantity": "0.5"},
        code="asset",
        sentence="KO is traded in whole shares only",
        action="set fractional = false in [size]",
        posts=0,
    ),
    "insufficient buying power": Case(
        prepare=nothing,
        order={"quantity": "9000"},
        sentence="The account has too little buying power for this order (insufficient buying power)",
        action="free cash, or lower max_usd in [size]",
    ),
    "wash trade": Case(
        prepare=another_sells,
        sentence="An order on the other side of the same symbol is working (potential wash trade detected.",
        action="let it fill or cancel it, then try again",
    ),
    "quantity held by another order": Case(
        prepare=another_holds_the_shares,
        order=CLOSING,
        sentence="The shares are not there, or another open order holds them (insufficient qty available for order",
        action="wait until that order is canceled; compare the books with `tidegate reconcile`",
    ),
    "price outside the collar": Case(
        prepare=answered(422, 42210000, "limit price is more than 50% away from the market price"),
        code="42210000",
        sentence="The limit is too far from the market for Alpaca (limit price is more than 50% away from",
        action="lower collar_pct in [orders]",
    ),
    "sub-penny": Case(
        prepare=answered(422, 42210000, "invalid limit_price 41.085. sub-penny increment does not fulfill"),
        code="42210000",
        sentence="The price has more decimals than the exchange takes (invalid limit_price 41.085.",
        action="report it: prices are rounded here",
    ),
    "words that nobody knows": Case(
        prepare=answered(422, 42299999, "the moon is full"),
        code="42299999",
        sentence="Alpaca refused: the moon is full",
        action="see the venue's message",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_refusal_is_told_in_the_trace_with_code_and_next_action_and_costs_one_request(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    @on_the_bench()
    async def scene(bench: Bench) -> None:
        await case.prepare(bench)
        before = bench.posted()
        sent = await bench.send(an_order(**case.order))
        await bench.engine.done(sent, Status.REJECTED)
        assert bench.posted() - before == case.posts
        told = trace_view(sent.trace, [each for each in bench.engine.records if each.trace == sent.trace])
        assert told is not None
        last = told.steps[-1]
        assert last.word == "rejected"
        assert last.text.startswith(f"{case.code}  {case.sentence}")
        assert last.text.endswith(f". Next: {case.action}.")
        assert [type(fact) for fact in bench.engine.said if isinstance(fact, OrderAccepted | OrderRejected)] == [
            OrderRejected
        ]

    scene(monkeypatch)


@on_the_bench()
async def test_an_id_that_is_taken_is_looked_up_and_neither_refused_nor_sent_again(bench: Bench) -> None:
    order = an_order()
    theirs = {**resting("buy", "60"), "client_order_id": order.client_order_id}
    made = await bench.ask("POST", "/v2/orders", json=theirs)
    await bench.send(order)
    accepted = await bench.engine.hears(OrderAccepted)
    assert accepted.venue_order_id == made["id"]
    assert bench.engine.told(OrderRejected) == []
    assert bench.posted() == 2  # theirs and ours
