"""Readings against the Unusual Whales sandbox: every endpoint's rows are read whole, and a run says them all."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.plugins.sources.unusual_whales.server import Ear
from tests.waiting import PATIENCE_S
from tidegate import ReadingSeen, State
from tidegate.plugins.sources.unusual_whales.plugin import UnusualWhales
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Endpoint, decode
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS
from tidegate.sandbox.unusual_whales import TOKEN, SandboxThread, Settings

NOW = datetime(2025, 10, 15, 15, 0, 20, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)  # the sandbox's clock runs on
GENEROUS = Settings(at=NOW, calls_per_minute=None, calls_per_day=None)
STOCK, FUND = "NVDA", "SPY"


@pytest.fixture(scope="module", name="client")
def _client() -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with SandboxThread(GENEROUS) as box, httpx.Client(base_url=box.url, headers=headers, timeout=PATIENCE_S) as client:
        yield client


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.key)
def test_every_row_is_read_and_gives_what_the_table_says(endpoint: Endpoint, client: httpx.Client) -> None:
    symbol = FUND if endpoint.about == "etf" else STOCK
    answer = client.get(endpoint.address(symbol), params=endpoint.query(symbol, NOW))
    found = decode(endpoint, answer.content, symbol=None if endpoint.about == "market" else symbol, now=LATER)
    assert found.rejects == {}
    assert [each.name for each in found.readings] == list(endpoint.readings)
    assert all((LATER - each.at).total_seconds() <= endpoint.max_age_s for each in found.readings)


def test_a_run_says_every_reading_of_a_stock_and_of_a_fund(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)
    ear = Ear(state=State(at=LATER), now=lambda: LATER)
    wanted: set[tuple[str, str | None]] = {("tide_call_30m", None), ("tide_put_30m", None)}
    wanted |= {("etf_flow_5d", FUND), ("asked_insider", FUND)}
    wanted |= {(name, STOCK) for endpoint in ENDPOINTS if endpoint.about == "symbol" for name in endpoint.readings}

    async def run(url: str) -> None:
        source = UnusualWhales(base_url=url, watch=(STOCK, FUND), requests_per_minute=30_000.0)
        stream = asyncio.create_task(source.stream(ear))
        await ear.until(lambda: wanted <= {(fact.reading.name, fact.reading.symbol) for fact in ear.of(ReadingSeen)})
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)

    with SandboxThread(GENEROUS) as box:
        asyncio.run(run(box.url))
    assert ear.failures() == []
