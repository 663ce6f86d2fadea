"""What is known of a symbol or the market, if it is young enough to be used."""

from tidegate.core.domain.state import State
from tidegate.core.domain.values import Reading


def reading(state: State, name: str, symbol: str | None = None) -> Reading | None:
    """The newest reading of that name, of the market without `symbol`; None when nobody said, or too long ago."""
    if symbol is None:
        found = state.market.get(name)
    else:
        known = state.symbols.get(symbol)
        found = known.readings.get(name) if known is not None else None
    if found is None or (state.now - found.at).total_seconds() > found.max_age_s:
        return None
    return found


def values(state: State, *names: str, symbol: str | None = None) -> tuple[float, ...] | None:
    """The values of several readings that belong together; None unless all of them are known."""
    found = [reading(state, name, symbol) for name in names]
    known = tuple(each.value for each in found if each is not None)
    return known if len(known) == len(names) else None
