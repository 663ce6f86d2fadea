"""The doctor and Unusual Whales: one question over HTTP says what is wrong with address, token, quota or contract."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Cli = Callable[..., Any]
TOKEN = "planted-uw-token-of-the-doctor"  # noqa: S105 - planted, to be looked for
FIELDS = """
id ticker option_chain total_premium end_time created_at start_time total_ask_side_prem total_bid_side_prem
underlying_price price total_size volume open_interest has_multileg has_sweep has_floor alert_rule sector
"""
ROW = dict.fromkeys(FIELDS.split(), "1")
QUOTA = {"x-uw-daily-req-count": "42", "x-uw-token-req-limit": "15000"}


class Whales:
    """A server on the loopback that gives one answer to everybody, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, json.dumps({"data": [ROW]}), dict(QUOTA)
        self.asked: list[str] = []
        whales = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                whales.asked.append(f"{self.path} {self.headers.get('Authorization')}")
                self.send_response(whales.status)
                for name, value in whales.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(whales.body.encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def whales(monkeypatch: pytest.MonkeyPatch) -> Iterator[Whales]:
    monkeypatch.setenv("UW_API_TOKEN", TOKEN)
    found = Whales()
    thread = Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def rows(cli: Cli, whales: Whales, tmp_path: Path) -> dict[str, dict[str, str]]:
    url = f"http://127.0.0.1:{whales.server.server_port}"
    sets = ["--set", "sources.unusual_whales.enabled=true", "--set", f"sources.unusual_whales.base_url={url}"]
    ran = cli("doctor", "--json", "--state-dir", tmp_path / "state", *sets)
    assert TOKEN not in ran.out
    return {row["name"]: row for row in ran.json()["rows"]}


def test_a_sound_service_costs_one_request_and_shows_its_quota(cli: Cli, whales: Whales, tmp_path: Path) -> None:
    found = rows(cli, whales, tmp_path)
    names = ("alerts endpoint", "alerts quota", "contract: flow alerts")
    assert [found[name]["result"] for name in names] == ["ok"] * 3
    assert "42 of 15,000" in found["alerts quota"]["seen"]
    assert whales.asked == [f"/api/option-trades/flow-alerts?limit=1 Bearer {TOKEN}"]


@pytest.mark.parametrize(
    ("status", "result", "then"),
    [
        (401, "fail", "token"),
        (403, "fail", "plan"),
        (404, "fail", "address"),
        (429, "warn", "wait"),
        (500, "warn", "later"),
    ],
)
def test_a_refusal_says_what_to_do_next(
    cli: Cli, whales: Whales, tmp_path: Path, *, status: int, result: str, then: str
) -> None:
    whales.status = status
    row = rows(cli, whales, tmp_path)["alerts endpoint"]
    assert row["result"] == result
    assert then in row["next"]


def test_a_quota_that_is_nearly_used_up_is_a_warning(cli: Cli, whales: Whales, tmp_path: Path) -> None:
    whales.headers["x-uw-daily-req-count"] = "14000"
    assert rows(cli, whales, tmp_path)["alerts quota"]["result"] == "warn"


def test_a_field_that_is_no_longer_sent_is_told(cli: Cli, whales: Whales, tmp_path: Path) -> None:
    whales.body = json.dumps({"data": [{key: "1" for key in ROW if key not in ("end_time", "sector")}]})
    row = rows(cli, whales, tmp_path)["contract: flow alerts"]
    assert row["result"] == "fail"
    assert "end_time, sector" in row["seen"]
