"""From amounts to [-1, 1]."""

from math import log10

from tidegate import Direction


def log_share(amount: float, *, floor: float, cap: float) -> float:
    """0 up to `floor`, 1 from `cap` on, and log10(amount / floor) / log10(cap / floor) between; all above 0."""
    if amount <= floor:
        return 0.0
    return min(1.0, log10(amount / floor) / log10(cap / floor))


def balance(gains: float, losses: float) -> float:
    """(gains - losses) / (|gains| + |losses|), in [-1, 1]; 0 when both are 0."""
    both = abs(gains) + abs(losses)
    return (gains - losses) / both if both else 0.0


def signed(value: float, direction: Direction) -> float:
    """A value that is good for a bullish signal, as it is for one in `direction`."""
    return value if direction is Direction.BULLISH else -value


def clamped(value: float) -> float:
    """The value within [-1, 1]."""
    return max(-1.0, min(1.0, value))
