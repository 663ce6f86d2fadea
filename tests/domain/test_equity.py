"""Equity: where the day began, the peak, and payments are what two readings say; a single one halts nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import Account, State
from tidegate.core.domain import events as e
from tidegate.core.domain.equity import near
from tidegate.core.domain.rules import Rules
from tidegate.core.domain.stepping.step import advance
from tidegate.plugins.gates.risk_limits import RiskLimits

MORNING = datetime(2025, 3, 12, 14, 0, tzinfo=UTC)
CLOSE = MORNING.replace(hour=20)
RULES = Rules(gates=(("gates.risk_limits", RiskLimits()),))


class Told:
    """An account as a venue tells it, every ten seconds."""

    def __init__(self, usd: str = "100000", *, close: str | None = "100000") -> None:
        self.state, self.at = State(), MORNING
        self.cash, self.holdings = Decimal(usd), Decimal(0)
        self.close = None if close is None else Decimal(close)
        self.rules = RULES

    def reading(self, equity: Decimal | None = None, cash: Decimal | None = None, close: Decimal | None = None) -> None:
        """The next one; what is given is wrong in it."""
        self.at += timedelta(seconds=10)
        account = Account(
            at=self.at,
            equity=self.cash + self.holdings if equity is None else equity,
            cash=self.cash if cash is None else cash,
            buying_power=self.cash,
            last_equity=self.close if close is None else close,
        )
        advance(self.state, e.AccountSeen(account=account), self.at, self.rules)

    def readings(self, count: int) -> None:
        """Right ones."""
        for _ in range(count):
            self.reading()

    def asked(self, args: dict[str, str]) -> list[e.Effect]:
        """A person says release."""
        request = e.RequestReceived(id=self.state.cursors.get("requests", 0) + 1, who="ana", name="release", args=args)
        return advance(self.state, request, self.at, self.rules)[1]

    @property
    def start(self) -> Decimal:
        """What the day began with, for sure."""
        assert self.state.day is not None
        assert self.state.day.sure
        return self.state.day.equity

    def reason(self) -> str | None:
        """Why entries are halted."""
        return None if self.state.halt is None else self.state.halt.reason


def test_the_day_begins_with_the_brokers_last_equity() -> None:
    told = Told("97000", close="100000")
    told.readings(2)
    assert (told.start, told.state.peak_equity) == (Decimal(100_000), Decimal(100_000))
    assert told.reason() is None
    told.holdings -= 1_001
    told.readings(2)
    assert told.reason() == "daily loss 4.00 %, limit 4"


def test_without_a_last_equity_it_begins_with_the_first_reading() -> None:
    told = Told(close=None)
    told.readings(1)
    told.holdings += 500
    told.readings(2)
    assert told.start == 100_000


def test_a_last_equity_of_the_day_before_waits_until_the_broker_tells_a_new_one() -> None:
    told = Told("90000", close="100000")
    told.rules = Rules()
    told.readings(3)
    told.at = datetime(2025, 3, 13, 4, 30, tzinfo=UTC)
    told.readings(3)
    assert told.start == 90_000
    told.close = Decimal(91_000)
    told.readings(1)
    assert told.start == 90_000
    told.readings(1)
    assert told.start == 91_000


def test_a_loss_halts_at_the_second_reading_that_tells_it() -> None:
    told = Told()
    told.readings(3)
    told.holdings -= 5_000
    told.readings(1)
    assert told.reason() is None
    told.readings(1)
    assert told.reason() == "daily loss 5.00 %, limit 4"


@pytest.mark.parametrize("close", ["100000", None])
def test_a_day_whose_beginning_only_one_reading_tells_halts_nothing(close: str | None) -> None:
    told = Told(close=close)
    told.readings(3)
    told.at += timedelta(days=1)
    if close is None:
        told.reading(equity=Decimal(500_000))
    else:
        told.reading(close=Decimal(500_000))
    assert told.reason() is None
    told.readings(4)
    assert told.reason() is None
    assert told.start == 100_000


def test_a_peak_is_what_a_minute_of_readings_was_above() -> None:
    told = Told()
    told.readings(2)
    told.holdings = Decimal(1_000)
    told.readings(6)
    assert told.state.peak_equity == 100_000
    told.reading(equity=Decimal(100_400))
    assert told.state.peak_equity == 100_400
    told.holdings = Decimal(3_000)
    told.readings(5)
    told.holdings = Decimal(-1)
    told.readings(9)
    assert told.state.peak_equity == 100_400


def test_a_close_is_a_peak() -> None:
    told = Told("100000", close="120000")
    told.rules = Rules()
    told.readings(2)
    assert told.state.peak_equity == 120_000


@pytest.mark.parametrize("paid", [-60_000, 50_000])
def test_money_paid_in_or_out_is_no_gain_and_no_loss(paid: int) -> None:
    told = Told()
    told.readings(3)
    told.cash += paid
    told.readings(1)
    assert told.start == 100_000
    told.readings(9)
    assert (told.start, told.state.peak_equity) == (Decimal(100_000 + paid), Decimal(100_000 + paid))
    assert told.reason() is None


def test_what_was_paid_after_the_close_moves_the_next_day() -> None:
    told = Told()
    told.rules = Rules(is_open=lambda at: MORNING <= at < CLOSE or at.date() > CLOSE.date())
    told.readings(3)
    told.at = CLOSE
    told.readings(2)
    told.cash -= 30_000
    told.readings(2)
    told.at += timedelta(days=1)
    told.close = Decimal(100_500)
    told.readings(3)
    assert told.start == 70_500


def test_what_was_paid_before_the_close_is_in_the_close() -> None:
    told = Told()
    told.rules = Rules(is_open=lambda at: at.hour < CLOSE.hour)
    told.readings(3)
    told.cash -= 30_000
    told.readings(2)
    told.at, told.close = MORNING + timedelta(days=1), Decimal(70_000)
    told.readings(3)
    assert told.start == 70_000


def test_a_trade_that_nobody_told_of_is_no_payment() -> None:
    told = Told()
    told.readings(3)
    told.cash, told.holdings = told.cash - 20_000, told.holdings + 19_990
    told.readings(3)
    told.holdings -= 4_000
    told.readings(2)
    assert told.start == 100_000
    assert told.reason() == "daily loss 4.01 %, limit 4"


def test_fees_are_a_loss_and_no_payment() -> None:
    told = Told()
    told.readings(3)
    told.cash -= 90
    told.readings(3)
    assert told.start == 100_000


MONEY = st.decimals(min_value=-1_000_000_000, max_value=1_000_000_000, places=2)


@given(
    wrong=st.tuples(MONEY, MONEY, MONEY),
    before=st.integers(0, 8),
    moves=st.lists(st.integers(-150, 150), min_size=9),
    close=st.sampled_from(["100000", None]),
)
def test_a_single_wrong_reading_of_whatever_value_never_halts_nor_moves_the_day_or_the_peak(
    wrong: tuple[Decimal, Decimal, Decimal], before: int, moves: list[int], close: str | None
) -> None:
    told, right = Told(close=close), Told(close=close)
    for number, move in enumerate(moves):
        told.holdings = right.holdings = Decimal(move)
        if number == before:
            told.reading(*wrong)
        else:
            told.reading()
        right.reading()
    told.readings(3)
    right.readings(3)
    assert told.reason() is None
    if close is None:
        assert near(told.start, right.start)
        assert near(told.state.peak_equity, right.state.peak_equity)
    else:
        assert told.start == right.start == 100_000
        assert 100_000 <= told.state.peak_equity <= 100_000 + max(0, *moves)


@given(loss=st.integers(4_001, 100_000), before=st.integers(2, 9))
def test_a_loss_that_two_readings_agree_on_halts(loss: int, before: int) -> None:
    told = Told()
    told.readings(before)
    told.holdings -= loss
    told.readings(2)
    assert told.reason() is not None


# ---- from here


def test_from_here_restarts_the_drawdown_and_releases() -> None:
    told = Told("75000", close="75000")
    told.readings(2)
    told.state.peak_equity = Decimal(100_000)
    told.readings(1)
    assert told.reason() == "drawdown 25.00 %, limit 20"
    told.asked({})
    told.readings(1)
    assert told.reason() == "drawdown 25.00 %, limit 20"
    (answer,) = told.asked({"from": "here"})
    assert answer == e.Answer(request=2, ok=True, text="halt released; the drawdown counts from 75,000.00 USD")
    told.readings(9)
    assert told.reason() is None
    assert told.state.peak_equity == 75_000


def test_from_here_is_refused_before_the_equity_is_known() -> None:
    told = Told()
    (answer,) = told.asked({"from": "here"})
    assert isinstance(answer, e.Answer)
    assert not answer.ok
    assert told.state.peak_equity == 0
