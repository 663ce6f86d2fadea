"""The comparison with the broker as people see it: the desk and the command line both read this."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from tidegate.core.domain.state import State
from tidegate.core.domain.values import Value
from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.core.domain.values.differences import Difference


class BookRow(Value, frozen=True, kw_only=True):
    """One disagreement that waits for an answer, in signed shares; `trace` is that of our position, if we have one."""

    symbol: str
    case: str
    ours: Decimal
    theirs: Decimal
    their_price: Decimal | None
    trace: str


class Books(Value, frozen=True, kw_only=True):
    """Our book against the broker's.

    `compared` says whether this venue can be asked at all; `seen_at` is when its book was last read, `agreed_at` when
    the two last agreed in this run. `ignored` is what a person said to leave as it is, `foreign` the
    broker's open orders that are not ours, `untraded` its positions that are no stock and are left alone.
    """

    compared: bool
    seen_at: datetime | None
    agreed_at: datetime | None
    rows: tuple[BookRow, ...]
    ignored: tuple[BookRow, ...]
    foreign: tuple[BrokerOrder, ...]
    untraded: tuple[BrokerPosition, ...]


def books(state: State) -> Books:
    """The comparison as of the state's last event."""
    return Books(
        compared=state.reconciles,
        seen_at=state.broker_at,
        agreed_at=state.reconciled_at,
        rows=_rows(state, state.differences),
        ignored=_rows(state, state.ignored),
        foreign=tuple(state.foreign.values()),
        untraded=tuple(state.untraded.values()),
    )


def _rows(state: State, differences: Mapping[str, Difference]) -> tuple[BookRow, ...]:
    return tuple(
        BookRow(
            symbol=symbol,
            case=each.case,
            ours=each.ours,
            theirs=each.theirs,
            their_price=each.their_price,
            trace=state.positions[symbol].entry.trace if symbol in state.positions else "",
        )
        for symbol, each in differences.items()
    )
