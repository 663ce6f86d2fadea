"""What of a market is news: the latest trade and touch of each symbol, and completed bars, each said once."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from tidegate import Bar, Quote, State
from tidegate.plugins.sources.alpaca_market.rows import Touch, Trade, quote_of


class LatestQuotes:
    """The newest trade and touch of each symbol, whichever way they came, and the quotes not yet said."""

    def __init__(self) -> None:
        self._trades: dict[str, Trade] = {}
        self._touches: dict[str, Touch] = {}
        self._said: dict[str, Quote] = {}
        self._changed: dict[str, None] = {}

    def take(self, symbol: str, part: Trade | Touch) -> None:
        """Remember a trade or a touch unless a newer one is known."""
        known = self._trades.get(symbol) if isinstance(part, Trade) else self._touches.get(symbol)
        if known is not None and known.t >= part.t:
            return
        if isinstance(part, Trade):
            self._trades[symbol] = part
        else:
            self._touches[symbol] = part
        self._changed[symbol] = None

    def news(self, standing: Iterable[str] = ()) -> list[Quote]:
        """The quotes that changed since the last call, and those of `standing` symbols as they stand, oldest first.

        A symbol that never traded has no price.
        """
        quotes = [self._said[symbol] for symbol in standing if symbol in self._said and symbol not in self._changed]
        for symbol in self._changed:
            trade = self._trades.get(symbol)
            quote = quote_of(symbol, trade, self._touches.get(symbol)) if trade is not None else None
            if quote is not None and quote != self._said.get(symbol):
                self._said[symbol] = quote
                quotes.append(quote)
        self._changed.clear()
        return sorted(quotes, key=lambda quote: quote.at)

    def keep(self, symbols: Iterable[str]) -> None:
        """Forget all other symbols."""
        kept = set(symbols)
        for shelf in (self._trades, self._touches, self._said, self._changed):
            for symbol in shelf.keys() - kept:
                del shelf[symbol]


class CompletedBars:
    """Completed bars, each said once and never an older one after a newer one."""

    def __init__(self) -> None:
        self._ends: dict[str, datetime] = {}

    def news(self, bars: Iterable[Bar], state: State, now: datetime) -> list[Bar]:
        """The bars that have ended by now and were not said before (by this run or, says the state, by another)."""
        return list(self._unsaid(sorted(bars, key=lambda bar: (bar.end, bar.symbol)), state, now))

    def knows(self, symbol: str) -> bool:
        """Whether a bar of the symbol was said in this run."""
        return symbol in self._ends

    def _unsaid(self, bars: Iterable[Bar], state: State, now: datetime) -> Iterator[Bar]:
        for bar in bars:
            known = state.symbols.get(bar.symbol)
            ends = [known.bars[-1].end] if known is not None and known.bars else []
            ends += [self._ends[bar.symbol]] if bar.symbol in self._ends else []
            if bar.end <= now and all(bar.end > end for end in ends):
                self._ends[bar.symbol] = bar.end
                yield bar
