"""Which symbols of a recording have prices and no bid and ask at all: their last prices must do in a replay."""

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from tidegate import Quote
from tidegate.plugins.sources.recording.entries import entries
from tidegate.plugins.sources.recording.files import opened, texts

QUOTES = b'"quotes"'
BID, ASK = re.compile(rb'"bid"\s*:\s*[\d."]'), re.compile(rb'"ask"\s*:\s*[\d."]')


def touchless(names: Iterable[str], now: datetime) -> frozenset[str]:
    """The symbols without a single bid and ask in these files; most recordings are only glanced over for it."""
    names = tuple(names)
    bare = {quote.symbol for quote in _quotes(names, now, touched=False)}
    return frozenset(bare - {quote.symbol for quote in _quotes(names, now, touched=True)} if bare else ())


def _quotes(names: tuple[str, ...], now: datetime, *, touched: bool) -> Iterator[Quote]:
    """The quotes of the rows that seem to have a bid and ask, or of those that do not."""
    for name in names:
        with suppress(EOFError, OSError, zlib.error), opened(name) as file:  # a damaged file is told of when it is read
            for where, text in texts(name, file):
                if QUOTES not in text or bool(BID.search(text) and ASK.search(text)) is not touched:
                    continue
                found = (fields.get("quote") for _, _, fields in entries(where, text, now))
                yield from (each for each in found if isinstance(each, Quote) and has_touch(each) is touched)


def has_touch(quote: Quote) -> bool:
    """Whether both sides are told."""
    return quote.bid is not None and quote.ask is not None
