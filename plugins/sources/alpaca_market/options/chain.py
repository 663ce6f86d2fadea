"""Where a contract's delta comes from: the venue, else a model, else intrinsic value, else it is unknown with a reason.

Measured (1 to 30 days to expiry, strikes within one sigma): when the share moves 0.25 %, a delta moves by 0.016 in the
median and 0.063 at the 95th percentile; after 1 % it is 0.066 and 0.247. So a venue's delta counts only while the
share stands where it stood at the quote. Volatility solved from a spread of 20 % may put a delta off by 0.17.
"""

from datetime import date, datetime, time, timedelta
from math import isfinite
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tidegate import Contract, DeltaOrigin, OptionMark
from tidegate.plugins.sources.alpaca_market.options.rows import Snapshot, Touch
from tidegate.plugins.sources.alpaca_market.options.tree import TICK, Terms, implied, valued

NEW_YORK = ZoneInfo("America/New_York")
CLOSE = time(16, 0)
YEAR_S = 365.0 * 24 * 3600
SHORTEST_S = 60.0
YOUNG = timedelta(minutes=15)
MOVED_PCT = 0.25
WIDE_PCT, SAID_PCT = 20.0, 10.0  # the spread above which no volatility is solved, and above which it is said
LATEST_S, AT_STRIKE = 3600.0, 0.01  # in the last hour a delta jumps when the share is so near to the strike
WORTHLESS = 0.05  # USD: nobody bids, and who asks asks for no more


class Share(NamedTuple):
    """The underlying: its price that counts now, and how far it moved since the option's quote, in percent."""

    price: float | None
    moved_pct: float | None


def left_s(expiry: date, now: datetime) -> float:
    """Seconds until trading in a contract ends; below 0 once it has."""
    return (datetime.combine(expiry, CLOSE, NEW_YORK) - now).total_seconds()


def mark_of(contract: Contract, row: Snapshot | None, share: Share, now: datetime, rate: float) -> OptionMark:
    """A contract's mark; `rate` is the interest of a year (0.043 is 4.3 %)."""
    touch = row.latest_quote if row is not None else None
    found = _delta(contract, row, share, now, rate)
    return OptionMark(
        contract=contract,
        at=now,
        bid=touch.bp or None if touch is not None else None,
        ask=touch.ap or None if touch is not None else None,
        underlying_price=share.price,
        delta=found.delta,
        origin=found.origin,
        iv=found.iv,
        reason=found.reason,
    )


class Found(NamedTuple):
    """A delta and what it rests on, or the reason why there is none."""

    delta: float | None = None
    origin: DeltaOrigin | None = None
    iv: float | None = None
    reason: str = ""


def _delta(contract: Contract, row: Snapshot | None, share: Share, now: datetime, rate: float) -> Found:
    left = left_s(contract.expiry, now)
    if not contract.standard:
        return Found(reason="adjusted contract")
    if left <= 0.0:
        return Found(reason="expired, not yet removed by the broker")
    if share.price is None:
        return Found(reason=f"no price of {contract.underlying}")
    if row is None:
        return Found(reason="the service does not know it")
    today = contract.expiry == now.astimezone(NEW_YORK).date()
    told = None if today else _told(contract, row, share, now)
    terms = Terms(contract.kind.sign, float(contract.strike), max(left, SHORTEST_S) / YEAR_S, rate)
    return told or _modelled(terms, row, share.price, today=today)


def _told(contract: Contract, row: Snapshot, share: Share, now: datetime) -> Found | None:
    """The venue's own delta, while it can be believed."""
    touch, greeks = row.latest_quote, row.greeks
    if greeks is None or greeks.missing or greeks.delta is None or touch is None or not touch.two_sided:
        return None
    if not 0.0 <= contract.kind.sign * greeks.delta <= 1.0 or now - touch.t > YOUNG:
        return None
    if share.moved_pct is None or share.moved_pct >= MOVED_PCT:
        return None
    return Found(greeks.delta, DeltaOrigin.VENUE, _volatility(row))


def _modelled(terms: Terms, row: Snapshot, spot: float, *, today: bool) -> Found:
    touch, inside = row.latest_quote, terms.intrinsic(spot)
    if touch is None or touch.ap <= 0.0:
        return Found(reason="no quote")
    if touch.bp <= 0.0 and touch.ap <= WORTHLESS and inside == 0.0:
        return Found(0.0, DeltaOrigin.INTRINSIC)
    if not touch.two_sided:
        return Found(reason="one-sided quote" if touch.bp <= 0.0 else "crossed quote")
    if touch.middle - inside < TICK:
        return Found(float(terms.sign) if inside > 0.0 else 0.0, DeltaOrigin.INTRINSIC)
    return _in_the_tree(terms, touch, spot, None if today else _volatility(row))


def _in_the_tree(terms: Terms, touch: Touch, spot: float, iv: float | None) -> Found:
    if iv is None and touch.spread_pct > WIDE_PCT:
        return Found(reason=f"no volatility, and a spread of {touch.spread_pct:.0f} %")
    iv = iv or implied(terms, spot, touch.middle)
    found = None if iv is None else valued(terms, spot, iv)
    if found is None:
        return Found(reason="no volatility explains its quote")
    return Found(found.delta, DeltaOrigin.MODEL, iv, _caution(terms, touch, spot))


def _volatility(row: Snapshot) -> float | None:
    iv = row.implied_volatility
    return iv if iv is not None and isfinite(iv) and iv > 0.0 else None


def _caution(terms: Terms, touch: Touch, spot: float) -> str:
    """What a reader must know of a modelled delta."""
    if terms.years * YEAR_S <= LATEST_S and abs(terms.strike / spot - 1.0) < AT_STRIKE:
        return f"at the strike in the last hour: anything from 0 to {terms.sign:+d}"
    return f"spread {touch.spread_pct:.0f} %" if touch.spread_pct > SAID_PCT else ""
