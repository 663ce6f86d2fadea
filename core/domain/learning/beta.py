"""The Beta distribution's cumulative function, quantile and shape, without any library: the desk may not load one.

Source: the continued fraction of the regularised incomplete beta function (Abramowitz and Stegun 26.5.8), summed by
the modified Lentz method; the quantile is found by Newton's method, and by bisection where that leaves the bracket.
"""

from functools import lru_cache
from itertools import pairwise
from math import exp, lgamma, log, log1p

TINY, ENOUGH, TERMS = 1e-300, 1e-14, 500
CLOSE, STEPS = 1e-15, 120


def cumulative(x: float, alpha: float, beta: float) -> float:
    """The chance that a Beta(alpha, beta) variable is at most x; alpha and beta above 0, x in [0, 1]."""
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (alpha + 1.0) / (alpha + beta + 2.0):  # the fraction converges fast on the other side only
        return 1.0 - cumulative(1.0 - x, beta, alpha)
    return exp(_log_scale(x, alpha, beta)) / (alpha * _fraction(x, alpha, beta))


def density(x: float, alpha: float, beta: float) -> float:
    """How dense a Beta(alpha, beta) variable is at x; alpha and beta above 0, x within (0, 1)."""
    return exp(_log_scale(x, alpha, beta) - log(x) - log1p(-x))


@lru_cache(maxsize=4096)
def quantile(chance: float, alpha: float, beta: float) -> float:
    """The x below which a Beta(alpha, beta) variable falls with this chance, in [0, 1]; exact to about 1e-15."""
    low, high, x = 0.0, 1.0, alpha / (alpha + beta)
    for _ in range(STEPS):
        over = cumulative(x, alpha, beta) - chance
        low, high = (low, x) if over > 0.0 else (x, high)
        slope = density(x, alpha, beta)
        newton = x - over / slope if slope > TINY else low
        better = newton if low < newton < high else (low + high) / 2.0
        if abs(better - x) < CLOSE:
            return better
        x = better
    return x


def interval(alpha: float, beta: float, *, mass: float = 0.9) -> tuple[float, float]:
    """The central credible interval that holds `mass` of the belief."""
    tail = (1.0 - mass) / 2.0
    return quantile(tail, alpha, beta), quantile(1.0 - tail, alpha, beta)


@lru_cache(maxsize=4096)
def masses(alpha: float, beta: float, parts: int) -> tuple[float, ...]:
    """The chance of each of so many equal parts of [0, 1], from 0 upwards; they sum to 1.

    A part's mass is exact however narrow the belief; the density at its middle would miss a peak beside it.
    """
    below = [cumulative(part / parts, alpha, beta) for part in range(parts + 1)]
    return tuple(high - low for low, high in pairwise(below))


def _log_scale(x: float, alpha: float, beta: float) -> float:
    """The logarithm of x^alpha (1 - x)^beta / B(alpha, beta)."""
    return lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta) + alpha * log(x) + beta * log1p(-x)


def _fraction(x: float, alpha: float, beta: float) -> float:
    """The continued fraction 1 + d1 / (1 + d2 / (1 + ...)) by the modified Lentz method."""
    value, c, d = 1.0, 1.0, 0.0
    for m in range(TERMS):
        for term in _terms(x, alpha, beta, m):
            d = 1.0 + term * d
            c = 1.0 + term / c
            d = 1.0 / (d if abs(d) > TINY else TINY)
            c = c if abs(c) > TINY else TINY
            value *= c * d
        if abs(c * d - 1.0) < ENOUGH:
            return value
    return value


def _terms(x: float, alpha: float, beta: float, m: int) -> tuple[float, float]:
    """The (2m+1)th and (2m+2)th partial numerators."""
    odd = -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2 * m) * (alpha + 2 * m + 1))
    k = m + 1
    even = k * (beta - k) * x / ((alpha + 2 * k - 1) * (alpha + 2 * k))
    return odd, even
