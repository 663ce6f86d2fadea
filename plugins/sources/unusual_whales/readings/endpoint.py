"""An endpoint that is polled for readings, and what its answer becomes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

import msgspec

from tidegate import Reading
from tidegate.plugins.sources.fields import EPOCH, MILLISECOND
from tidegate.plugins.sources.unusual_whales.readings.wire import Found, Rows

DAY_S = 86_400.0
HOUR = timedelta(hours=1)
ASKED = "asked_"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, how often at best, and what for. `{ticker}` and `{hour_ago}` (ms) stand for what they say.

    `readings` are names and what their values are; `max_age_s` is how long after its own time a reading may be used.
    """

    key: str
    path: str
    params: dict[str, str | list[str]] = {}
    about: Literal["market", "symbol", "etf"] = "symbol"
    readings: dict[str, str]
    poll_s: float = DAY_S
    max_age_s: float
    read: Callable[[Rows], list[Found]]

    @property
    def daily(self) -> bool:
        """Whether it is asked once a day."""
        return self.poll_s >= DAY_S

    @property
    def asked(self) -> str:
        """The name of the reading that says when a daily one was last asked, and how many readings that gave."""
        return ASKED + self.key

    def address(self, symbol: str | None) -> str:
        """The path for a symbol."""
        return self.path.replace("{ticker}", quote(symbol or "", safe=""))

    def query(self, symbol: str | None, now: datetime) -> dict[str, str | list[str]]:
        """The query parameters."""
        words = {"{ticker}": symbol or "", "{hour_ago}": str((now - HOUR - EPOCH) // MILLISECOND)}
        return {name: words.get(text, text) if isinstance(text, str) else text for name, text in self.params.items()}


class Decoded(msgspec.Struct, frozen=True):
    """What an answer gave: readings, rows, and counts by reason of rows that are wrong or do not count."""

    readings: list[Reading]
    rows: int
    rejects: dict[str, int]
    skipped: dict[str, int]


def decode(endpoint: Endpoint, body: bytes, *, symbol: str | None, now: datetime) -> Decoded:
    """The readings of an answer, none without data; never raises, whatever the body is."""
    rows = Rows(body, symbol=symbol, now=now)
    readings = [
        Reading(name=found.name, at=found.at, value=float(found.value), max_age_s=endpoint.max_age_s, symbol=symbol)
        for found in endpoint.read(rows)
    ]
    return Decoded(readings, rows.count, rows.rejects, rows.skipped)
