"""Values out of gauges: free-form JSON of an engine that may be older, newer or gone. What is not there is None."""

from datetime import datetime
from typing import Any


def table_of(value: object) -> dict[str, Any]:
    """A JSON object; empty when it is none."""
    return value if isinstance(value, dict) else {}


def tables_of(value: object) -> list[dict[str, Any]]:
    """The JSON objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def number_of(value: object) -> float | None:
    """A number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def time_of(value: object) -> datetime | None:
    """An aware time in ISO 8601."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def text_of(value: object) -> str:
    """A text; empty when it is none."""
    return value if isinstance(value, str) else ""
