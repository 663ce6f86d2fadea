"""From alerts to clusters: the sliding window."""

from datetime import timedelta

from tidegate.core.domain.rules import Cluster
from tidegate.core.domain.state import State
from tidegate.core.domain.values import Direction


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
