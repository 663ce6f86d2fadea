"""Ids: the trace that follows one alert through everything, and the client order ids built on it."""

from functools import lru_cache
from hashlib import sha256

TRACE_PREFIX = "uw_"


@lru_cache(maxsize=1024)  # an alert is asked for its trace at the door and again when it is folded
def trace_of(source: str, alert_id: str) -> str:
    """The correlation id of an alert: `uw_` + 16 hex digits; the same alert always has the same trace."""
    return TRACE_PREFIX + sha256(f"{source}\x1f{alert_id}".encode()).hexdigest()[:16]


def client_order_id(symbol: str, leg: str, trace: str) -> str:
    """The id every attempt of one leg sends, so that the venue itself refuses a duplicate."""
    return f"tg-{symbol}-{leg}-{trace}"


def trace_in(text: str) -> str | None:
    """The trace that `text` is or contains (a trace, or a client order id); None when there is none."""
    _, found, tail = text.rpartition(TRACE_PREFIX)
    hex16 = tail[:16]
    if found and len(hex16) == 16 and all(c in "0123456789abcdef" for c in hex16):
        return TRACE_PREFIX + hex16
    return None
