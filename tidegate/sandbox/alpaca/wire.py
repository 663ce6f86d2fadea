"""How the venue writes things: times with nanoseconds, numbers as strings, refusals with codes.

Inside the sandbox a time is an `Instant`, nanoseconds since 1970 UTC; quantities and dollars are Decimal.
"""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec

Instant: TypeAlias = int
Json: TypeAlias = dict[str, object]
NANO = 1_000_000_000
NEW_YORK = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONEY = Decimal("0.01")
FINE = Decimal("0.000001")


class Refusal(Exception):  # noqa: N818 - an answer of the venue, not a failure of ours
    """A request the venue does not carry out: HTTP status, code (None: the body has none), message, and more fields."""

    def __init__(self, status: int, code: int | None, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {**({} if code is None else {"code": code}), "message": message, **more}


def forbidden(message: str, **more: object) -> Refusal:
    """403 with the code that stands for every business rule."""
    return Refusal(403, 40310000, message, **more)


def invalid(message: str, **more: object) -> Refusal:
    """422 with the code of general validation."""
    return Refusal(422, 40010001, message, **more)


def unprocessable(message: str, **more: object) -> Refusal:
    """422 with the code of prices and states."""
    return Refusal(422, 42210000, message, **more)


def missing(message: str) -> Refusal:
    """404."""
    return Refusal(404, 40410000, message)


def instant_of(at: datetime) -> Instant:
    """An aware time as an instant, exact to the microsecond."""
    return (at - EPOCH) // timedelta(microseconds=1) * 1000


def utc(at: Instant) -> datetime:
    """An instant as an aware UTC time, cut to microseconds."""
    return EPOCH + timedelta(microseconds=at // 1000)


def new_york(at: Instant) -> datetime:
    """An instant on New York's clocks, cut to microseconds."""
    return utc(at).astimezone(NEW_YORK)


def rfc3339(at: Instant, *, digits: int = 9) -> str:
    """UTC with up to nine decimals, trailing zeros cut: "2026-10-08T15:10:18.0952164Z"."""
    whole, rest = divmod(at, NANO)
    fraction = f"{rest:09d}"[:digits].rstrip("0")
    seconds = (EPOCH + timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{seconds}{'.' if fraction else ''}{fraction}Z"


def maybe(at: Instant | None) -> str | None:
    """The same for a time that may not have come."""
    return None if at is None else rfc3339(at)


def parse_time(text: str) -> Instant:
    """A time or date as clients write it in queries; without an offset it is UTC. Raises Refusal (422)."""
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise invalid(f"invalid time: {text}") from None
    return instant_of(at if at.tzinfo else at.replace(tzinfo=UTC))


def plain(number: Decimal) -> str:
    """A number as a string in plain notation, without trailing zeros: "100", "0.057436865"."""
    return f"{number.normalize():f}" if number else "0"


def dollars(amount: Decimal, step: Decimal = MONEY) -> str:
    """An amount rounded to `step`, as a string without trailing zeros."""
    return plain(amount.quantize(step, ROUND_HALF_EVEN))


def price_or_none(price: Decimal | None) -> str | None:
    """A price as a string; None stays None."""
    return None if price is None else plain(price)


def encode(value: object) -> bytes:
    """One JSON document."""
    return msgspec.json.encode(value)
