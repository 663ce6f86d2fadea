"""What the paths take: tickers, times, numbers and flags, and the words that refuse them."""

import datetime as dt
from re import compile as pattern

from aiohttp import web

from tidegate.sandbox.times import NEW_YORK, Instant, instant_of

TICKER = pattern(r"^\^?[A-Z]{1,6}([./-][A-Z]{1,2})?$")
DIGITS = pattern(r"^\d{9,14}$")
MILLIS_FROM = 100_000_000_000  # seconds until the year 5138
TRUE, FALSE = ("true", "1"), ("false", "0")


class BadInput(Exception):  # noqa: N818 - an answer of the service, not a failure of ours
    """A path or query that the service refuses with 422; the text says which value is wrong."""


class Query:
    """The parameters of one request. Every method raises BadInput."""

    def __init__(self, request: web.Request) -> None:
        self.request = request

    @property
    def ticker(self) -> str:
        """The ticker of the path."""
        found = self.request.match_info["ticker"].upper()
        if TICKER.match(found) is None:
            raise BadInput(f"Invalid path input: {found} (valid example: AAPL)")
        return found

    def text(self, name: str) -> str | None:
        """A text; None without one."""
        return self.request.query.get(name) or None

    def tickers(self, name: str) -> tuple[frozenset[str], bool]:
        """A list of tickers, and whether they are excluded: a "-" before the first one says so."""
        given = self.request.query.get(name, "")
        names = [each.strip().upper() for each in given.removeprefix("-").split(",") if each.strip()]
        if any(TICKER.match(each) is None for each in names):
            raise self.bad(name, "AAPL")
        return frozenset(names), given.startswith("-")

    def whole(self, name: str, default: int | None = None, *, low: int = 0, high: int = 10**12) -> int | None:
        """A whole number within bounds."""
        given = self.text(name)
        if given is None:
            return default
        if not given.isdecimal() or not low <= int(given) <= high:
            raise self.bad(name, str(default or low))
        return int(given)

    def limit(self, default: int, most: int) -> int:
        """How many rows at most."""
        return self.whole("limit", default, low=1, high=most) or default

    def number(self, name: str) -> float | None:
        """A number of any sign."""
        given = self.text(name)
        try:
            return None if given is None else float(given)
        except ValueError:
            raise self.bad(name, "0.5") from None

    def flag(self, name: str) -> bool | None:
        """True or false."""
        given = (self.text(name) or "").lower()
        if given and given not in TRUE + FALSE:
            raise self.bad(name, "true")
        return None if not given else given in TRUE

    def date(self, name: str = "date") -> dt.date | None:
        """A date."""
        given = self.text(name)
        try:
            return None if given is None else dt.date.fromisoformat(given)
        except ValueError:
            raise self.bad(name, "2024-01-18") from None

    def time(self, name: str) -> Instant | None:
        """Seconds or milliseconds since 1970, an ISO date (New York's midnight), or a time with its offset."""
        given = self.text(name)
        if given is None:
            return None
        if DIGITS.match(given):
            return int(given) * (1_000_000 if int(given) >= MILLIS_FROM else 1_000_000_000)
        try:
            at = dt.datetime.fromisoformat(given.replace(" ", "+") if "T" in given else given)
        except ValueError:
            raise self.bad(name, "2024-01-25") from None
        zone = NEW_YORK if len(given) == len("2024-01-25") else dt.UTC
        return instant_of(at if at.tzinfo else at.replace(tzinfo=zone))

    def bad(self, name: str, example: str) -> BadInput:
        """The refusal of a parameter."""
        value = self.request.query.get(name, "")
        return BadInput(f"Invalid query input(s): {name}={value} (valid example: {name}={example})")
