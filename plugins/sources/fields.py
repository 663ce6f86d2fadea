"""Fields of the rows that services send: what all sources call them, and why a row cannot be used."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

SKEW = timedelta(seconds=60)  # two clocks may differ by this much before a row counts as from the future
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
FIRST_YEAR, LAST_YEAR = 2000, 2100  # of a date that can be true; the last is no longer one

Text = Annotated[str, Meta(min_length=1)]
Millis = Annotated[int, Meta(ge=946_684_800_000, le=4_102_444_800_000)]  # the years 2000 to 2100
Stamp = Annotated[datetime, Meta(tz=True)]


class RowError(ValueError):
    """A row that cannot be used; the text says why."""


def moment(millis: int) -> datetime:
    """Milliseconds since 1970 as an aware UTC time, exactly: a double holds these seconds to a quarter microsecond."""
    return datetime.fromtimestamp(millis / 1000, UTC)


def reason_of(error: msgspec.DecodeError) -> str:
    """A decoder's complaint with the field first: "total_premium: expected `float`, got `null`"."""
    text, _, where = str(error).partition(" - at `$")
    field = where.rstrip("`").lstrip(".")
    text = text[:1].lower() + text[1:]
    return f"{field}: {text}" if field else text
