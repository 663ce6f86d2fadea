"""How the venue writes things: times with nanoseconds, numbers as strings, refusals with codes.

Quantities and dollars are Decimal.
"""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from tidegate.sandbox.answers import Refusal
from tidegate.sandbox.times import Instant, instant_of, rfc3339

MONEY = Decimal("0.01")
FINE = Decimal("0.000001")


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
