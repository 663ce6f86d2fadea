"""Which symbols are watched, the most needed first."""

from datetime import datetime, timedelta

from tidegate import State, option_underlyings


def wanted(state: State, *, at: datetime, index: str, candidates_s: float, limit: int) -> tuple[str, ...]:
    """At most `limit` symbols, the most needed first: held, working, the index, waiting, then candidates.

    What is held includes the shares below the account's options, whoever holds them: they count in the net delta.

    A candidate had a directional alert within the last `candidates_s` seconds before `at`; those whose alerts count
    towards a cluster come before the others, newer ones before older ones.
    """
    waiting = [signal.symbol for signal in state.entering.values()]
    waiting += [item.signal.symbol for item in state.queue.values()]
    working = [order.order.symbol for order in state.orders.values()]
    below = option_underlyings(state)
    ranked = [
        *state.positions,
        *below,
        *working,
        index,
        *waiting,
        *_candidates(state, at - timedelta(seconds=candidates_s)),
    ]
    return tuple(dict.fromkeys(ranked))[:limit]


def _candidates(state: State, since: datetime) -> list[str]:
    found: list[tuple[bool, datetime, str]] = []
    for name, symbol in state.symbols.items():
        if symbol.flow and symbol.flow[-1].at >= since:
            counts = any(item.counts for item in symbol.flow if item.at >= since)
            found.append((counts, symbol.flow[-1].at, name))
    return [name for _, _, name in sorted(found, reverse=True)]
