"""Recordings as a feed, whatever they are wrapped in, and rows of the socket as REST sends them."""

import gzip
import json
from pathlib import Path

import pytest

from tests.needs import SHARED, needs_shared
from tests.sandbox.unusual_whales.client import row, whales
from tidegate.core.errors import InputError
from tidegate.sandbox.unusual_whales import Sandbox, Settings
from tidegate.sandbox.unusual_whales.rows.alerts import alert_of

CAPTURED = SHARED / "data" / "uw"
SOCKET_ROW = {
    "id": "s", "rule_name": "RepeatedHits", "ticker": "JD", "option_chain": "JD251017P00034500",
    "underlying_price": 33.74, "volume": 815, "total_size": 341, "total_premium": 29326.0,
    "total_ask_side_prem": 16598.0, "total_bid_side_prem": 12728.0, "start_time": 1760536800000,
    "end_time": 1760536800005, "executed_at": 1760536800005, "price": 0.86, "has_multileg": False, "has_sweep": False,
    "has_floor": False, "open_interest": 920, "bid": "0.84", "ask": "0.87", "volume_oi_ratio": 0.0, "trade_ids": ["x"],
    "rule_id": "e6b9f0b6-fcd9-44fe-9d1c-f53521c152c3", "ask_vol": 233, "bid_vol": 558, "url": "",
    "has_singleleg": True, "all_opening_trades": False, "trade_count": 31, "expiry_count": 1,
}  # fmt: skip


def test_a_row_of_the_socket_becomes_one_of_rest() -> None:
    alert = alert_of(dict(SOCKET_ROW))
    assert alert is not None
    made = alert.row
    assert (made["alert_rule"], made["created_at"]) == ("RepeatedHits", "2025-10-15T14:00:00.005000Z")
    assert (made["type"], made["strike"], made["expiry"]) == ("put", "34.5", "2025-10-17")
    assert (made["total_premium"], made["underlying_price"], made["bid"]) == ("29326", "33.74", "0.84")
    assert made["volume_oi_ratio"] == "0.885869565217"
    assert "trade_ids" not in made


def test_a_recording_is_read_whatever_it_is_wrapped_in(tmp_path: Path) -> None:
    rest, socket, path = row("r"), dict(SOCKET_ROW), tmp_path / "day.jsonl"
    lines = [
        ["flow-alerts", {"response": {}, "status": "ok"}],
        {"recv": "2025-10-15 10:00:00", "msg": ["flow-alerts", socket]},
        ["quotes", {"symbol": "SPY", "last": 660.0, "time": 1760536800000}],
        {"data": [rest, row("broken", total_premium=None)]},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines) + '["flow-alerts",{"id":"torn'
    for data in (text.encode(), gzip.compress(text.encode()), b"\xef\xbb\xbf" + text.encode()):
        path.write_bytes(data)
        with whales(recording=str(path)) as client:
            client.wait(1)
            assert set(client.ids()) == {"s", "r", "broken"}
            assert client.state()["alerts"] == {"listed": 2, "served": 2}
            assert client.state()["left_out"] == 1


@pytest.mark.parametrize("text", [None, "", "nothing\n", "[1, 2]", '{"data": []}'])
def test_a_recording_without_alerts_is_refused_in_words(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "day.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match="The recording"):
        Sandbox(Settings(recording=str(path)))


@needs_shared
def test_what_was_recorded_from_the_service_is_served_again() -> None:
    with whales(recording=str(CAPTURED / "uw-ws-flowalerts-2025-05-16.jsonl"), at=None) as client:
        client.wait(24 * 3600)
        assert len(set(client.ids())) == client.state()["alerts"]["listed"] == 17
