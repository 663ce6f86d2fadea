"""What an option moves like: the tree against another method, and the chain from the venue's word to unknown."""

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.sources.alpaca_market.american import AMERICAN, RATE, SPOT
from tidegate import Contract, DeltaOrigin, OptionKind, contract_of
from tidegate.plugins.sources.alpaca_market.options.chain import Share, mark_of
from tidegate.plugins.sources.alpaca_market.options.rows import Snapshot, snapshot_of
from tidegate.plugins.sources.alpaca_market.options.tree import TICK, Terms, implied, valued
from tidegate.plugins.sources.fields import RowError

NOW = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
CALL = Contract(
    symbol="KO260619C00100000", underlying="KO", kind=OptionKind.CALL, strike=Decimal(100), expiry=date(2026, 6, 19)
)
STOOD = Share(100.0, 0.0)
SIGNS, STRIKES = st.sampled_from([1, -1]), st.floats(70, 130)
YEARS, VOLATILITIES = st.floats(1 / 365, 0.5), st.floats(0.1, 1.5)


# ---- the tree


@pytest.mark.parametrize("row", AMERICAN, ids=str)
def test_delta_is_that_of_finite_differences_by_a_known_volatility_and_by_one_solved_from_the_price(
    row: tuple[int, float, int, float, float, float],
) -> None:
    sign, strike, days, iv, price, delta = row
    terms = Terms(sign, strike, days / 365, RATE)
    known = valued(terms, SPOT, iv)
    assert known is not None
    assert known.delta == pytest.approx(delta, abs=0.005)
    solved = implied(terms, SPOT, price)
    if price - terms.intrinsic(SPOT) < TICK:
        assert solved is None
    else:
        assert solved is not None
        found = valued(terms, SPOT, solved)
        assert found is not None
        assert found.delta == pytest.approx(delta, abs=0.01)


@given(SIGNS, STRIKES, YEARS, VOLATILITIES)
def test_a_delta_lies_between_none_and_all_of_the_share_and_a_price_never_under_intrinsic_value(
    sign: int, strike: float, years: float, iv: float
) -> None:
    terms = Terms(sign, strike, years, RATE)
    found = valued(terms, SPOT, iv)
    if found is not None:
        assert -1e-12 <= sign * found.delta <= 1.0
        assert found.price >= terms.intrinsic(SPOT)


@given(SIGNS, STRIKES, YEARS, VOLATILITIES, st.floats(1.0, 1.1))
def test_a_delta_never_falls_when_the_share_rises(
    sign: int, strike: float, years: float, iv: float, rise: float
) -> None:
    terms = Terms(sign, strike, years, RATE)
    lower, higher = valued(terms, SPOT, iv), valued(terms, SPOT * rise, iv)
    if lower is not None and higher is not None:
        assert higher.delta >= lower.delta - 1e-9


@given(STRIKES, YEARS, VOLATILITIES)
def test_an_american_put_moves_at_least_like_a_european_one(strike: float, years: float, iv: float) -> None:
    root = iv * math.sqrt(years)
    d1 = (math.log(SPOT / strike) + (RATE + iv * iv / 2) * years) / root
    european = 0.5 * (1 + math.erf(d1 / math.sqrt(2))) - 1.0
    found = valued(Terms(-1, strike, years, RATE), SPOT, iv)
    if found is not None:
        assert found.delta <= european + 0.006  # what 51 steps leave


# ---- the chain


def snapshot(bid: float = 3.0, ask: float = 3.1, *, age_s: float = 1.0, **more: object) -> Snapshot:
    quote = {"t": (NOW - timedelta(seconds=age_s)).isoformat(), "bp": bid, "ap": ask}
    return snapshot_of(msgspec.Raw(msgspec.json.encode({"latestQuote": quote, **more})), NOW)


TOLD = {"delta": 0.55, "gamma": 0.03, "theta": -0.1, "vega": 0.1, "rho": 0.02}
ZEROS = dict.fromkeys(TOLD, 0.0)


@pytest.mark.parametrize("ahead_s", [61.0, 3600.0, 86_400.0, 10 * 86_400.0])
def test_a_quote_from_the_future_is_refused_and_never_a_young_one(ahead_s: float) -> None:
    with pytest.raises(RowError, match="from the future"):
        snapshot(greeks=TOLD, age_s=-ahead_s)


def test_the_venues_delta_counts_while_its_quote_is_young_and_the_share_stands() -> None:
    mark = mark_of(CALL, snapshot(greeks=TOLD), STOOD, NOW, RATE)
    assert (mark.delta, mark.origin) == (0.55, DeltaOrigin.VENUE)


