"""Source recording: plays recorded Unusual Whales rows, and the demo's own channels, back into the engine."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import ClassVar

from tidegate import Fact, Feed, InputError, InputRejected, QuoteSeen, Source, hookimpl
from tidegate.plugins.sources.recording.channels import Item
from tidegate.plugins.sources.recording.entries import UNDATED, Entry, entries, in_order, rejected
from tidegate.plugins.sources.recording.files import located, only_cut, opened, texts
from tidegate.plugins.sources.recording.touchless import touchless

SOURCE = "unusual_whales"  # traces are minted from this name: a recorded alert has the trace it had live
CHUNK = 256
CUT = "the last rows were cut off; `tidegate record` with the same --out stores them again"
WHOLE = (
    "What was read before that counts. Get a whole copy of it; one that `tidegate record` wrote "
    "is mended by the next run of it with the same --out."
)
FORMATS = "docs/recording.md says which formats are read."


class Recording(Source, frozen=True, kw_only=True, dict=True):
    """Reads `files` (JSON, JSON lines, plain or gzip), merged by time; see docs/recording.md for the formats.

    A name that begins with "session:" is a session bundled with Tidegate.
    """

    name: ClassVar[str] = "recording"
    recorded: ClassVar[bool] = True
    says_as: ClassVar[str] = SOURCE
    files: tuple[str, ...] = ()

    def gauges(self) -> dict[str, object]:
        """`damaged`: a sentence about each file that could not be read to its end, or of which no row could be used."""
        return {"damaged": list(self._damaged)}

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
        self._damaged.clear()
        facts = islice(self._facts(datetime.now(UTC)), feed.cursor, None)
        while chunk := list(islice(facts, CHUNK)):
            await feed.publish(*chunk)

    def _facts(self, now: datetime) -> Iterator[tuple[datetime, Fact]]:
        """Every item with its cursor. A row that `now`, the real clock, has not reached is from the future."""
        streams = [in_order(self._entries(name, now)) for name in self.files]
        items: Iterator[Item] = merge(*streams, key=itemgetter(0)) if len(streams) > 1 else streams[0]
        last: datetime | None = None
        bare = touchless(self.files, now)
        for cursor, (at, kind, fields) in enumerate(items, 1):
            last = at if at is not UNDATED else last or now
            if bare and kind is QuoteSeen and fields["quote"].symbol in bare:
                fields["bare"] = True
            yield last, kind(source=SOURCE, cursor=cursor, **fields)

    def _entries(self, name: str, now: datetime) -> Iterator[Entry]:
        where, rows, used = name, 0, 0
        try:
            with opened(name) as file:
                for where, text in texts(name, file):
                    for entry in entries(where, text, now):
                        rows, used = rows + 1, used + (entry[1] is not InputRejected)
                        yield entry
        except (EOFError, OSError, zlib.error) as error:
            if isinstance(error, EOFError | OSError) and only_cut(name):
                yield rejected(where, f"unreadable from here on: {CUT}")
                return
            self._damaged.append(f"{name} is damaged: {error}, after {rows:,} rows. {WHOLE}")
            yield rejected(where, f"unreadable from here on: {error}")
            return
        if rows and not used:
            self._damaged.append(f"{name}: no row of it can be read ({rows:,} rejected). {FORMATS}")

    @cached_property
    def _damaged(self) -> list[str]:
        return []


@hookimpl
def tidegate_sources() -> list[type[Source]]:
    """The sources of this module."""
    return [Recording]
