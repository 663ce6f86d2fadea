"""The first screen as a value: positions, queue, tape, and the book behind the delta gauge."""

from datetime import datetime
from decimal import Decimal

from tidegate.core.domain.net_delta import net_delta, valued
from tidegate.core.domain.orders import Purpose
from tidegate.core.domain.positions import Position
from tidegate.core.domain.state import QueueItem, State
from tidegate.core.domain.values import DeltaOrigin, Direction, Ignition, PositionSide, Regime, Value
from tidegate.core.domain.values.halts import Halt
from tidegate.core.domain.values.ledger import LedgerRow
from tidegate.core.domain.values.lockdown import Lockdown


class PositionRow(Value, frozen=True, kw_only=True):
    """An open position. `exit_pct` is the move of the last price, signed, that would trigger `exit_rule`.

    `last`, `pnl` and `pnl_pct` are None without a price, and of the last one that counted; `unpriced_s` is its age in
    seconds once it is too old to leave on, None while it is not. `closing` means that an exit order is working.
    """

    symbol: str
    side: PositionSide
    quantity: Decimal
    entry_price: float
    last: float | None
    unpriced_s: float | None
    pnl: float | None
    pnl_pct: float | None
    age_s: float
    score: float | None
    ignition: Ignition
    exit_rule: str | None
    exit_pct: float | None
    closing: bool
    regime: Regime
    trace: str


class QueueRow(Value, frozen=True, kw_only=True):
    """A signal that waits for the venue; `in_flight` means that it is being tried now."""

    symbol: str
    direction: Direction
    score: float
    age_s: float
    expires_s: float
    attempts: int
    reason: str
    in_flight: bool
    trace: str


class Book(Value, frozen=True, kw_only=True):
    """The account and its net delta: `held` and `working` are signed dollars, None when a price is missing.

    `options` is what of `held` is the delta of options, `modelled` how many of their deltas are not the venue's own.
    `net_pct` is None (unknown) under the conditions of `net_delta_pct`; `why` then names what is not known.
    """

    equity: Decimal | None
    account_age_s: float | None
    net_pct: float | None
    held: float | None
    working: float | None
    options: float = 0.0
    modelled: int = 0
    why: str = ""


class Dashboard(Value, frozen=True, kw_only=True):
    """Everything of the first screen. `closed_pnl` is net of fees; `tape` holds the newest judgement first."""

    mode: str
    session: str
    at: datetime | None
    seq: int
    running: bool
    stop_reason: str
    regime: Regime
    halt: Halt | None
    lockdown: Lockdown | None
    limited_until: datetime | None
    unavailable: str | None
    books: str  # what keeps entries waiting for reconciliation, in words; empty when nothing does
    book: Book
    closed_pnl: Decimal
    open_pnl: float | None
    positions: tuple[PositionRow, ...]
    queue: tuple[QueueRow, ...]
    tape: tuple[LedgerRow, ...]


def dashboard(state: State, *, tape: int = 50) -> Dashboard:
    """The first screen as of the state's last event, with the newest `tape` judgements."""
    positions = tuple(_position(state, each) for each in state.positions.values())
    pnls = [row.pnl for row in positions]
    return Dashboard(
        mode=state.mode,
        session=state.session,
        at=state.at,
        seq=state.seq,
        running=state.running,
        stop_reason=state.stop_reason,
        regime=state.regime.regime,
        halt=state.halt,
        lockdown=state.lockdown,
        limited_until=_limited(state),
        unavailable=state.venue.unavailable,
        books=_books(state),
        book=_book(state),
        closed_pnl=state.tally.pnl,
        open_pnl=None if None in pnls else sum(pnl for pnl in pnls if pnl is not None),
        positions=positions,
        queue=tuple(_queue(state, item) for item in _best_first(state)),
        tape=tuple(reversed(state.ledger[-tape:])),
    )


def _position(state: State, position: Position) -> PositionRow:
    last, level = state.last_price(position.symbol), position.nearest_exit
    return PositionRow(
        symbol=position.symbol,
        side=position.side,
        quantity=position.quantity,
        entry_price=float(position.average_price),
        last=last,
        unpriced_s=_unpriced(state, position.symbol),
        pnl=None if last is None else position.open_pnl(last),
        pnl_pct=None if last is None else position.change_pct(last),
        age_s=(state.now - position.opened_at).total_seconds(),
        score=position.entry.score,
        ignition=position.entry.ignition_status,
        exit_rule=None if level is None else level.rule,
        exit_pct=None if level is None or not last else (level.price / last - 1.0) * 100.0,
        closing=any(working.purpose is Purpose.EXIT for working in state.working(position.symbol)),
        regime=position.entry.regime,
        trace=position.entry.trace,
    )


def _unpriced(state: State, symbol: str) -> float | None:
    at = state.priced_at(symbol)
    age_s = None if at is None else (state.now - at).total_seconds()
    return age_s if age_s is not None and age_s > state.prices.max_age_s else None


def _best_first(state: State) -> list[QueueItem]:
    return sorted(state.queue.values(), key=lambda item: (-item.signal.score, item.signal.trace))


def _queue(state: State, item: QueueItem) -> QueueRow:
    return QueueRow(
        symbol=item.signal.symbol,
        direction=item.signal.direction,
        score=item.signal.score,
        age_s=(state.now - item.queued_at).total_seconds(),
        expires_s=(item.expires_at - state.now).total_seconds(),
        attempts=item.attempts,
        reason=item.reason,
        in_flight=item.in_flight,
        trace=item.signal.trace,
    )


def _books(state: State) -> str:
    if not state.reconciles:
        return ""
    if state.lacking and state.lacking.keys() == state.differences.keys():
        return f"checking {', '.join(state.lacking)} at the broker"
    if state.differences:
        return f"books differ: {', '.join(state.differences)}"
    return "" if state.reconciled_at is not None else "books not compared yet"


def _limited(state: State) -> datetime | None:
    until = state.venue.limited_until
    return until if until is not None and state.now < until else None


def _book(state: State) -> Book:
    account, book = state.account, valued(state)
    net, known = net_delta(state, book=book), not book.unbounded
    marks = [mark for mark in state.options.values() if mark.origin not in (None, DeltaOrigin.VENUE)]
    return Book(
        equity=None if account is None else account.equity,
        account_age_s=None if account is None else (state.now - account.at).total_seconds(),
        net_pct=None if net is None else net.exact,
        held=sum(each.market_value for each in book.parts if not each.working) if known else None,
        working=sum(each.market_value for each in book.parts if each.working) if known else None,
        options=sum(each.market_value for each in book.parts if each.contract and not each.working),
        modelled=len(marks),
        why=book.why if net is None else net.reason,
    )
