"""Components that stand on readings: their tables, their signs, and what they do not know."""

from datetime import timedelta
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate import UNKNOWN, Direction, Reading, Scorer
from tidegate.core.domain.rules import Cluster
from tidegate.core.domain.state import State, Symbol
from tidegate.plugins.scorers.readings.calendar_catalyst import CalendarCatalyst
from tidegate.plugins.scorers.readings.congress import Congress
from tidegate.plugins.scorers.readings.dark_pool import DarkPool
from tidegate.plugins.scorers.readings.etf_flow import EtfFlow
from tidegate.plugins.scorers.readings.ftd_pressure import FtdPressure
from tidegate.plugins.scorers.readings.greeks_gamma import GreeksGamma
from tidegate.plugins.scorers.readings.insider import Insider
from tidegate.plugins.scorers.readings.institutional import Institutional
from tidegate.plugins.scorers.readings.iv_rank import IvRank
from tidegate.plugins.scorers.readings.market_tide import MarketTide
from tidegate.plugins.scorers.readings.net_premium_trend import NetPremiumTrend
from tidegate.plugins.scorers.readings.oi_change import OiChange
from tidegate.plugins.scorers.readings.shorts_squeeze import ShortsSqueeze
from tidegate.testing import NOW, a_cluster

# scorer, its readings, whether they are of the market, and whether direction turns its sign
COMPONENTS = [
    (DarkPool(), ("dark_pool_net", "dark_pool_gross"), False, True),
    (MarketTide(), ("tide_call_30m", "tide_put_30m"), True, True),
    (NetPremiumTrend(), ("net_premium_slope", "net_premium_scale"), False, True),
    (GreeksGamma(), ("gamma_net", "gamma_gross"), False, False),
    (IvRank(), ("iv_rank",), False, True),
    (OiChange(), ("oi_opened_bullish", "oi_opened_bearish"), False, True),
    (Congress(), ("congress_buys", "congress_sells"), False, True),
    (Insider(), ("insider_buys_usd", "insider_sells_usd"), False, True),
    (Institutional(), ("institutional_bought_usd", "institutional_sold_usd"), False, True),
    (ShortsSqueeze(), ("short_interest", "days_to_cover"), False, True),
    (CalendarCatalyst(), ("earnings_at",), False, False),
    (FtdPressure(), ("ftd_usd",), False, True),
    (EtfFlow(), ("etf_flow_5d",), False, True),
]
BY_NAME = {scorer.name: (scorer, names, market) for scorer, names, market, _ in COMPONENTS}
EACH = pytest.mark.parametrize(
    ("scorer", "names", "market", "turns"), COMPONENTS, ids=[scorer.name for scorer, *_ in COMPONENTS]
)
AMOUNT = st.floats(-1e13, 1e13)


def knowing(names: tuple[str, ...], amounts: tuple[float, ...], *, market: bool = False, age_s: float = 0.0) -> State:
    """A state that holds these readings, `age_s` old and good for 100 seconds."""
    at = NOW - timedelta(seconds=age_s)
    shelf = {n: Reading(name=n, at=at, value=v, max_age_s=100.0) for n, v in zip(names, amounts, strict=False)}
    cluster = a_cluster()
    return State(
        at=NOW, market=shelf if market else {}, symbols={cluster.symbol: Symbol(readings={} if market else shelf)}
    )


def value(name: str, *amounts: float, bearish: bool = False) -> float | None:
    scorer, names, market = BY_NAME[name]
    return scorer.score(cluster(bearish=bearish), knowing(names, amounts, market=market))


def cluster(*, bearish: bool = False) -> Cluster:
    return a_cluster(direction=Direction.BEARISH if bearish else Direction.BULLISH)


