"""What an alert says, and whether it counts: its direction, and the one reason why it does not count."""

from collections.abc import Callable

from tidegate.core.domain.prices.plausibility import implausible
from tidegate.core.domain.settings import Alerts
from tidegate.core.domain.state import FlowItem, Symbol
from tidegate.core.domain.values import Alert, Direction, Uncounted

OCC_TAIL = 15  # date, type and strike, after the root
HALF_A_CENT = 0.005  # option prices are told in cents
INDICES = frozenset(
    {"DJX", "MRUT", "NANOS", "NDX", "NDXP", "OEX", "RUT", "RUTW", "SPX", "SPXW", "VIX", "VIXW", "XEO", "XSP"}
)
NO_FLOW = frozenset(
    {Uncounted.EXPIRED, Uncounted.ADJUSTED, Uncounted.INDEX, Uncounted.IMPLAUSIBLE, Uncounted.NO_TIME_VALUE}
)


def direction_of(alert: Alert) -> Direction:
    """Bullish: call bought or put sold; bearish: put bought or call sold; neutral when the aggressor is unknown.

    The aggressor is unknown when a side's premium is missing, when both are equal, or when together they are less
    than half of the total premium. A missing side is zero where the other one is the whole premium.
    """
    ask, bid = alert.ask_premium, alert.bid_premium
    if ask is None and bid == alert.premium:
        ask = 0.0
    if bid is None and ask == alert.premium:
        bid = 0.0
    if ask is None or bid is None or ask == bid or ask + bid < alert.premium / 2:
        return Direction.NEUTRAL
    bought = ask > bid
    return Direction.BULLISH if bought == (alert.option_type == "call") else Direction.BEARISH


def why_uncounted(alert: Alert, known: Symbol, rules: Alerts) -> Uncounted | None:
    """The first reason, in the order of `Uncounted`, why the alert does not count; None when it counts.

    `known` is its symbol before the alert. An unknown volume or open interest does not pass; an open interest of 0
    is fresh.
    """
    return next((reason for reason, holds in REASONS if holds(alert, known, rules)), None)


def flow_item(alert: Alert, trace: str, reason: Uncounted | None) -> FlowItem | None:
    """The alert as an item of its symbol's window; None when it says nothing of where its symbol is going."""
    direction = direction_of(alert)
    if alert.multileg or direction is Direction.NEUTRAL or reason in NO_FLOW:
        return None
    window = _window(alert) if reason is None else ""
    return FlowItem(alert.at, trace, direction, alert.premium, window, reason is None)


def _window(alert: Alert) -> str:
    return f"{alert.contract}@{alert.start.timestamp()}"


def _adjusted(alert: Alert) -> bool:
    root = alert.contract[:-OCC_TAIL].strip()
    return root[-1:].isdigit() and root != alert.symbol


def _repeats(alert: Alert, known: Symbol) -> bool:
    """Whether a counted alert tells of the same contract and start, or of a time that overlaps with this one's."""
    if _window(alert) in known.windows:
        return True
    same = f"{alert.contract}@"
    if not any(window.startswith(same) for window in known.windows):  # far fewer than the flow has items
        return False
    told = (item for item in known.flow if item.window.startswith(same))
    start, end = alert.start.timestamp(), alert.at.timestamp()
    return any(float(item.window[len(same) :]) < end and start < item.at.timestamp() for item in told)


def _fresh(alert: Alert) -> bool:
    if alert.open_interest == 0:
        return True
    return alert.volume is not None and alert.open_interest is not None and alert.volume > alert.open_interest


def _no_time_value(alert: Alert) -> bool:
    if alert.price is None or alert.underlying_price is None:
        return False
    above = alert.underlying_price - alert.strike
    intrinsic = above if alert.option_type == "call" else -above
    return intrinsic > 0 and alert.price <= intrinsic + HALF_A_CENT


def _days(alert: Alert) -> int:
    return (alert.expiry - alert.at.date()).days


REASONS: tuple[tuple[Uncounted, Callable[[Alert, Symbol, Alerts], bool]], ...] = (
    (Uncounted.EXPIRED, lambda alert, _, __: _days(alert) < 0),
    (Uncounted.ADJUSTED, lambda alert, _, __: _adjusted(alert)),
    (Uncounted.INDEX, lambda alert, _, __: alert.issue_type == "Index" or alert.symbol in INDICES),
    (Uncounted.IMPLAUSIBLE, lambda alert, known, _: implausible(alert, known.door)),
    (Uncounted.REPEAT, lambda alert, known, _: _repeats(alert, known)),
    (Uncounted.MULTILEG, lambda alert, _, __: alert.multileg),
    (Uncounted.NEUTRAL, lambda alert, _, __: direction_of(alert) is Direction.NEUTRAL),
    (Uncounted.PREMIUM, lambda alert, _, rules: alert.premium < rules.min_premium),
    (Uncounted.DAYS_TO_EXPIRY, lambda alert, _, rules: _days(alert) > rules.max_days_to_expiry),
    (Uncounted.VOLUME, lambda alert, _, __: not _fresh(alert)),
    (Uncounted.NO_TIME_VALUE, lambda alert, _, __: _no_time_value(alert)),
)  # most alerts end at one of these: what follows it is not asked
