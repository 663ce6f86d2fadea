"""Asks for the account's options again and again, and says what they move like when that is news."""

from datetime import datetime, timedelta

from tidegate import Contract, Feed, OptionMark, OptionSeen, State, contract_of, option_symbols
from tidegate.plugins.sources.alpaca_market.calls import Calls
from tidegate.plugins.sources.alpaca_market.options.chain import Share, mark_of
from tidegate.plugins.sources.alpaca_market.options.rows import Snapshot, snapshot_of
from tidegate.plugins.sources.alpaca_market.publisher import SOURCE, MarketPublisher
from tidegate.plugins.sources.fields import RowError

AT_ONCE = 100
NEWS = 0.02  # a delta that moved less is told again after `AGAIN` only
AGAIN = timedelta(seconds=60)


class OptionWatch:
    """One run's looks at the options that the account holds or works, whoever bought them."""

    def __init__(self, feed: Feed, calls: Calls, publisher: MarketPublisher, *, market: str, rate: float) -> None:
        self._feed, self._calls, self._publisher = feed, calls, publisher
        self._market, self._rate = market, rate

    async def look(self) -> None:
        """A turn: the snapshots of all contracts, and their marks."""
        contracts = [each for each in map(contract_of, option_symbols(self._feed.state())) if each is not None]
        for first in range(0, len(contracts), AT_ONCE):
            await self._tell(contracts[first : first + AT_ONCE])

    async def _tell(self, contracts: list[Contract]) -> None:
        rows = await self._calls.options([each.symbol for each in contracts], self._market)
        now, state = self._feed.now(), self._feed.state()
        marks = []
        for contract in contracts:
            row: Snapshot | None = None
            if contract.symbol in rows:
                try:
                    row = snapshot_of(rows[contract.symbol], now)
                except RowError as error:
                    await self._publisher.reject(f"option {contract.symbol}", str(error))
            marks.append(mark_of(contract, row, _share(state, contract, row, now), now, self._rate))
        news = [mark for mark in marks if _is_news(mark, state.options.get(mark.contract.symbol))]
        await self._publisher.say(*(OptionSeen(source=SOURCE, mark=mark) for mark in news))


def _share(state: State, contract: Contract, row: Snapshot | None, now: datetime) -> Share:
    """The underlying's price, and how far it moved since the minute of the option's quote, where that bar is known."""
    price, touch = state.price(contract.underlying), row.latest_quote if row is not None else None
    known = state.symbols.get(contract.underlying)
    if price is None or touch is None or known is None:
        return Share(price, None)
    then = next((bar.close for bar in known.bars if bar.start <= touch.t < bar.end), None)
    if then is None and now - touch.t < timedelta(seconds=5):
        return Share(price, 0.0)  # quoted just now
    return Share(price, None if then is None else abs(price / then - 1.0) * 100.0)


def _is_news(mark: OptionMark, before: OptionMark | None) -> bool:
    if before is None or mark.origin != before.origin or mark.at - before.at >= AGAIN:
        return True
    if mark.delta is None or before.delta is None:
        return mark.delta is not before.delta
    return abs(mark.delta - before.delta) >= NEWS