@pytest.mark.parametrize(
    ("name", "amounts", "expected"),
    [
        ("dark_pool", (25e6, 50e6), 0.5),
        ("dark_pool", (-50e6, 50e6), -1.0),
        ("dark_pool", (1e6, 1e6), 0.0),
        ("dark_pool", (5e6, 10e6), 0.5 * log10(10) / log10(50)),
        ("market_tide", (3e6, 1e6), 0.5),
        ("market_tide", (2e6, -2e6), 1.0),
        ("market_tide", (0.0, 0.0), 0.0),
        ("net_premium_trend", (2e4, 4e4), 0.5),
        ("net_premium_trend", (-9e4, 4e4), -1.0),
        ("net_premium_trend", (0.0, 0.0), 0.0),
        ("greeks_gamma", (-3e5, 6e5), 0.5),
        ("greeks_gamma", (6e5, 6e5), -1.0),
        ("iv_rank", (0.0,), 1.0),
        ("iv_rank", (50.0,), 0.0),
        ("iv_rank", (100.0,), -1.0),
        ("oi_change", (40_000.0, 10_000.0), 0.6),
        ("oi_change", (500.0, 0.0), 0.0),
        ("congress", (5.0, 0.0), 1.0),
        ("congress", (1.0, 0.0), 0.2),
        ("congress", (3.0, 6.0), -1 / 3),
        ("insider", (5e6, 0.0), 1.0),
        ("insider", (0.0, 5e6), -1.0),
        ("insider", (5e4, 5e4), 0.0),
        ("institutional", (75e7, 25e7), 0.5),
        ("shorts_squeeze", (0.30, 10.0), 1.0),
        ("shorts_squeeze", (0.15, 5.0), 0.5),
        ("shorts_squeeze", (0.04, 9.0), 0.0),
        ("calendar_catalyst", (NOW.timestamp() + 7 * 86_400,), 0.5),
        ("calendar_catalyst", (NOW.timestamp() + 30 * 86_400,), 0.0),
        ("ftd_pressure", (1e7,), 0.5),
        ("ftd_pressure", (9e5,), 0.0),
        ("etf_flow", (1e8,), 0.5),
        ("etf_flow", (-1e10,), -1.0),
        ("etf_flow", (0.0,), 0.0),
    ],
)
def test_the_value_is_the_formulas(name: str, amounts: tuple[float, ...], expected: float) -> None:
    assert value(name, *amounts) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "amounts"),
    [
        ("dark_pool", (0.0, 0.0)),
        ("greeks_gamma", (0.0, 0.0)),
        ("iv_rank", (101.0,)),
        ("shorts_squeeze", (-0.1, 1.0)),
        ("calendar_catalyst", (NOW.timestamp() - 1,)),
        ("ftd_pressure", (-1.0,)),
    ],
)
def test_numbers_that_cannot_be_are_unknown_and_never_a_value(name: str, amounts: tuple[float, ...]) -> None:
    assert value(name, *amounts) is UNKNOWN


@EACH
def test_without_all_of_its_readings_a_component_is_unknown(
    scorer: Scorer, names: tuple[str, ...], market: bool, turns: bool
) -> None:
    del turns
    assert scorer.score(cluster(), State(at=NOW)) is UNKNOWN
    some = knowing(names[:-1], (1.0,) * (len(names) - 1), market=market)
    assert scorer.score(cluster(), some) is UNKNOWN


@EACH
def test_a_reading_older_than_its_limit_is_unknown(
    scorer: Scorer, names: tuple[str, ...], market: bool, turns: bool
) -> None:
    del turns
    amounts = (NOW.timestamp() + 86_400.0,) if scorer.name == "calendar_catalyst" else (0.2, 2.0)
    assert scorer.score(cluster(), knowing(names, amounts, market=market, age_s=100.0)) is not UNKNOWN
    assert scorer.score(cluster(), knowing(names, amounts, market=market, age_s=101.0)) is UNKNOWN


@given(component=st.sampled_from(COMPONENTS), amounts=st.tuples(AMOUNT, AMOUNT))
def test_every_value_is_within_bounds_and_a_bearish_signal_turns_the_sign(
    component: tuple[Scorer, tuple[str, ...], bool, bool], amounts: tuple[float, float]
) -> None:
    scorer, names, market, turns = component
    state = knowing(names, amounts, market=market)
    bullish, bearish = scorer.score(cluster(), state), scorer.score(cluster(bearish=True), state)
    assert bullish is None or -1.0 <= bullish <= 1.0
    expected = bullish if bullish is None or not turns else -bullish
    assert bearish == expected
