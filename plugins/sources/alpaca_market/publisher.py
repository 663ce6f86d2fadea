"""What the market data source says to the engine: news only, and each trouble once."""

from collections.abc import Iterable

from tidegate import Bar, BarSeen, Fact, Feed, InputRejected, QuoteSeen, Reading, ReadingSeen, SourceFailed
from tidegate.plugins.sources.alpaca_market.news import Bars, Book
from tidegate.plugins.sources.alpaca_market.rows import Touch, Trade

SOURCE = "alpaca_market"
KEY = f"sources.{SOURCE}"
TOLD_LIMIT = 1000


class Voice:
    """Says quotes and bars that are news; a row that is refused, and a trouble that lasts, is told once."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._book, self._bars = Book(), Bars()
        self._told: dict[tuple[str, str], None] = {}
        self._troubles: set[str] = set()

    def take(self, symbol: str, part: Trade | Touch) -> None:
        """Remember a trade or a touch for the next `quotes`."""
        self._book.take(symbol, part)

    def keep(self, symbols: Iterable[str]) -> None:
        """Forget the quotes of all other symbols."""
        self._book.keep(symbols)

    async def quotes(self) -> None:
        """Say the quotes that changed."""
        await self._say(*(QuoteSeen(source=SOURCE, quote=quote) for quote in self._book.news()))

    async def bars(self, bars: Iterable[Bar]) -> None:
        """Say the completed bars that were not said."""
        news = self._bars.news(bars, self._feed.state(), self._feed.now())
        await self._say(*(BarSeen(source=SOURCE, bar=bar) for bar in news))

    async def readings(self, readings: Iterable[Reading]) -> None:
        """Say these."""
        await self._say(*(ReadingSeen(source=SOURCE, reading=reading) for reading in readings))

    async def reject(self, where: str, reason: str) -> None:
        """Tell of a row that cannot be used; the same again is no news."""
        if (where, reason) in self._told:
            return
        if len(self._told) >= TOLD_LIMIT:
            self._told.clear()
        self._told[where, reason] = None
        await self._say(InputRejected(source=SOURCE, where=where, reason=reason))

    async def troubled(self, what: str, reason: str) -> None:
        """Tell that something does not work, until `well` says it does again."""
        if what not in self._troubles:
            self._troubles.add(what)
            await self._say(SourceFailed(source=KEY, reason=f"{what}: {reason}"))

    def well(self, what: str) -> None:
        """It works again."""
        self._troubles.discard(what)

    async def _say(self, *facts: Fact) -> None:
        now = self._feed.now()
        await self._feed.publish(*((now, fact) for fact in facts))
