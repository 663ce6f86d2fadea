"""Every endpoint of readings: rows as the service sends them, for the clock's moment, the same for the same seed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.unusual_whales.client import TEN, Client, Row, is_decimal, whales
from tidegate.plugins.sources.unusual_whales.readings.endpoint import Endpoint, decode
from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS
from tidegate.sandbox.unusual_whales.service.rest import ROWS

AFTERNOON = datetime(2025, 10, 15, 19, 30, tzinfo=UTC)
SATURDAY = datetime(2025, 10, 18, 16, 0, tzinfo=UTC)
WHEN = {"date", "timestamp", "tape_time", "executed_at", "curr_date", "filed_at_date", "filing_date", "market_date"}


def asked(client: Client, endpoint: Endpoint, symbol: str, at: datetime) -> bytes:
    answer = client.ask(endpoint.address(symbol), **endpoint.query(symbol, at))
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: each.key)
def test_every_reading_is_made_from_rows_of_the_sandbox_and_none_is_rejected(endpoint: Endpoint) -> None:
    symbols = ["SPY"] if endpoint.about == "etf" else ["NVDA", "KO", "BRK.B", "XOM", "AAPL", "TSLA", "MSFT", "AMD"]
    with whales(at=AFTERNOON) as client:
        found = [
            decode(endpoint, asked(client, endpoint, each, AFTERNOON), symbol=each, now=AFTERNOON) for each in symbols
        ]
    assert {name for each in found for reading in each.readings for name in [reading.name]} == set(endpoint.readings)
    assert [each.rejects for each in found] == [{}] * len(found)


def test_every_endpoint_that_is_polled_is_served() -> None:
    assert {endpoint.path for endpoint in ENDPOINTS} <= set(ROWS)


@pytest.mark.parametrize("path", sorted(ROWS))
def test_rows_are_the_same_for_the_same_seed_and_hold_nothing_of_the_future(path: str) -> None:
    def rows(seed: int, at: datetime) -> list[Row]:
        with whales(seed=seed, at=at) as client:
            found = client.rows(path.replace("{ticker}", "SPY" if "etfs" in path else "NVDA"))
            return found if isinstance(found, list) else [found]

    first = rows(3, TEN)
    assert first
    assert first == rows(3, TEN)
    assert first != rows(4, TEN)
    times = [value for row in first for name, value in row.items() if name in WHEN]
    assert all(_moment(value) <= TEN for value in times)


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def test_a_symbol_says_the_same_again_as_the_day_goes_on() -> None:
    with whales() as client:
        before = client.rows("/api/stock/NVDA/net-prem-ticks")
        client.wait(600)
        after = client.rows("/api/stock/NVDA/net-prem-ticks")
    assert (len(before), len(after)) == (31, 41)
    assert after[:31] == before


def test_orders_of_rows_are_those_of_the_service() -> None:
    with whales(at=AFTERNOON) as client:
        for path, name, newest_first in (
            ("/api/darkpool/NVDA", "executed_at", True),
            ("/api/market/market-tide", "timestamp", False),
            ("/api/stock/NVDA/net-prem-ticks", "tape_time", False),
            ("/api/stock/NVDA/greek-exposure", "date", False),
            ("/api/stock/NVDA/iv-rank", "date", False),
            ("/api/etfs/SPY/in-outflow", "date", True),
        ):
            told = [each[name] for each in client.rows(path)]
            assert told == sorted(told, reverse=newest_first), path
            assert len(told) > 4, path


def test_decimals_are_text_puts_are_negative_and_today_of_a_fund_is_null() -> None:
    with whales(at=AFTERNOON) as client:
        greeks = client.rows("/api/stock/NVDA/greek-exposure", timeframe="2W")
        assert len(greeks) in (9, 10)
        assert all(is_decimal(each["call_gamma"]) and each["put_gamma"].startswith("-") for each in greeks)
        flow = client.rows("/api/etfs/SPY/in-outflow", start_date="2025-10-01")
        assert flow[0]["change_prem"] is None
        assert all(is_decimal(each["change_prem"]) for each in flow[1:])
        assert client.rows("/api/etfs/NVDA/in-outflow") == []


def test_prints_are_cut_filtered_and_sorted_as_asked() -> None:
    with whales(at=AFTERNOON) as client:
        hour_ago = AFTERNOON - timedelta(hours=1)
        recent = client.rows("/api/darkpool/NVDA", newer_than=str(int(hour_ago.timestamp() * 1000)), order_by="premium")
        premiums = [float(each["premium"]) for each in recent]
        assert premiums == sorted(premiums, reverse=True)
        assert all(_moment(each["executed_at"]) >= hour_ago for each in recent)
        big = client.rows("/api/darkpool/NVDA", min_premium="500000", limit="3", order="asc")
        assert len(big) == 3
        assert min(float(each["premium"]) for each in big) >= 500_000


def test_a_weekend_has_no_rows_of_the_day() -> None:
    with whales(at=SATURDAY) as client:
        for path in ("/api/market/market-tide", "/api/darkpool/NVDA", "/api/stock/NVDA/net-prem-ticks"):
            assert client.rows(path) == []
        assert client.rows("/api/stock/NVDA/net-prem-ticks", date="2025-10-17")
        assert client.rows("/api/stock/NVDA/oi-change")[0]["curr_date"] == "2025-10-17"


def test_filings_can_be_asked_by_ticker_code_and_page() -> None:
    with whales() as client:
        sold = client.rows("/api/insider/transactions", ticker_symbol="NVDA,AAPL", **{"transaction_codes[]": ["S"]})
        assert {each["transaction_code"] for each in sold} == {"S"}
        assert {each["ticker"] for each in sold} == {"NVDA", "AAPL"}
        assert all(each["amount"] < 0 for each in sold)
        every = client.rows("/api/insider/transactions")
        pages = [client.rows("/api/insider/transactions", limit="20", page=str(page)) for page in range(2)]
        assert pages[0] + pages[1] == every[:40]
        assert {each["ticker"] for each in client.rows("/api/congress/recent-trades", ticker="KO")} == {"KO"}


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/darkpool/MSFT12", {}),
        ("/api/darkpool/NVDA", {"date": "2023-02-140"}),
        ("/api/darkpool/NVDA", {"order_by": "name"}),
        ("/api/stock/NVDA/greek-exposure", {"timeframe": "soon"}),
    ],
)
def test_what_cannot_be_asked_is_refused_with_an_example(path: str, params: dict[str, str]) -> None:
    with whales() as client:
        answer = client.ask(path, **params)
        assert answer.status_code == 422
        assert "valid example" in json.loads(answer.text)["msg"]


def test_a_symbol_with_a_dot_or_a_slash_is_a_symbol() -> None:
    with whales(at=AFTERNOON) as client:
        assert client.rows("/api/darkpool/BRK.B")[0]["ticker"] == "BRK.B"
        assert client.rows("/api/darkpool/BRK%2FB")[0]["ticker"] == "BRK/B"
