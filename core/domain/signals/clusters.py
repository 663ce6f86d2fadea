"""From alerts to clusters: direction, the base filter, and the sliding window."""

from datetime import timedelta

from tidegate.core.domain.rules import Cluster
from tidegate.core.domain.settings import Alerts
from tidegate.core.domain.state import FlowItem, State, Symbol
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


def completed_cluster(state: State, symbol: str, trace: str) -> Cluster | None:
    """The cluster that the alert `trace`, just folded, completes; None when it completes none.

    A symbol yields at most one signal per direction within the signal cooldown.
    """
    known, rules = state.symbols[symbol], state.alerts
    item = known.flow[-1] if known.flow else None
    if item is None or item.trace != trace or not item.counts:
        return None
    last = known.signaled.get(item.direction)
    if last is not None and (state.now - last).total_seconds() < rules.signal_cooldown_s:
        return None
    since = item.at - timedelta(seconds=rules.cluster_window_s)
    members = [i for i in known.flow if i.counts and i.direction is item.direction and i.at >= since]
    if len(members) < rules.cluster_size:
        return None
    return Cluster(
        symbol=symbol,
        direction=item.direction,
        trace=trace,
        newest=max(i.at for i in members),
        members=tuple(i.trace for i in members),
    )


def forming_cluster(state: State, symbol: str, direction: Direction) -> Cluster:
    """The aligned alerts of the last window as a cluster, however few; without any it has no members."""
    known, rules = state.symbols[symbol], state.alerts
    since = state.now - timedelta(seconds=rules.cluster_window_s)
    members = [i for i in known.flow if i.counts and i.direction is direction and i.at >= since]
    return Cluster(
        symbol=symbol,
        direction=direction,
        trace=members[-1].trace if members else "",
        newest=max((i.at for i in members), default=state.now),
        members=tuple(i.trace for i in members),
    )


def current_cluster(state: State, cluster: Cluster) -> Cluster:
    """The same cluster as of now: newer aligned alerts make it fresher."""
    known = state.symbols.get(cluster.symbol)
    aligned = [i.at for i in known.flow if i.counts and i.direction is cluster.direction] if known else []
    return Cluster(
        symbol=cluster.symbol,
        direction=cluster.direction,
        trace=cluster.trace,
        newest=max([cluster.newest, *aligned]),
        members=cluster.members,
    )