@pytest.mark.parametrize(
    ("row", "share"),
    [
        pytest.param(snapshot(greeks=TOLD), Share(100.0, 0.25), id="the share moved"),
        pytest.param(snapshot(greeks=TOLD), Share(100.0, None), id="nobody knows whether it moved"),
        pytest.param(snapshot(greeks=TOLD, age_s=901.0), STOOD, id="an old quote"),
        pytest.param(snapshot(greeks=ZEROS), STOOD, id="zeros mean missing"),
        pytest.param(snapshot(greeks={**TOLD, "delta": -0.55}), STOOD, id="the wrong half"),
        pytest.param(snapshot(greeks={**TOLD, "delta": 1.2}), STOOD, id="more than the share"),
        pytest.param(snapshot(), STOOD, id="no greeks"),
    ],
)
def test_else_the_tree_says_it_by_the_quote(row: Snapshot, share: Share) -> None:
    mark = mark_of(CALL, row, share, NOW, RATE)
    assert mark.origin is DeltaOrigin.MODEL
    assert mark.delta == pytest.approx(0.53, abs=0.03)


@pytest.mark.parametrize(
    ("row", "spot", "delta"),
    [
        (snapshot(49.9, 50.0), 150.0, 1.0),
        (snapshot(0.0, 0.05), 80.0, 0.0),
        (snapshot(0.001, 0.002), 80.0, 0.0),
    ],
)
def test_at_intrinsic_value_it_is_all_of_the_share_or_none(row: Snapshot, spot: float, delta: float) -> None:
    mark = mark_of(CALL, row, Share(spot, None), NOW, RATE)
    assert (mark.delta, mark.origin) == (delta, DeltaOrigin.INTRINSIC)


@pytest.mark.parametrize(
    ("contract", "row", "share", "reason"),
    [
        (CALL, snapshot(), Share(None, None), "no price of KO"),
        (CALL, None, STOOD, "the service does not know it"),
        (CALL, snapshot(0.0, 0.0), STOOD, "no quote"),
        (CALL, snapshot(0.0, 3.0), STOOD, "one-sided quote"),
        (CALL, snapshot(3.2, 3.0), STOOD, "crossed quote"),
        (CALL, snapshot(2.0, 4.0), STOOD, "no volatility, and a spread of 67 %"),
        (CALL, snapshot(99.8, 99.9), STOOD, "no volatility explains its quote"),
        (msgspec.structs.replace(CALL, standard=False), snapshot(), STOOD, "adjusted contract"),
        (
            msgspec.structs.replace(CALL, expiry=date(2026, 5, 29)),
            snapshot(greeks=TOLD),
            STOOD,
            "expired, not yet removed by the broker",
        ),
    ],
)
def test_what_is_missing_never_becomes_a_number(
    contract: Contract, row: Snapshot | None, share: Share, reason: str
) -> None:
    mark = mark_of(contract, row, share, NOW, RATE)
    assert (mark.delta, mark.origin, mark.reason) == (None, None, reason)


def test_on_expiry_day_neither_the_venues_delta_nor_its_volatility_is_believed() -> None:
    today = msgspec.structs.replace(CALL, expiry=NOW.date())
    mark = mark_of(today, snapshot(0.5, 0.55, greeks=TOLD, impliedVolatility=9.0), STOOD, NOW, RATE)
    assert mark.origin is DeltaOrigin.MODEL
    assert mark.iv is not None
    assert mark.iv < 1.0


def test_in_the_last_hour_at_the_strike_a_reader_is_told_that_it_may_be_anything() -> None:
    late = datetime(2026, 6, 19, 19, 30, tzinfo=UTC)
    row = snapshot_of(
        msgspec.Raw(msgspec.json.encode({"latestQuote": {"t": late.isoformat(), "bp": 0.2, "ap": 0.22}})), late
    )
    assert mark_of(CALL, row, STOOD, late, RATE).reason == "at the strike in the last hour: anything from 0 to +1"


# ---- symbols


@pytest.mark.parametrize(
    ("symbol", "underlying", "strike"),
    [("AAPL250620C00100000", "AAPL", Decimal(100)), ("SPY261218P00600500", "SPY", Decimal("600.5"))],
)
def test_a_contracts_symbol_says_what_it_is(symbol: str, underlying: str, strike: Decimal) -> None:
    contract = contract_of(symbol)
    assert contract is not None
    assert (contract.underlying, contract.strike, contract.standard) == (underlying, strike, True)


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "AAPL",
        "AAPL251320C00100000",
        "AAPL250620X00100000",
        "AAPL250620C00000000",
        "aapl250620C00100000",
        "AAPL250620C00100000\n",
    ],
)
def test_what_is_no_contracts_symbol_is_none_and_never_a_crash(symbol: str) -> None:
    assert contract_of(symbol) is None


@given(st.text(max_size=30))
def test_no_text_crashes_the_reading_of_a_symbol(text: str) -> None:
    assert contract_of(text) is None or len(text) >= 16


def test_a_digit_after_the_root_is_an_adjusted_contract() -> None:
    for symbol in ("AAPL1250620C00100000", "XOM2241220P00100000"):
        contract = contract_of(symbol)
        assert contract is not None
        assert not contract.standard
