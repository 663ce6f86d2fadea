from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.core.domain import events as e
from tidegate.core.domain.ids import client_order_id
from tidegate.core.domain.order_states import OPEN, SAYS, TABLE, after, repeats
from tidegate.core.domain.orders import FINAL, Order, Status, WorkingOrder
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.admission import admit
from tidegate.core.domain.stepping.step import advance
from tidegate.core.domain.values import Side
from tidegate.testing import NOW, TRACE, a_position, a_state

NAME = client_order_id("SPY", "exit1", TRACE)
SHARES = Decimal(10)


def order() -> Order:
    return Order(
        client_order_id=NAME,
        trace=TRACE,
        symbol="SPY",
        leg="exit1",
        side=Side.SELL,
        quantity=SHARES,
        limit=Decimal(99),
        decision_price=Decimal(100),
        placed_at=NOW,
        expires_at=NOW,
    )


def fill(shares: int = 10, name: str = "x1") -> e.OrderFilled:
    return e.OrderFilled(client_order_id=NAME, execution_id=name, quantity=Decimal(shares), price=Decimal(100))


EVIDENCE: dict[type[e.OrderFact], e.OrderFact] = {
    e.OrderAccepted: e.OrderAccepted(client_order_id=NAME, venue_order_id="v"),
    e.OrderFilled: fill(4),
    e.OrderCanceled: e.OrderCanceled(client_order_id=NAME),
    e.OrderExpired: e.OrderExpired(client_order_id=NAME),
    e.OrderRejected: e.OrderRejected(client_order_id=NAME, code="403", reason="no"),
    e.OrderUnknown: e.OrderUnknown(client_order_id=NAME, reason="timeout"),
    e.OrderAbsent: e.OrderAbsent(client_order_id=NAME),
    e.RateLimited: e.RateLimited(client_order_id=NAME, until=NOW),
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("kind", EVIDENCE)
def test_evidence_moves_repeats_or_is_refused_and_never_two_of_these(status: Status, kind: type[e.OrderFact]) -> None:
    working = WorkingOrder(order=order(), status=status)
    fact = EVIDENCE[kind]
    moves, known = after(working, fact) is not None, repeats(working, fact)
    assert not (moves and known)
    assert moves == ((status, kind) in TABLE)
    assert known == (status in SAYS.get(kind, ()))


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_order_stays_final(status: Status) -> None:
    outcomes = {after(WorkingOrder(order=order(), status=status), fact) for fact in EVIDENCE.values()}
    assert outcomes <= {None, status}


def test_what_the_venue_has_accepted_cannot_be_absent() -> None:
    assert after(WorkingOrder(order=order(), status=Status.ACCEPTED), EVIDENCE[e.OrderAbsent]) is None


@pytest.mark.parametrize("status", OPEN)
def test_a_fill_of_all_that_remains_fills_the_order_from_every_open_state(status: Status) -> None:
    assert after(WorkingOrder(order=order(), status=status), fill(10)) is Status.FILLED


def test_more_shares_than_remain_are_refused() -> None:
    assert after(WorkingOrder(order=order(), filled=Decimal(8)), fill(3)) is None


def holding() -> State:
    state = a_state(a_position(bought=10))
    advance(state, e.OrderPlaced(order=order()), NOW, Rules())  # type: ignore[arg-type] # as if an exit was decided
    return state


def test_an_illegal_move_is_journaled_and_changes_nothing_else() -> None:
    state = holding()
    for kind in (e.OrderAccepted, e.OrderCanceled):
        advance(state, EVIDENCE[kind], NOW, Rules())
    before = state.done[NAME].status
    refused = admit(state, EVIDENCE[e.OrderRejected])
    assert isinstance(refused, e.OrderMoveRefused)
    assert (refused.status, refused.said) == (Status.CANCELED, "OrderRejected")
    advance(state, refused, NOW, Rules())
    assert state.done[NAME].status is before


def test_a_late_fill_after_a_cancel_counts_and_the_order_stays_canceled() -> None:
    state = holding()
    for fact in (EVIDENCE[e.OrderAccepted], EVIDENCE[e.OrderCanceled], fill(4)):
        news = admit(state, fact)
        assert news is not None
        advance(state, news, NOW, Rules())
    assert state.positions["SPY"].quantity == 6
    assert state.done[NAME].status is Status.CANCELED


def test_a_fill_that_outruns_its_acceptance_counts_once_and_the_acceptance_is_old_news() -> None:
    state = holding()
    for fact in (fill(4), fill(4)):
        news = admit(state, fact)
        if news is not None:
            advance(state, news, NOW, Rules())
    assert state.positions["SPY"].quantity == 6
    assert admit(state, EVIDENCE[e.OrderAccepted]) is None


@given(st.lists(st.sampled_from([*EVIDENCE.values(), fill(3, "x2"), fill(3, "x3"), fill(10, "x4")]), max_size=12))
def test_in_any_order_and_number_of_answers_shares_are_conserved_and_final_stays_final(
    answers: list[e.OrderFact],
) -> None:
    state = holding()
    filled, ended = Decimal(0), False
    for answer in answers:
        news = admit(state, answer)
        if news is None:
            continue
        records, _ = advance(state, news, NOW, Rules())
        filled += sum((r.event.quantity for r in records if isinstance(r.event, e.OrderFilled)), Decimal(0))
        working = state.orders.get(NAME) or state.done[NAME]
        assert not ended or working.status in FINAL
        ended = working.status in FINAL
        assert working.filled == filled <= SHARES
    left = state.positions["SPY"].quantity if "SPY" in state.positions else Decimal(0)
    assert left == SHARES - filled
