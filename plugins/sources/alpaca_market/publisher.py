"""What the market data source says to the engine: quotes and bars that are news."""

from collections.abc import Iterable

from tidegate import Bar, BarSeen, Feed, QuoteSeen
from tidegate.plugins.sources.alpaca_market.latest import CompletedBars, LatestQuotes
from tidegate.plugins.sources.alpaca_market.rows import Touch, Trade
from tidegate.plugins.sources.live.publisher import Publisher

SOURCE = "alpaca_market"


class MarketPublisher(Publisher):
    """Says quotes and bars that are news."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(feed, SOURCE)
        self._quotes, self._bars = LatestQuotes(), CompletedBars()

    def take(self, symbol: str, part: Trade | Touch) -> None:
        """Remember a trade or a touch for the next `quotes`."""
        self._quotes.take(symbol, part)

    def keep(self, symbols: Iterable[str]) -> None:
        """Forget the quotes of all other symbols."""
        self._quotes.keep(symbols)

    async def quotes(self, standing: Iterable[str] = ()) -> None:
        """Say the quotes that changed, and those that were looked at and stand: the engine knows what is no news."""
        await self.say(*(QuoteSeen(source=SOURCE, quote=quote) for quote in self._quotes.news(standing)))

    async def bars(self, bars: Iterable[Bar]) -> None:
        """Say the completed bars that were not said."""
        news = self._bars.news(bars, self._feed.state(), self._feed.now())
        await self.say(*(BarSeen(source=SOURCE, bar=bar) for bar in news))
