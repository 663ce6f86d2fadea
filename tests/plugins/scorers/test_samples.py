"""Components on rows that the service really sent."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.needs import SHARED, needs_shared
from tidegate import Alert, Direction, Scorer
from tidegate.core.domain.events import AlertReceived, ReadingSeen
from tidegate.core.domain.rules import Cluster, Rules
from tidegate.core.domain.state import State
from tidegate.core.domain.stepping.step import advance
from tidegate.plugins.scorers.alerts.options_flow import OptionsFlow
from tidegate.plugins.scorers.alerts.temporal_motif import TemporalMotif
from tidegate.plugins.scorers.alerts.whale_persistence import WhalePersistence
from tidegate.plugins.scorers.readings.insider import Insider
from tidegate.plugins.scorers.readings.institutional import Institutional
from tidegate.plugins.scorers.readings.market_tide import MarketTide
from tidegate.plugins.scorers.readings.oi_change import OiChange
from tidegate.plugins.sources.unusual_whales.alerts import alert_of
from tidegate.plugins.sources.unusual_whales.readings.endpoint import decode
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS
from tidegate.plugins.sources.unusual_whales.rows import answer_of, payload_of

RECORDED = SHARED / "data" / "uw"
CAPTURES = RECORDED / "doc-captures-2025-10-22"
NOW = datetime(2025, 10, 23, 1, 0, tzinfo=UTC)  # hours after the captures; long after the recorded frames
pytestmark = needs_shared
Sample = tuple[Scorer, str, str]
SAMPLES: list[Sample] = [
    (MarketTide(), "market_tide", "market-tide.1.json"),
    (OiChange(), "oi_change", "oi-change.1.json"),
    (Institutional(), "institutional", "ownership.1.json"),
]


def symbol_in(body: bytes) -> str:
    """The symbol of a capture's rows; the tide is the market's, and holders are of whom was asked for."""
    row = json.loads(body)["data"][0]
    return str(row.get("underlying_symbol") or row.get("ticker") or "SPY")


@pytest.mark.parametrize(("scorer", "key", "file"), SAMPLES, ids=[key for _, key, _ in SAMPLES])
def test_a_recorded_answer_becomes_a_value_for_the_component(scorer: Scorer, key: str, file: str) -> None:
    endpoint = next(each for each in ENDPOINTS if each.key == key)
    body = (CAPTURES / file).read_bytes()
    symbol = symbol_in(body)
    about = None if endpoint.about == "market" else symbol
    found = decode(endpoint, body, symbol=about, now=NOW).readings
    assert found, "the recorded rows gave no reading"
    at = max(each.at for each in found)
    state = State()
    for reading in found:
        advance(state, ReadingSeen(source="u", reading=reading), at, Rules())
    cluster = Cluster(symbol=symbol, direction=Direction.BULLISH, trace="uw_0", newest=at, members=())
    value = scorer.score(cluster, state)
    assert value is not None
    assert -1.0 <= value <= 1.0


def test_a_recorded_notice_of_intent_is_no_trade_and_leaves_the_insiders_unknown() -> None:
    body = (CAPTURES / "transactions.1.json").read_bytes()
    symbol = symbol_in(body)
    endpoint = next(each for each in ENDPOINTS if each.key == "insider")
    assert decode(endpoint, body, symbol=symbol, now=NOW).readings == []
    cluster = Cluster(symbol=symbol, direction=Direction.BULLISH, trace="uw_0", newest=NOW, members=())
    assert Insider().score(cluster, State(at=NOW)) is None


def recorded_alerts() -> list[Alert]:
    """The alerts of the recorded websocket frames, oldest first, and of the recorded REST row."""
    frames = (RECORDED / "uw-ws-flowalerts-2025-05-16.jsonl").read_text().splitlines()
    texts = [json.dumps(json.loads(line)["msg"]) for line in frames]
    alerts = [alert_of(payload_of(text)[1], NOW)[1] for text in texts if answer_of(text) is None]
    rows = json.loads((CAPTURES / "flow-alerts.1.json").read_bytes())["data"]
    return sorted([*alerts, *(alert_of(json.dumps(row).encode(), NOW)[1] for row in rows)], key=lambda each: each.at)


@pytest.mark.parametrize("scorer", [OptionsFlow(), WhalePersistence(), TemporalMotif()], ids=lambda each: each.name)
def test_recorded_alerts_become_a_value_for_the_components_of_flow(scorer: Scorer) -> None:
    state, seen = State(), []
    for alert in recorded_alerts():
        advance(state, AlertReceived(source="u", alert=alert), alert.at, Rules())
        cluster = Cluster(symbol=alert.symbol, direction=Direction.BULLISH, trace="uw_0", newest=alert.at, members=())
        seen.append(scorer.score(cluster, state))
    assert len(seen) >= 18
    assert all(value is None or -1.0 <= value <= 1.0 for value in seen)
    assert any(item.counts for known in state.symbols.values() for item in known.flow)


def test_every_recorded_frame_of_every_channel_is_read_without_a_complaint() -> None:
    for file in RECORDED.glob("uw-ws-*.jsonl"):
        for line in file.read_text().splitlines():
            channel, _ = payload_of(json.dumps(json.loads(line)["msg"]))
            assert channel.partition(":")[0] in ("flow-alerts", "gex", "option_trades")
    assert timedelta(0) < NOW - recorded_alerts()[-1].at
