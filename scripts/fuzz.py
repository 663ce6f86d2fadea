"""Coverage-guided fuzzing of everything that reads what others sent: `make fuzz SECONDS=60` (needs the extra `fuzz`).

A decoder may refuse, count or ignore; it may not raise anything else, and may not make up a number that is none.
"""

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from math import isfinite
from typing import Any

import msgspec

from tidegate.core.domain.values import Alert

NOW = datetime(2025, 10, 22, 15, 0, tzinfo=UTC)
WATCHED = [
    "tidegate.plugins.sources",
    "tidegate.plugins.executors.alpaca.wire",
    "tidegate.plugins.executors.alpaca.errors",
]
ALERT = {
    "id": "1", "ticker": "QQQ", "option_chain": "QQQ251028C00611000", "total_premium": "143920", "type": "call",
    "end_time": 1761164032828, "start_time": 1761164032782, "created_at": "2025-10-22T20:27:01.354429Z",
    "total_ask_side_prem": "143920", "total_bid_side_prem": "0", "underlying_price": "605.65", "volume": 34468,
    "open_interest": 1061, "has_multileg": False, "expiry": "2025-10-28", "strike": "611", "executed_at": None,
}  # fmt: skip
READING = {
    "timestamp": "2025-10-22T10:30:00-04:00", "tape_time": "2025-10-22T14:30:00.000000Z", "date": "2025-10-21",
    "executed_at": "2025-10-22T14:59:20Z", "price": "10.5", "size": 100, "premium": "1050", "nbbo_bid": "10.4",
    "nbbo_ask": "10.6", "canceled": False, "net_call_premium": "1000.5", "net_put_premium": "-20", "call_gamma": "5",
    "put_gamma": "-7", "iv_rank_1y": "44", "updated_at": "2025-10-21T20:00:00Z", "curr_date": "2025-10-21",
    "oi_diff_plain": 500, "option_symbol": "QQQ251028C00611000", "prev_ask_volume": 9, "prev_bid_volume": 2,
    "filed_at_date": "2025-10-20", "txn_type": "Buy", "filing_date": "2025-10-20", "transaction_code": "P",
    "amount": 100, "report_date": "2025-10-30", "units_changed": 5, "value": 100, "units": 10, "quantity": 7,
    "market_date": "2025-10-15", "si_float": "0.0176", "days_to_cover": "2.5", "change_prem": "1000000",
}  # fmt: skip
SEEDS: tuple[object, ...] = (
    {"data": [ALERT]},
    {"data": [READING, READING]},
    {"data": READING},
    ["flow-alerts", ALERT],
    ["flow-alerts", {"response": {}, "status": "ok"}],
    {"recv": "2025-05-16T13:19:50Z", "msg": ["quotes", {"symbol": "SPY", "last": 1.5, "time": 1747419586893}]},
    {
        "id": "904837e3",
        "status": "ACTIVE",
        "equity": "100.5",
        "cash": "1",
        "buying_power": "2",
        "account_number": "PA3",
    },
    {"code": 40310000, "message": "insufficient buying power", "buying_power": "0"},
)


def targets() -> list[Callable[[bytes], None]]:
    """Every decoder, as a function of bytes."""
    from tidegate import TransientError, VenueError  # noqa: PLC0415 - as above
    from tidegate.plugins.executors.alpaca.errors import error_of, read  # noqa: PLC0415 - atheris has to see the import
    from tidegate.plugins.executors.alpaca.wire import AccountRow, many, one, orders  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.fields import RowError  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.recording.entries import entries  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.unusual_whales.alerts import alert_of  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.unusual_whales.readings.endpoint import decode  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.unusual_whales.readings.table import ENDPOINTS  # noqa: PLC0415 - as above
    from tidegate.plugins.sources.unusual_whales.rows import answer_of, payload_of, rows_of  # noqa: PLC0415 - as above

    def recording(body: bytes) -> None:
        for _, _, fields in entries("fuzz", body, NOW):
            _sound(fields.get("alert"))

    def alerts(body: bytes) -> None:
        with suppress(TransientError):
            for row in rows_of(body):
                with suppress(RowError):
                    _sound(alert_of(row.raw, NOW)[1])

    def frames(body: bytes) -> None:
        answer_of(body)
        with suppress(ValueError):
            _sound(alert_of(payload_of(body)[1], NOW)[1])

    def readings(body: bytes) -> None:
        for endpoint in ENDPOINTS:
            for each in decode(endpoint, body, symbol="SPY", now=NOW).readings:
                assert isfinite(each.value), each

    def broker(body: bytes) -> None:
        error_of("POST", read(503, {}, body), NOW)
        with suppress(ValueError, VenueError):
            document = msgspec.json.decode(body)
            orders(document)
            many(AccountRow, document)
            one(AccountRow, document)

    return [recording, alerts, frames, readings, broker]


def _sound(alert: object) -> None:
    if isinstance(alert, Alert):
        assert isfinite(alert.premium), alert
        assert alert.start <= alert.at, alert
        assert alert.at.tzinfo is not None, alert


def changed(document: object, chance: Any) -> object:  # noqa: ANN401 - atheris is not typed
    """The document with some of its values changed into others, and some of its fields gone."""
    if isinstance(document, dict):
        kept = {key: value for key, value in document.items() if chance.ConsumeIntInRange(0, 15) != 1}
        return {key: changed(value, chance) for key, value in kept.items()}
    if isinstance(document, list):
        return [changed(value, chance) for value in document]
    kinds: tuple[Callable[[], object], ...] = (
        lambda: document,
        lambda: str(document),
        lambda: None,
        lambda: chance.ConsumeIntInRange(-(2**63), 2**63 - 1),
        chance.ConsumeFloat,
        lambda: chance.ConsumeUnicodeNoSurrogates(24),
        lambda: [document],
        lambda: {"x": document},
    )
    number = chance.ConsumeIntInRange(0, 31)
    return kinds[number]() if number < len(kinds) else document


def main() -> int:
    """Fuzz all targets in turn, by the input's first byte."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seconds", type=int, default=60)
    given = asked.parse_args()
    try:
        atheris = import_module("atheris")
    except ImportError:
        print("atheris is not installed: pip install 'tidegate[fuzz]'", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=WATCHED):
        found = targets()

    def one_input(data: bytes) -> None:
        chance = atheris.FuzzedDataProvider(data)
        target = found[chance.ConsumeIntInRange(0, len(found) - 1)]
        if chance.ConsumeIntInRange(0, 3) == 0:
            target(chance.ConsumeBytes(4096))
        else:
            seed = SEEDS[chance.ConsumeIntInRange(0, len(SEEDS) - 1)]
            target(json.dumps(changed(seed, chance)).encode())

    atheris.Setup([sys.argv[0], f"-max_total_time={given.seconds}", "-max_len=4096", "-timeout=5"], one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
