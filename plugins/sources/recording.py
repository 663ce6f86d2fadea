"""Source recording: plays recorded Unusual Whales rows, and the demo's own channels, back into the engine."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import ClassVar

from plugins.sources._channels import Item
from plugins.sources._files import located, opened, texts
from plugins.sources._wire import UNDATED, Entry, entries, in_order, rejected
from tidegate import Fact, Feed, InputError, Source, hookimpl

SOURCE = "unusual_whales"  # traces are minted from this name: a recorded alert has the trace it had live
CHUNK = 256


class Recording(Source, frozen=True, kw_only=True):
    """Reads `files` (JSON, JSON lines, plain or gzip), merged by time; see docs/recording.md for the formats.

    A name that begins with "session:" is a session bundled with Tidegate.
    """

    name: ClassVar[str] = "recording"
    recorded: ClassVar[bool] = True
    says_as: ClassVar[str] = SOURCE
    files: tuple[str, ...] = ()

    def check(self) -> None:
        """Look for every file before anything starts.

        Raises:
            InputError: no file is configured, or some cannot be read; all of them are named.
        """
        if not self.files:
            raise InputError("nothing to play: sources.recording.files is empty")
        missing = [name for name in self.files if not located(name).is_file()]
        if missing:
            raise InputError("no such recording: " + ", ".join(missing))

    async def stream(self, feed: Feed) -> None:
        """Publish every item after the feed's cursor, oldest first, and return."""
        self.check()
        facts = islice(self._facts(datetime.now(UTC)), feed.cursor, None)
        while chunk := list(islice(facts, CHUNK)):
            await feed.publish(*chunk)

    def _facts(self, now: datetime) -> Iterator[tuple[datetime, Fact]]:
        """Every item with its cursor. A row that `now`, the real clock, has not reached is from the future."""
        streams = [in_order(_entries(name, now)) for name in self.files]
        items: Iterator[Item] = merge(*streams, key=itemgetter(0)) if len(streams) > 1 else streams[0]
        last: datetime | None = None
        for cursor, (at, kind, fields) in enumerate(items, 1):
            last = at if at is not UNDATED else last or now
            yield last, kind(source=SOURCE, cursor=cursor, **fields)


def _entries(name: str, now: datetime) -> Iterator[Entry]:
    where = name
    try:
        with opened(name) as file:
            for where, text in texts(name, file):
                yield from entries(where, text, now)
    except (EOFError, OSError, zlib.error) as error:
        yield rejected(where, f"unreadable from here on: {error}")


@hookimpl
def tidegate_sources() -> list[type[Source]]:
    """The sources of this module."""
    return [Recording]
