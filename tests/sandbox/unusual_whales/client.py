"""A client of the Unusual Whales sandbox that holds every exchange against the official document."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.needs import SHARED
from tests.sandbox.contract import Contract, Found
from tests.waiting import PATIENCE_S
from tidegate.sandbox.unusual_whales import TOKEN, SandboxThread, Settings
from tidegate.sandbox.unusual_whales.plan import AnyFault

DOCUMENT = SHARED / "contracts" / "openapi" / "uw-openapi-used-paths.json"
TEN = datetime(2025, 10, 15, 14, 0, tzinfo=UTC)  # a Wednesday, 10:00 in New York
ALERTS = "/api/option-trades/flow-alerts"
Row = dict[str, Any]

# What rows really lack, and what has another type than the document says (contract, section 10).
ABSENT = {
    "/api/darkpool/{ticker}": {"trf_executed_at"},
    "/api/insider/transactions": {
        "date_excercisable", "director_indirect", "expiration_date", "natureofownership", "price_excercisable",
    },
}  # fmt: skip
OTHERWISE = {"/api/congress/recent-trades": {"member_type", "is_active"}}


class WhaleContract(Contract):
    """The document describes one row where the service sends {"data": rows}; null is what it never mentions."""

    def check(self, answer: httpx.Response) -> None:
        """Hold a query and every row of a 200 against it. Raises AssertionError with the reason."""
        path = next((path for path, found in self.paths.items() if found.match(answer.request.url.path)), None)
        if path is None or answer.status_code == 401:
            return
        self._query(self._at("paths", path, "get"), path, answer.request.url)
        where = ("paths", path, "get", "responses", str(answer.status_code))
        if answer.status_code == 200:
            rows = answer.json()["data"]
            for row in rows if isinstance(rows, list) else [rows]:
                self._row(path, row, where)
        elif answer.status_code in (422, 500):
            self._error(answer, where)
        self.checked += 1

    def _row(self, path: str, row: Row, where: tuple[str, ...]) -> None:
        odd = OTHERWISE.get(path, set())
        self._hold({name: value for name, value in row.items() if value is not None and name not in odd}, *where)
        schema = self._at(*where, "content", "application/json", "schema").get("properties", {})
        assert isinstance(schema, dict)
        missing = set(schema) - set(row) - ABSENT.get(path, set()) - {"issue_type"}
        assert missing == set(), f"{path}: {missing}"

    def _error(self, answer: httpx.Response, where: tuple[str, ...]) -> None:
        content: Found = self._at(*where, "content")
        kind = answer.headers["Content-Type"].partition(";")[0]
        assert kind in content, f"{answer.status_code} is {kind}"
        if kind == "application/json":
            self._hold(answer.json(), *where)


class Client:
    """Speaks to a sandbox as any client would; time passes only in `wait`."""

    def __init__(self, box: SandboxThread) -> None:
        self.box = box
        self.contract = WhaleContract.read(DOCUMENT) if DOCUMENT.exists() else None
        self.http = httpx.Client(base_url=box.url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S)

    def ask(self, path: str, /, **params: str | list[str]) -> httpx.Response:
        """One request, held against the document."""
        answer = self.http.get(path, params=params)
        if self.contract is not None:
            self.contract.check(answer)
        return answer

    def rows(self, path: str = ALERTS, /, **params: str | list[str]) -> list[Row]:
        answer = self.ask(path, **params)
        assert answer.status_code == 200, answer.text
        found: list[Row] = answer.json()["data"]
        return found

    def ids(self, **params: str | list[str]) -> list[str]:
        return [row["id"] for row in self.rows(**params)]

    def wait(self, seconds: float) -> None:
        """Let time pass in the sandbox; what falls due has happened afterwards."""
        self.box.call(lambda it: it.clock.move(by=seconds))

    def inject(self, *faults: AnyFault) -> None:
        self.box.call(lambda it: it.faults.add(*faults))

    def put(self, *rows: Row) -> None:
        """Have alerts listed."""
        answer = self.http.put("/sandbox/alerts", json=list(rows))
        assert answer.status_code == 200, answer.text

    def state(self) -> Row:
        found: Row = json.loads(self.http.get("/sandbox/state").text)
        return found


@contextmanager
def whales(**settings: Any) -> Iterator[Client]:  # noqa: ANN401 - any setting
    """A sandbox on 2025-10-15 at 10:00 in New York where time stands still, without alerts of its own."""
    with SandboxThread(Settings(**{"at": TEN, "speed": 0.0, "per_minute": 0.0, **settings})) as box:
        client = Client(box)
        with client.http:
            yield client


def row(name: str, *, seconds: float = 0.0, **changes: object) -> Row:
    """An alert as REST sends it, that long after ten o'clock."""
    end = round((TEN.timestamp() + seconds) * 1000)
    listed = datetime.fromtimestamp(TEN.timestamp() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "id": name, "ticker": "NVDA", "option_chain": "NVDA251017C00185000", "type": "call", "strike": "185",
        "expiry": "2025-10-17", "total_premium": "612000.5", "total_ask_side_prem": "600000",
        "total_bid_side_prem": "0", "start_time": end - 40, "end_time": end, "created_at": listed,
        "underlying_price": "184.31", "price": "2.8", "bid": "2.79", "ask": "2.8", "total_size": 514,
        "volume": 34468, "open_interest": 1061, "volume_oi_ratio": "32.4863", "has_multileg": False,
        "has_sweep": True, "has_floor": False, "has_singleleg": True, "all_opening_trades": False,
        "alert_rule": "RepeatedHits", "rule_id": "e6b9f0b6-fcd9-44fe-9d1c-f53521c152c3", "sector": None,
        "marketcap": "4500000000000", "next_earnings_date": None, "er_time": None, "trade_count": 8,
        "expiry_count": 1, "iv_start": "0.16", "iv_end": "0.16", **changes,
    }  # fmt: skip


def is_decimal(text: object) -> bool:
    return isinstance(text, str) and re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
