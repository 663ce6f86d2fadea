"""The part of `fold` that concerns prices: facts go through the symbol's door, and what counts moves marks."""

from datetime import datetime

from tidegate.core.domain import events as e
from tidegate.core.domain.events.handlers import Handlers
from tidegate.core.domain.folding.apply import Apply
from tidegate.core.domain.prices import looking
from tidegate.core.domain.prices.door import Door
from tidegate.core.domain.state import BARS_LIMIT, State, Symbol, Waiting
from tidegate.core.domain.values.broker import BrokerPosition

PRICES: Handlers[Apply] = Handlers()


@PRICES.handles
def _quote(state: State, recorded: e.Recorded, event: e.QuoteSeen) -> None:
    quote = event.quote
    known = state.symbols.get(quote.symbol) or symbol_of(state, quote.symbol)
    newest, told = known.quote, quote.bid is not None and quote.ask is not None
    if newest is not None and newest.at > quote.at:
        if told and (known.book is None or known.book.at <= quote.at):
            known.book = quote
        return
    known.quote = quote
    if told:
        known.book = quote
    door = known.door or _door(known)
    if not event.regular:
        looking.close(door, recorded.at)
    elif event.bare:
        state.bare[quote.symbol] = None
        looking.bare(door, quote, recorded.at, state.prices)
    else:
        looking.look(door, quote, recorded.at, state.prices)
    if door.doubt is not None or state.doubted or quote.symbol in state.positions:
        _follow(state, quote.symbol, door, recorded.at)


@PRICES.handles
def _bar(state: State, recorded: e.Recorded, event: e.BarSeen) -> None:
    known = symbol_of(state, event.bar.symbol)
    bars = known.bars
    if bars and bars[-1].end >= event.bar.end:
        return
    bars.append(event.bar)
    del bars[:-BARS_LIMIT]
    if event.regular:
        door = _door(known)
        looking.bar(door, event.bar, state.prices)
        _follow(state, event.bar.symbol, door, recorded.at)


@PRICES.handles
def _option(state: State, _: e.Recorded, event: e.OptionSeen) -> None:
    state.options[event.mark.contract.symbol] = event.mark


@PRICES.handles
def _awaited(state: State, recorded: e.Recorded, event: e.PriceAwaited) -> None:
    state.waiting[recorded.trace] = Waiting(event.symbol, event.direction, event.newest, event.members, event.until)
    symbol_of(state, event.symbol).signaled[event.direction] = recorded.at


def told(state: State, position: BrokerPosition, at: datetime, *, regular: bool) -> None:
    """What the broker says a position is worth."""
    if not position.price:
        return
    door = _door(symbol_of(state, position.symbol))
    if regular:
        looking.told_by_broker(door, float(position.price), at, state.prices)
        _follow(state, position.symbol, door, at)
    else:
        door.broker, door.broker_at = float(position.price), at


def stood(state: State, symbol: str, at: datetime) -> None:
    """A touch that waits for its witness may have stood for long enough."""
    door = state.symbols[symbol].door
    if door is not None:
        looking.stand(door, at, state.prices)
        _follow(state, symbol, door, at)


def symbol_of(state: State, name: str) -> Symbol:
    """What is known of a symbol, from now on at least that it is one."""
    known = state.symbols.get(name)
    if known is None:
        known = state.symbols[name] = Symbol()
    return known


def _door(known: Symbol) -> Door:
    if known.door is None:
        known.door = Door()
    return known.door


def _follow(state: State, symbol: str, door: Door, at: datetime) -> None:
    """What the look changed: marks follow a price that counts, and a doubt is remembered until it is settled."""
    if door.doubt is not None:
        state.doubted[symbol] = None
    elif state.doubted:
        state.doubted.pop(symbol, None)
    position = state.positions.get(symbol)
    if position is None:
        return
    price = door.counted(at, state.prices.max_age_s)
    if price is not None and door.at is not None and door.at >= position.updated_at:
        position.mark(price, door.at, state.prices.max_age_s)
