"""What a fact makes of a symbol's prices. Only facts of the regular session come here.

A touch that is no jump counts at once. A jump, and a first price, counts when a look a second later or more is beyond
`jump_pct` on the same side too, or when its touch stood unreplaced for `stand_s`; the less extreme of the two is the
price. A look back inside takes it back.
"""

from datetime import datetime, timedelta

from tidegate.core.domain.prices.door import TURNS, Door, Minute, Origin, Sight, minute_of
from tidegate.core.domain.settings import Prices
from tidegate.core.domain.values import Bar, Quote

WITNESS_S = 1.0  # a witness comes so much later, at least
PRINT_S = 2.0  # a print is no price while a touch was looked at so recently
CONFIRM_PCT = 0.3  # two trades so near to each other confirm each other
MINUTE = timedelta(minutes=1)
MINUTES = 30  # alerts come up to twenty minutes late


def look(door: Door, quote: Quote, at: datetime, rules: Prices) -> None:
    """A quote seen at `at`: its touch, and its last trade where that is another one than was known."""
    bid, ask, last = quote.bid, quote.ask, quote.last
    if bid is not None and ask is not None:
        _touch(door, bid, ask, at, rules)
        if last != door.traded:  # told again beside a touch, it is no other trade
            door.traded, door.traded_at = last, at
        return
    if bid is not None or ask is not None:  # nobody stands on the other side any more
        close(door, at)
    _print(door, last, at, rules)


def bare(door: Door, quote: Quote, at: datetime, rules: Prices) -> None:
    """A quote of a recording that has no touch of the symbol at all: its last price is all there will ever be."""
    _consider(door, Sight(quote.last, quote.last, at, Origin.PRINT), rules)


def close(door: Door, at: datetime) -> None:
    """No touch stands any more: nobody bids or asks, or the session is over."""
    door.bid = door.ask = door.doubt = None
    door.touch_at, door.stands = at, False


def bar(door: Door, seen: Bar, rules: Prices) -> None:
    """A completed minute's close is a price of its end, unless a touch was looked at since it began."""
    touched = door.touch_at is not None and door.touch_at >= seen.start
    if touched or (door.at is not None and door.at >= seen.end):
        return
    if seen.end - seen.start == MINUTE:
        _consider(door, Sight(seen.close, seen.close, seen.end, Origin.BAR), rules)


def told_by_broker(door: Door, price: float, at: datetime, rules: Prices) -> None:
    """The broker's own price of a position, which is used when ours is too old."""
    door.broker, door.broker_at = price, at
    if door.at is None or (at - door.at).total_seconds() > rules.max_age_s:
        _consider(door, Sight(price, price, at, Origin.BROKER), rules)


def stand(door: Door, now: datetime, rules: Prices) -> None:
    """A touch that stood unreplaced is its own witness."""
    doubt, touch_at = door.doubt, door.touch_at
    if doubt is None or doubt.origin is not Origin.TOUCH or touch_at is None or door.bid is None or door.ask is None:
        return
    if (now - touch_at).total_seconds() >= rules.stand_s:
        _count(door, Sight(door.bid, door.ask, touch_at, Origin.TOUCH), rules)
        door.stands = door.low is None


def _touch(door: Door, bid: float, ask: float, at: datetime, rules: Prices) -> None:
    if not 0 < bid <= ask:
        close(door, at)
        door.bid, door.ask = bid, ask
        return
    door.bid, door.ask, door.touch_at = bid, ask, at
    price, middle = door.price, (bid + ask) / 2.0
    narrow = (ask - bid) * 100.0 < middle * rules.max_spread_pct
    if price is not None and door.doubt is None and narrow and abs(middle - price) * 100.0 < price * rules.jump_pct:
        _set(door, middle, at, Origin.TOUCH)  # the shortest way, which nearly all of them take
        door.stands = True
        return
    _consider(door, Sight(bid, ask, at, Origin.TOUCH), rules)
    door.stands = door.doubt is None and door.low is None


def _consider(door: Door, seen: Sight, rules: Prices) -> None:
    price = door.price
    if price is None or _jumps(_near(seen, price, rules), price, rules):
        _jump(door, seen, rules)
        return
    if door.doubt is not None:
        _turn(door, seen.at)
    _count(door, seen, rules)


