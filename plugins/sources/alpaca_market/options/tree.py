"""Price and delta of an American option on a share that pays no dividend: a binomial tree after Leisen and Reimer.

Source: D. Leisen, M. Reimer, "Binomial models for option valuation - examining and improving convergence", Applied
Mathematical Finance 3 (1996), 319-346; the inversion is Peizer and Pratt's second. The tests hold a table of finite
differences to compare with. Dividends are left out: a call's delta is off in the days before an ex-dividend date.
"""

import math
from typing import NamedTuple

STEPS = 51  # odd, so that the strike lies between two nodes
EDGE = 1e-12  # probabilities nearer to 0 or 1 divide by what rounds to zero
LOWEST_IV, HIGHEST_IV = 0.01, 10.0
NEAR = 1e-7  # dollars
TICK = 0.005  # dollars: less time value than half a cent tells nothing of volatility
TURNS = 60


class Terms(NamedTuple):
    """What is bought: `sign` is +1 for a call and -1 for a put; years to expiry, and interest a year (0.043: 4.3 %)."""

    sign: int
    strike: float
    years: float
    rate: float

    def intrinsic(self, spot: float) -> float:
        """What exercise is worth now, in USD a share."""
        return max(0.0, self.sign * (spot - self.strike))


class Valued(NamedTuple):
    """A price in USD a share, and the shares that one share's option moves like."""

    price: float
    delta: float


def valued(terms: Terms, spot: float, iv: float) -> Valued | None:
    """Price and delta at a volatility of a year (0.25 is 25 %). None where the tree has no probabilities."""
    sign, strike, years, rate = terms
    root = iv * math.sqrt(years)
    if not (spot > 0.0 and strike > 0.0 and root > 0.0):
        return None
    d1 = (math.log(spot / strike) + (rate + iv * iv / 2.0) * years) / root
    up, also = _inverted(d1 - root), _inverted(d1)
    if not (EDGE < up < 1.0 - EDGE and EDGE < also < 1.0 - EDGE):
        return None
    step = years / STEPS
    growth, discount = math.exp(rate * step), math.exp(-rate * step)
    rise, fall = growth * also / up, growth * (1.0 - also) / (1.0 - up)
    weighed_up, weighed_down, ratio = discount * up, discount * (1.0 - up), rise / fall
    lowest = spot * fall**STEPS
    values = [max(0.0, sign * (lowest * ratio**each - strike)) for each in range(STEPS + 1)]
    for depth in range(STEPS - 1, 0, -1):
        share = spot * fall**depth
        for each in range(depth + 1):
            held = weighed_down * values[each] + weighed_up * values[each + 1]
            values[each] = max(held, sign * (share - strike))
            share *= ratio
    price = max(weighed_down * values[0] + weighed_up * values[1], terms.intrinsic(spot))
    delta = (values[1] - values[0]) / (spot * (rise - fall))
    return Valued(price, min(1.0, delta) if sign > 0 else max(-1.0, delta))


def implied(terms: Terms, spot: float, price: float) -> float | None:
    """The volatility of a year at which the tree gives this price; None when none does, as near intrinsic value."""
    if price - terms.intrinsic(spot) < TICK:
        return None
    low, high = LOWEST_IV, HIGHEST_IV
    cheapest, dearest = valued(terms, spot, low), valued(terms, spot, high)
    if (cheapest is not None and price <= cheapest.price) or (dearest is not None and price >= dearest.price):
        return None
    iv = min(max(math.sqrt(2.0 * math.pi / terms.years) * price / spot, 0.05), 3.0)  # after Brenner and Subrahmanyam
    before: tuple[float, float] | None = None
    for _ in range(TURNS):
        found = valued(terms, spot, iv)
        miss = (found.price if found is not None else terms.intrinsic(spot)) - price
        if abs(miss) < NEAR or high - low < NEAR:
            return iv
        low, high = (iv, high) if miss < 0.0 else (low, iv)
        slope = (miss - before[1]) / (iv - before[0]) if before is not None and iv != before[0] else 0.0
        before = (iv, miss)
        stepped = iv - miss / slope if slope > 0.0 else low
        iv = stepped if low < stepped < high else (low + high) / 2.0
    return iv


def _inverted(z: float) -> float:
    """The probability that the tree takes for a normal quantile."""
    near = z / (STEPS + 1.0 / 3.0 + 0.1 / (STEPS + 1.0))
    part = math.sqrt(0.25 - 0.25 * math.exp(-near * near * (STEPS + 1.0 / 6.0)))
    return 0.5 + math.copysign(part, z)
