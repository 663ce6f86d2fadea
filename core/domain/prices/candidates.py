"""What there is to choose a symbol's price from, and why each of it counts or does not: for people."""

from datetime import datetime

from tidegate.core.domain.prices.door import Door, Origin, Sight
from tidegate.core.domain.prices.looking import PRINT_S
from tidegate.core.domain.settings import Prices
from tidegate.core.domain.values import Bar, Value


class Candidate(Value, frozen=True, kw_only=True):
    """One price fact as of `at`, from `low` to `high` dollars. `counts`: it is the price now; `why` says why or not."""

    origin: Origin
    low: float
    high: float
    at: datetime
    counts: bool
    why: str


def candidates(door: Door, bar: Bar | None, now: datetime, rules: Prices) -> list[Candidate]:
    """The last touch, print, bar and broker's price that are known, in this order."""
    found: list[Sight] = []
    if door.bid is not None and door.ask is not None and door.touch_at is not None:
        found.append(Sight(door.bid, door.ask, door.touch_at, Origin.TOUCH))
    if door.traded is not None and door.traded_at is not None:
        found.append(Sight(door.traded, door.traded, door.traded_at, Origin.PRINT))
    if bar is not None:
        found.append(Sight(bar.close, bar.close, bar.end, Origin.BAR))
    if door.broker is not None and door.broker_at is not None:
        found.append(Sight(door.broker, door.broker, door.broker_at, Origin.BROKER))
    return [_candidate(door, each, now, rules) for each in found]


def why_unknown(door: Door | None, now: datetime, rules: Prices) -> str:
    """Why no price counts now; "" when one does."""
    if door is None or door.at is None:
        return "no price has counted yet"
    if door.counted(now, rules.max_age_s) is not None:
        return ""
    if door.alternates(now):
        return "its touch alternates"
    age_s = (now - door.at).total_seconds()
    if age_s > rules.max_age_s:
        return f"the last that counted is {age_s:.0f} s old"
    return f"its touch is wide, from {door.low:,.2f} to {door.high:,.2f}"


def _candidate(door: Door, seen: Sight, now: datetime, rules: Prices) -> Candidate:
    why = _against(door, seen, rules) or why_unknown(door, now, rules)
    return Candidate(
        origin=seen.origin, low=seen.low, high=seen.high, at=seen.at, counts=not why, why=why or "it is the price"
    )


def _against(door: Door, seen: Sight, rules: Prices) -> str:
    """What speaks against a fact; "" when it is what last counted."""
    doubt = door.doubt
    if doubt is not None and doubt.origin is seen.origin and seen.at >= doubt.at:
        return "it jumps, and waits for its witness"
    why = REASONS[seen.origin](door, seen, rules)
    if not why and (door.origin is not seen.origin or door.at is None or seen.at < door.at):
        return "another one is newer"
    return why


def _touch(_: Door, seen: Sight, rules: Prices) -> str:
    if not 0 < seen.low <= seen.high:
        return "it is crossed, or nobody stands there"
    share = (seen.high - seen.low) * 100.0 / seen.middle
    return f"it is wide: {share:.1f} %" if seen.wide(rules.max_spread_pct) else ""


def _print(door: Door, seen: Sight, _: Prices) -> str:
    if door.touch_at is not None and (seen.at - door.touch_at).total_seconds() <= PRINT_S:
        return "a touch was looked at"
    return "" if door.origin is Origin.PRINT else "no other trade confirms it"


def _bar(_: Door, __: Sight, ___: Prices) -> str:
    return ""


def _broker(door: Door, _: Sight, __: Prices) -> str:
    return "" if door.origin is Origin.BROKER else "ours was younger, or it waits for its witness"


REASONS = {Origin.TOUCH: _touch, Origin.PRINT: _print, Origin.BAR: _bar, Origin.BROKER: _broker}
