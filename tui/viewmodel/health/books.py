"""The reconciliation: when the two books were compared, and each difference with the command that answers it."""

from decimal import Decimal

from tidegate.core.domain.values.broker import BrokerOrder, BrokerPosition
from tidegate.core.domain.views import BookRow, Books, books
from tidegate.tui.viewmodel.numbers import age, clock_time, dollars, shares
from tidegate.tui.viewmodel.table import Column, Row
from tidegate.tui.viewmodel.text import Line, Piece, line, spread
from tidegate.tui.viewmodel.view import View

OLD_S = 300.0  # a running engine compares every minute, as shipped
BOOKS = (
    Column("SYMBOL", 6),
    Column("WHAT", 13),
    Column("HERE", 8, "right"),
    Column("AT THE BROKER", 14, "right"),
    Column("WHAT TO DO", 30, flex=True),
    Column("OR", 21, "left", 1),
)


def books_title(view: View, width: int) -> Line:
    """The panel's title with the moment of the comparison and its result."""
    seen = books(view.state)
    left = line(Piece(" RECONCILIATION ", "title"), *_when(seen, view))
    return spread(left, (*_result(seen), Piece(" ")), width)


def no_books(view: View) -> str:
    """What to say in place of rows."""
    seen = books(view.state)
    if not seen.compared:
        return "Nothing to compare: this venue keeps no book of its own." if view.state.seq else "No venue yet."
    if seen.agreed_at is None:
        return "No entry passes before the books have been compared and agree."
    but = f" but {_ignored(seen)}" if seen.ignored else ""
    return f"Every symbol{but} has the same shares on both sides."


def book_rows(view: View) -> list[Row]:
    """One row per difference, then the orders that are not ours and what is no stock; y copies the command."""
    seen = books(view.state)
    others = [_foreign(order) for order in seen.foreign] + [_untraded(each) for each in seen.untraded]
    return [_row(each) for each in seen.rows] + others


def _when(seen: Books, view: View) -> Line:
    now = view.session_now
    if not seen.compared or seen.seen_at is None or now is None:
        return line(Piece("not compared yet", "warn")) if seen.compared else ()
    old_s = (now - seen.seen_at).total_seconds()
    return line(
        Piece("compared ", "dim"),
        clock_time(seen.seen_at),
        Piece(f", {age(old_s)} ago", "warn" if old_s > OLD_S else "dim"),
    )


def _result(seen: Books) -> Line:
    if seen.rows:
        differ = "1 differs" if len(seen.rows) == 1 else f"{len(seen.rows)} differ"
        return line(Piece(f"{differ}, entries wait for an answer", "bad"))
    if not seen.compared:
        return ()
    left_alone = f", {_ignored(seen)} ignored" if seen.ignored else ""
    if seen.agreed_at is not None:
        return line(Piece("books agree", "good"), Piece(left_alone, "warn"))
    return line(Piece("unknown", "warn"))


def _ignored(seen: Books) -> str:
    return ", ".join(each.symbol for each in seen.ignored)


def _row(each: BookRow) -> Row:
    command = f"tidegate reconcile --adopt {each.symbol}"
    price = "" if each.their_price is None else f" @ {each.their_price:.2f}"
    cells = (
        line(Piece(each.symbol, "strong")),
        line(Piece(each.case, "bad")),
        line(_shares(each.ours)),
        line(f"{_shares(each.theirs)}{price}"),
        line(Piece(command, "accent")),
        line(Piece("--ignore or --flatten", "dim")),
    )
    return Row(each.symbol, cells, command, each.trace)


def _foreign(order: BrokerOrder) -> Row:
    cells = (
        line(Piece(order.symbol, "strong")),
        line(Piece("foreign order", "warn")),
        line("-"),
        line(f"{order.side} {_size(order)}, {order.status}"),
        line(Piece("yours? cancel it at the broker", "dim")),
        (),
    )
    return Row(f"order {order.venue_order_id}", cells, order.venue_order_id)


def _size(order: BrokerOrder) -> str:
    return f"{dollars(order.notional)} USD" if order.notional is not None else shares(order.quantity)


def _untraded(each: BrokerPosition) -> Row:
    cells = (
        line(Piece(each.symbol, "strong")),
        line(Piece(each.asset_class, "warn")),
        line("-"),
        line(f"{each.side} {shares(each.quantity)}"),
        line(Piece("nothing: counts, never traded here", "dim")),
        (),
    )
    return Row(f"untraded {each.symbol}", cells, each.symbol)


def _shares(value: Decimal) -> str:
    return shares(value) if value else "0"
