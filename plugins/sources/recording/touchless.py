"""Which symbols of a recording have prices and no bid and ask at all: their last prices must do in a replay."""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from tidegate import Quote
from tidegate.plugins.sources.recording.entries import entries
from tidegate.plugins.sources.recording.files import opened, texts

QUOTES, SIDES, NULL = b'"quotes"', (b'"bid"', b'"ask"'), b"null"


def touchless(names: Iterable[str], now: datetime) -> frozenset[str]:
    """The symbols without a single bid and ask in these files; most recordings are only glanced over for it."""
    names = tuple(names)
    bare = {quote.symbol for quote in _quotes(names, now, doubtful=True) if not has_touch(quote)}
    if not bare:
        return frozenset()
    return frozenset(bare - {quote.symbol for quote in _quotes(names, now, doubtful=False) if has_touch(quote)})


def _quotes(names: tuple[str, ...], now: datetime, *, doubtful: bool) -> Iterator[Quote]:
    """Every quote of these files; `doubtful`: only of rows that do not plainly name both sides."""
    for name in names:
        with suppress(EOFError, OSError, zlib.error), opened(name) as file:  # a damaged file is told of when it is read
            for where, text in texts(name, file):
                if QUOTES not in text or (doubtful and NULL not in text and all(side in text for side in SIDES)):
                    continue
                found = (fields.get("quote") for _, _, fields in entries(where, text, now))
                yield from (each for each in found if isinstance(each, Quote))


def has_touch(quote: Quote) -> bool:
    """Whether both sides are told."""
    return quote.bid is not None and quote.ask is not None
