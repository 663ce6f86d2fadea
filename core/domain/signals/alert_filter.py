"""What an alert says, and whether it counts: its direction, and the base filter that it passes or not."""

from tidegate.core.domain.settings import Alerts
from tidegate.core.domain.state import FlowItem, Symbol
from tidegate.core.domain.values import Alert, Direction


def direction_of(alert: Alert) -> Direction:
    """Bullish: call bought or put sold; bearish: put bought or call sold; neutral when the aggressor is unknown.

    The aggressor is unknown when a side's premium is missing, when both are equal, or when together they are less
    than half of the total premium.
    """
    ask, bid = alert.ask_premium, alert.bid_premium
    if ask is None or bid is None or ask == bid or ask + bid < alert.premium / 2:
        return Direction.NEUTRAL
    bought = ask > bid
    return Direction.BULLISH if bought == (alert.option_type == "call") else Direction.BEARISH


def passes_filter(alert: Alert, rules: Alerts) -> bool:
    """The base filter: premium, days to expiry, volume above open interest (0 is fresh), single leg.

    An unknown volume or open interest does not pass.
    """
    if alert.multileg or alert.premium < rules.min_premium:
        return False
    if (alert.expiry - alert.at.date()).days > rules.max_days_to_expiry:
        return False
    if alert.open_interest == 0:
        return True
    return alert.volume is not None and alert.open_interest is not None and alert.volume > alert.open_interest


def flow_item(alert: Alert, trace: str, known: Symbol, rules: Alerts) -> FlowItem:
    """The alert as an item of its symbol's window; one that repeats a counted contract and window does not count."""
    window = f"{alert.contract}@{alert.start.timestamp()}" if passes_filter(alert, rules) else ""
    counts = window != "" and window not in known.windows
    return FlowItem(alert.at, trace, direction_of(alert), alert.premium, window if counts else "", counts)