def _jump(door: Door, seen: Sight, rules: Prices) -> None:
    doubt, price = door.doubt, door.price
    if doubt is None or not _agree(doubt, seen, price, rules):
        if doubt is not None and price is not None:
            _turn(door, seen.at)
        door.doubt = seen
        return
    less = _less_extreme(doubt, seen, price, rules)
    if (seen.at - doubt.at).total_seconds() < WITNESS_S:
        door.doubt = Sight(less.low, less.high, doubt.at, doubt.origin)
        return
    if price is not None:
        _follow(door, 1 if seen.middle > price else -1, seen.at)
    _count(door, Sight(less.low, less.high, seen.at, seen.origin), rules)
    if door.price is not None and _jumps(_near(seen, door.price, rules), door.price, rules):
        door.doubt = seen


def _count(door: Door, seen: Sight, rules: Prices) -> None:
    """The fact counts: as a price, or as an interval where its touch is wide."""
    door.doubt = None
    if not seen.wide(rules.max_spread_pct):
        _set(door, seen.middle, seen.at, seen.origin)
        return
    if door.price is not None:
        door.price = _near(seen, door.price, rules)
    door.low, door.high, door.at, door.origin = seen.low, seen.high, seen.at, seen.origin


def _set(door: Door, price: float, at: datetime, origin: Origin) -> None:
    door.price, door.at, door.origin = price, at, origin
    if door.low is not None:
        door.low = door.high = None
    if door.minute_ends is None or at >= door.minute_ends:
        _begin_minute(door, price, at)
        return
    newest = door.minutes[-1]
    if price < newest.low:
        newest.low = price
    elif price > newest.high:
        newest.high = price


def _begin_minute(door: Door, price: float, at: datetime) -> None:
    door.minutes.append(Minute(minute_of(at), price, price))
    del door.minutes[:-MINUTES]
    door.minute_ends = at.replace(second=0, microsecond=0) + MINUTE


def _print(door: Door, last: float, at: datetime, rules: Prices) -> None:
    """A trade: contained by a standing touch that nobody looked at just now, or confirmed by another trade."""
    looked_s = None if door.touch_at is None else (at - door.touch_at).total_seconds()
    first, first_at = door.traded, door.traded_at
    later = first_at is None or (at - first_at).total_seconds() >= WITNESS_S
    if later or last == first:
        door.traded, door.traded_at = last, at
    if looked_s is not None and looked_s <= PRINT_S:
        return
    if looked_s is not None and looked_s <= rules.max_age_s and _contained(door, last):
        _consider(door, Sight(last, last, at, Origin.PRINT), rules)
    elif first is not None and later:
        _confirm(door, first, last, at)


def _contained(door: Door, last: float) -> bool:
    return door.stands and door.bid is not None and door.ask is not None and door.bid <= last <= door.ask


def _confirm(door: Door, first: float, last: float, at: datetime) -> None:
    """Two trades a second apart agree when they are near to each other, or on the same side of the price."""
    price = door.price
    near = abs(last - first) * 100.0 <= first * CONFIRM_PCT
    if price is None:
        if near:
            _set(door, last, at, Origin.PRINT)
    elif near or (first - price) * (last - price) > 0:
        _set(door, min(first, last, key=lambda each: abs(each - price)), at, Origin.PRINT)


def _near(seen: Sight, price: float, rules: Prices) -> float:
    """Where a fact is nearest to a price: its middle, or a place between the ends of a wide touch."""
    return min(max(price, seen.low), seen.high) if seen.wide(rules.max_spread_pct) else seen.middle


def _jumps(near: float, price: float, rules: Prices) -> bool:
    return abs(near - price) * 100.0 > price * rules.jump_pct


def _agree(doubt: Sight, seen: Sight, price: float | None, rules: Prices) -> bool:
    """Whether two jumps go the same way; without a price to jump from, whether they are near to each other."""
    if price is None:
        return not _jumps(seen.middle, doubt.middle, rules)
    return (_near(doubt, price, rules) - price) * (_near(seen, price, rules) - price) > 0


def _less_extreme(doubt: Sight, seen: Sight, price: float | None, rules: Prices) -> Sight:
    """The one nearer to the price; the newer one without a price to be near to."""
    if price is None:
        return seen
    return min(seen, doubt, key=lambda each: abs(_near(each, price, rules) - price))


def _follow(door: Door, way: int, at: datetime) -> None:
    """A jump that counts; one the other way than the last is a turn."""
    if door.way == -way:
        _turn(door, at)
    door.way = way


def _turn(door: Door, at: datetime) -> None:
    door.turns = [*door.turns[1 - TURNS :], at]
